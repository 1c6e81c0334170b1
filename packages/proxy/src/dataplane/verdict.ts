// What a hook decides about a packet, and the steps it tells a trace. The packet itself is rewritten in place.

/** The ICMP errors and the reset that REJECT sends back to the packet's (present) source address. */
export type RejectWith = 'icmp-port-unreachable' | 'icmp6-port-unreachable' | 'tcp-reset'

export type Verdict =
  /** Goes on to the next hook, or out. */
  | { readonly kind: 'accept' }
  /** Gone without an answer. In `output`, the sender's call fails with EPERM for UDP; TCP just gets no answer. */
  | { readonly kind: 'drop'; readonly reason: DropReason }
  /** Gone, and the sender is told. */
  | { readonly kind: 'reject'; readonly with: RejectWith }

/** `rule`: a DROP target or policy. `table-full`: conntrack had no room. `no-source`: no address it could leave with. */
export type DropReason = 'rule' | 'table-full' | 'no-source'

// Shared values: a verdict per packet must not cost an allocation.
export const ACCEPT: Verdict = { kind: 'accept' }
export const DROP: Verdict = { kind: 'drop', reason: 'rule' }
export const DROP_TABLE_FULL: Verdict = { kind: 'drop', reason: 'table-full' }
export const DROP_NO_SOURCE: Verdict = { kind: 'drop', reason: 'no-source' }

/** One step of a trace: where something decided, and the rule or fact in the tool's own words. */
export interface TraceStep {
  /** `nat/KUBE-SERVICES`, `conntrack`, `filter/FORWARD` */
  readonly at: string
  /** `-A KUBE-SERVICES -d 10.96.0.10/32 -p tcp … -j KUBE-SVC-…` */
  readonly what: string
  /** The netfilter hook it happened at. */
  readonly hook?: TraceHook | undefined
  /** Of a rule that was one of several to choose from. */
  readonly branch?: TraceBranch | undefined
  /** Of the step that looked the packet's connection up: known, new, or none that could start like this. */
  readonly conntrack?: 'hit' | 'miss' | 'invalid'
  /** What the step changed in the packet. */
  readonly rewrite?: TraceRewrite
}

export type TraceHook = 'PREROUTING' | 'INPUT' | 'FORWARD' | 'OUTPUT' | 'POSTROUTING'

/** How many endpoints there were to choose from, and how likely this one was: 1 where nothing was left to chance. */
export interface TraceBranch {
  readonly of: number
  readonly probability: number
}

/** `10.96.0.80:80` became `10.244.1.5:8080`. */
export interface TraceRewrite {
  readonly field: 'source' | 'destination'
  readonly from: string
  readonly to: string
}

/** While it is recorded its steps learn their hooks, and from who called the hooks where that was. */
export type Trace = (TraceStep & { hook?: TraceHook | undefined; place?: string | undefined })[]

export const REJECTS: Readonly<Record<RejectWith, Verdict>> = {
  'icmp-port-unreachable': { kind: 'reject', with: 'icmp-port-unreachable' },
  'icmp6-port-unreachable': { kind: 'reject', with: 'icmp6-port-unreachable' },
  'tcp-reset': { kind: 'reject', with: 'tcp-reset' },
}

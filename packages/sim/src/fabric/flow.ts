// The way one connection or datagram took: each hop with what decided there, in the tools' own words. Collected only while
// flow traces are on; outcome and endpoints are always known.

import type { TraceBranch, TraceHook, TraceRewrite } from '@podwire/proxy'

export type FlowOutcome =
  | 'delivered'
  /** RST (of SCTP: ABORT) from a host without a listener. */
  | 'closed'
  /** ICMP port unreachable from a REJECT rule. */
  | 'rejected'
  | 'dropped'
  | 'no-route'
  | 'host-down'

export interface FlowStep {
  /** `pod/default/client`, `node/node-1`, `wire`, `external` */
  readonly place: string
  /** The hook, table/chain or action: `nat/KUBE-SERVICES`, `routing`, `conntrack`, `listener`. */
  readonly at: string
  /** The rule or fact, as the tool prints it: `-A KUBE-SEP-… -j DNAT --to-destination 10.244.1.2:8080`. */
  readonly what: string
  /** The netfilter hook, of steps at one. */
  readonly hook?: TraceHook
  /** Which of several endpoints this step picked: how many there were, and how likely this one was. */
  readonly branch?: TraceBranch
  /** Of the step that looked the connection up. */
  readonly conntrack?: 'hit' | 'miss' | 'invalid'
  /** What it changed in the packet. */
  readonly rewrite?: TraceRewrite
}

export interface FlowTuple {
  readonly protocol: 'tcp' | 'udp' | 'icmp' | 'sctp'
  readonly source: string
  readonly sourcePort: number
  readonly destination: string
  readonly destinationPort: number
}

export interface Flow {
  /** As the sender addressed it. */
  readonly original: FlowTuple
  /** As the receiver saw it, after NAT; undefined when it never arrived. */
  readonly delivered: FlowTuple | undefined
  readonly outcome: FlowOutcome
  /** Namespace that received it: `pod/default/kubia-7d9f…`, `node/node-2`. */
  readonly receiver: string | undefined
  /** One way, microseconds. */
  readonly latencyUs: number
  /** Empty while flow traces are off. */
  readonly steps: readonly FlowStep[]
  /** The connection that a proxy process opened to carry this one on (kube-proxy in userspace mode). */
  readonly onward?: Flow
}

/** The same with something else about it. Its steps are not made for that. */
export function changedFlow(flow: Flow, changes: Partial<Pick<Flow, 'outcome' | 'onward'>>): Flow {
  const { original, delivered, outcome, receiver, latencyUs, onward } = flow
  return {
    original,
    delivered,
    outcome,
    receiver,
    latencyUs,
    get steps() {
      return flow.steps
    },
    ...(onward !== undefined && { onward }),
    ...changes,
  }
}

/** The last stretch: the way to whoever answered. */
export function lastLeg(flow: Flow): Flow {
  return flow.onward === undefined ? flow : lastLeg(flow.onward)
}

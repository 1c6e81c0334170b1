// Rules of iptables as typed values: what kube-proxy's rules match and what they do, and nothing else. Anything more
// is refused by name when a text is parsed. Source: iptables-extensions(8) and the iptables-save text of v1.8.9.

import type { Cidr } from '../addresses/cidr.ts'
import type { Packet } from '../dataplane/packet.ts'
import type { RejectWith } from '../dataplane/verdict.ts'
import type { Chain } from './chain.ts'

export type TableName = 'mangle' | 'filter' | 'nat'

export interface AddressMatch {
  readonly cidr: Cidr
  readonly negated: boolean
}

export interface InterfaceMatch {
  /** `cni0`, or a prefix `veth+`. */
  readonly name: string
  readonly negated: boolean
}

/** The states `-m conntrack --ctstate` can list. SNAT and DNAT are properties of the connection. */
export type CtStateName = 'INVALID' | 'NEW' | 'ESTABLISHED' | 'RELATED' | 'SNAT' | 'DNAT'
export type AddressType = 'LOCAL' | 'UNICAST'

export type Match =
  | { readonly kind: 'comment'; readonly text: string }
  /** `-m tcp --dport 80`; without a port only the module's name is printed. */
  | { readonly kind: 'port'; readonly protocol: 'tcp' | 'udp' | 'sctp'; readonly destinationPort: number | undefined }
  | { readonly kind: 'conntrack'; readonly states: readonly CtStateName[]; readonly negated: boolean }
  /** `-m state --state NEW`: conntrack's older spelling, which userspace mode writes. */
  | { readonly kind: 'state'; readonly states: readonly CtStateName[] }
  | {
      readonly kind: 'addrtype'
      readonly source: AddressType | undefined
      /** `! --src-type` */
      readonly sourceNegated?: boolean
      readonly destination: AddressType | undefined
    }
  | { readonly kind: 'mark'; readonly value: number; readonly mask: number; readonly negated: boolean }
  /** Probability in units of 2^-31, as the kernel keeps it. */
  | { readonly kind: 'statistic'; readonly numerator: number }
  | RecentMatch
  /** `--match-set NAME dst,dst`; the set itself is there where rules are compiled, not where they were parsed. */
  | { readonly kind: 'set'; readonly name: string; readonly flags: readonly SetFlag[]; readonly set?: SetMembers }
  /** `! --physdev-is-in`: did not come in by a bridge's port. Bridged traffic is not simulated: always so. */
  | { readonly kind: 'physdev' }
  /** The connection goes through this virtual server. */
  | { readonly kind: 'ipvs'; readonly protocol: number; readonly address: string; readonly port: number }
  /** A named counter; it never decides anything. */
  | { readonly kind: 'nfacct'; readonly name: string }

export type SetFlag = 'src' | 'dst'

/** What `-m set` asks an ipset. */
export interface SetMembers {
  has(packet: Packet, flags: readonly SetFlag[]): boolean
}

export interface RecentMatch {
  readonly kind: 'recent'
  readonly action: 'rcheck' | 'set'
  readonly seconds: number | undefined
  readonly reap: boolean
  readonly list: string
  readonly mask: string
}

export type Target =
  /** `to` spares a lookup by name where the compiler already holds the chain. */
  | { readonly kind: 'jump'; readonly chain: string; readonly to?: Chain }
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'return' }
  | { readonly kind: 'reject'; readonly with: RejectWith }
  | { readonly kind: 'dnat'; readonly address: string; readonly port: number }
  /** To this port of the node's own address: that of the device the packet came in by. */
  | { readonly kind: 'redirect'; readonly port: number }
  | { readonly kind: 'masquerade'; readonly randomFully: boolean }
  /** --set-xmark value/mask: clears the mask's bits, then flips the value's. */
  | { readonly kind: 'mark'; readonly value: number; readonly mask: number }
  /** No -j: the rule only counts. */
  | { readonly kind: 'none' }

/** The order of `matches` is the order of printing; the fields before it always come first. */
export interface Rule {
  readonly source: AddressMatch | undefined
  readonly destination: AddressMatch | undefined
  readonly inInterface: InterfaceMatch | undefined
  readonly outInterface: InterfaceMatch | undefined
  readonly protocol: 'tcp' | 'udp' | 'sctp' | undefined
  readonly matches: readonly Match[]
  /** The matches that can fail or do something: what evaluation looks at. */
  readonly checks: readonly Match[]
  readonly target: Target
}

export const JUST_COUNT: Target = { kind: 'none' }
export const RETURN_TARGET: Target = { kind: 'return' }
export const ACCEPT_TARGET: Target = { kind: 'accept' }
export const DROP_TARGET: Target = { kind: 'drop' }

/** All rules have the same fields in the same order, which keeps evaluation fast. */
export function rule(target: Target, parts: Partial<Omit<Rule, 'target' | 'checks'>> = {}): Rule {
  const matches = parts.matches ?? NO_MATCHES
  return {
    source: narrowing(parts.source),
    destination: narrowing(parts.destination),
    inInterface: parts.inInterface,
    outInterface: parts.outInterface,
    protocol: parts.protocol,
    matches,
    checks: checksOf(matches),
    target,
  }
}

/** A range of everything is no condition: iptables does not even show it. */
function narrowing(match: AddressMatch | undefined): AddressMatch | undefined {
  return match?.cidr.prefix === 0 && !match.negated ? undefined : match
}

const NO_MATCHES: readonly Match[] = []

function checksOf(matches: readonly Match[]): readonly Match[] {
  const idle = matches.reduce((count, { kind }) => (kind === 'comment' || kind === 'nfacct' ? count + 1 : count), 0)
  if (idle === 0) return matches
  if (idle === matches.length) return NO_MATCHES
  return matches.filter(({ kind }) => kind !== 'comment' && kind !== 'nfacct')
}

export const comment = (text: string): Match => ({ kind: 'comment', text })

export const jump = (to: Chain): Target => ({ kind: 'jump', chain: to.name, to })

export const jumpByName = (chain: string): Target => ({ kind: 'jump', chain })

/** What kube-proxy's text of 1/n becomes in the kernel. */
export function oneIn(n: number, decimals: number): Match {
  return { kind: 'statistic', numerator: Math.round(Number((1 / n).toFixed(decimals)) * 0x8000_0000) }
}

// What the rules of one address family say at each netfilter hook of one node, whatever tool wrote them: iptables tables,
// an nftables table, or iptables with ipvs behind it. The data plane owns connection tracking and translation, these decide.

import type { Microseconds, Random } from '@podwire/engine'
import type { CtState } from '../conntrack/connection.ts'
import type { Counter } from '../iptables/print.ts'
import type { IpvsState } from '../ipvs/ipvs-state.ts'
import type { IpvsTimeouts } from '../ipvs/tcp-states.ts'
import type { VirtualServer } from '../ipvs/virtual-server.ts'
import type { RecentLists } from '../iptables/recent.ts'
import type { Rule } from '../iptables/rule.ts'
import type { Packet } from './packet.ts'
import type { RejectWith, Trace } from './verdict.ts'

/** What can end a walk through rules. */
export type Decision =
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'reject'; readonly with: RejectWith }
  /** `word`: `wordOf` the address, where it is known. */
  | { readonly kind: 'dnat'; readonly address: string; readonly port: number; readonly word?: number }
  /** To this port of the address of the device it came in by; of loopback for what the node itself sends. */
  | { readonly kind: 'redirect'; readonly port: number }
  | { readonly kind: 'masquerade'; readonly randomFully: boolean }

/** What rules may ask of the node and the moment. One object a node, rewritten for each packet. */
export interface Evaluation {
  readonly random: Random
  /** Who was sent where: `-m recent` lists, affinity sets. */
  readonly recent: RecentLists
  /** Virtual servers' schedulers and connections. */
  readonly ipvs: IpvsState
  isLocal(address: string): boolean
  nowUs: Microseconds
  /** State of the packet's connection. */
  state: CtState
  /** Present: matched rules are counted. */
  counters: Map<Rule | string, Counter> | undefined
  /** Walk every rule, as the kernel does. */
  readonly naive: boolean
  /** What is left of the present chain's draw; below 0: none made yet. */
  draw: number
}

export type NatHook = 'PREROUTING' | 'INPUT' | 'OUTPUT' | 'POSTROUTING'
export type FilterHook = 'INPUT' | 'FORWARD' | 'OUTPUT'

/** Undefined: no rule decided, the packet goes on. */
export interface HookRules {
  /** Filters in front of DNAT; absent: there are none. */
  readonly early?: (
    packet: Packet,
    hook: 'PREROUTING' | 'OUTPUT',
    run: Evaluation,
    trace: Trace | undefined,
  ) => Decision | undefined
  /** Asked for the first packet of a connection only. */
  nat(packet: Packet, hook: NatHook, run: Evaluation, trace: Trace | undefined): Decision | undefined
  /** ipvs: the server behind a virtual address, asked for where the nat table has no say. */
  readonly virtual?: (
    packet: Packet,
    hook: 'PREROUTING' | 'OUTPUT',
    run: Evaluation,
    trace: Trace | undefined,
  ) => Decision | undefined
  /** ipvs: time-outs kube-proxy set at its start. */
  readonly timeouts?: IpvsTimeouts | undefined
  /** A virtual server `protocol address:port` is wanted, or left alone. */
  readonly hasVirtual?: (key: string, virtual: VirtualServer | undefined) => boolean
  /** Every answer of `hasVirtual` is the one these older rules gave. */
  readonly hasSameVirtuals?: (before: HookRules) => boolean
  filter(packet: Packet, hook: FilterHook, run: Evaluation, trace: Trace | undefined): Decision | undefined
  /** Every packet of an answered connection passes the filters: they need not be asked. */
  readonly passesEstablished: boolean
}

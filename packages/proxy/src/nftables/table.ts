// A table of nftables as printing and evaluation see it: chains, sets and verdict maps by name. One implementation is compiled from
// the cluster's services and answers lookups from their index; the other is what was parsed from a text.

import type { Evaluation } from '../dataplane/hook-rules.ts'
import type { IpFamily, Packet } from '../dataplane/packet.ts'
import type { Shortcut } from '../iptables/ways.ts'
import type { Field, NftRule, NftVerdict } from './rule.ts'

export interface BaseHook {
  readonly type: 'filter' | 'nat'
  readonly hook: 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting'
  /** As nft prints it: `dstnat - 10`, `-110`, `filter`. */
  readonly priority: string
  readonly policy: 'accept' | 'drop'
}

export interface NftChain {
  readonly name: string
  /** Present: the kernel calls the chain. */
  readonly base: BaseHook | undefined
  readonly comment: string | undefined
  readonly rules: readonly NftRule[]
}

/** An element as it is printed: `10.96.0.1 . tcp . 80`, and for maps a comment and a verdict. */
export interface NftElement {
  readonly key: string
  readonly comment?: string
  /** `expires 2h59m` of dynamic sets. */
  readonly expires?: string
  readonly verdict?: NftVerdict
}

export interface NftSet {
  readonly kind: 'set' | 'map'
  readonly name: string
  /** `ipv4_addr . inet_proto . inet_service` */
  readonly type: string
  readonly comment: string | undefined
  /** Dynamic sets: rules add to them, and elements live so long. */
  readonly timeoutSeconds: number | undefined
  /** The last part of an element is a range of addresses. */
  readonly interval?: boolean
  elements(): readonly NftElement[]
  has(fields: readonly Field[], packet: Packet): boolean
  /** Of a map. */
  verdict(fields: readonly Field[], packet: Packet): NftVerdict | undefined
}

export interface NftTable {
  readonly family: IpFamily
  readonly name: string
  readonly comment: string | undefined
  chain(name: string): NftChain | undefined
  set(name: string): NftSet | undefined
  /** The chains the kernel calls. */
  baseChains(): readonly NftChain[]
  /** In the order of printing. */
  chains(): readonly NftChain[]
  sets(): readonly NftSet[]
  /** What the chains of a hook come to for a packet nobody traces, found without a walk; `walk`: only they can tell. */
  readonly shortcut?: (stage: 'early' | 'nat' | 'filter', hook: string, packet: Packet, run: Evaluation) => Shortcut
}

export function chainOf(name: string, rules: readonly NftRule[], comment?: string): NftChain {
  return { name, base: undefined, comment, rules }
}

/** The key a packet has under these fields, as elements are printed. */
export function keyOf(fields: readonly Field[], packet: Packet): string {
  let key = ''
  for (const field of fields) key += key === '' ? fieldText(field, packet) : ` . ${fieldText(field, packet)}`
  return key
}

function fieldText(field: Field, packet: Packet): string {
  switch (field) {
    case 'saddr':
      return packet.source
    case 'daddr':
      return packet.destination
    case 'l4proto':
      return packet.protocol
    case 'dport':
      return String(packet.destinationPort)
  }
}

// Rules of nftables as typed values: the statements kube-proxy's rules are made of, and nothing else. Anything more is
// refused by name when a text is parsed. Source: nft(8), and the text nft 1.0.6 lists.

import type { Cidr } from '../addresses/cidr.ts'

/** What a lookup's key is made of: `ip saddr`, `ip daddr`, `meta l4proto`, `th dport`. */
export type Field = 'saddr' | 'daddr' | 'l4proto' | 'dport'
export type AddressField = 'saddr' | 'daddr'
export type L4Protocol = 'tcp' | 'udp' | 'sctp'

export type NftVerdict =
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop' }
  | { readonly kind: 'return' }
  /** A jump comes back behind its rule; a goto comes back where the present chain was jumped from. */
  | { readonly kind: 'jump'; readonly chain: string }
  | { readonly kind: 'goto'; readonly chain: string }

/** Addresses of one family from `low` to `high`, both included; `text` as nft prints it. */
export interface Interval {
  readonly text: string
  readonly low: bigint
  readonly high: bigint
}

export interface Target {
  readonly kind: 'dnat'
  readonly address: string
  readonly port: number
}

export type Statement =
  /** `ip saddr != 10.244.0.0/16` */
  | { readonly kind: 'network'; readonly field: AddressField; readonly cidr: Cidr; readonly negated: boolean }
  /** `ip saddr != { 198.51.100.0/25, 203.0.113.1-203.0.113.2 }` */
  | {
      readonly kind: 'intervals'
      readonly field: AddressField
      readonly intervals: readonly Interval[]
      readonly negated: boolean
    }
  /** `iifname "veth*"`, or by the interface's number `iif "cni0"` */
  | { readonly kind: 'interface'; readonly by: 'iifname' | 'iif'; readonly name: string; readonly negated: boolean }
  /** `meta l4proto tcp`, or with a port `tcp dport 80` */
  | { readonly kind: 'protocol'; readonly protocol: L4Protocol; readonly port?: number }
  /** `ct state new` */
  | { readonly kind: 'ct-state'; readonly state: 'NEW' | 'INVALID' }
  | { readonly kind: 'ct-status-dnat' }
  /** `fib saddr type local` */
  | { readonly kind: 'fib-local'; readonly field: AddressField }
  /** `meta mark & 0x00004000 != 0x00000000`, or `==` where the bits are not set */
  | { readonly kind: 'mark'; readonly mask: number; readonly isSet: boolean }
  /** `ip daddr . meta l4proto . th dport @set` */
  | {
      readonly kind: 'lookup'
      readonly fields: readonly Field[]
      readonly set: string
      /** Of the elements of a dynamic set; absent: the set says it. */
      readonly timeoutSeconds?: number
    }
  | { readonly kind: 'vmap'; readonly fields: readonly Field[]; readonly map: string }
  /** `numgen random mod 2 vmap { 0 : goto a, 1 : goto b }` */
  | { readonly kind: 'numgen-vmap'; readonly verdicts: readonly NftVerdict[] }
  /** `meta mark set meta mark | 0x00004000` */
  | { readonly kind: 'set-mark'; readonly operation: '|' | '^'; readonly value: number }
  /** `dnat ip to numgen random mod 2 map { 0 : 10.244.1.5 . 80, 1 : 10.244.1.6 . 80 }` */
  | { readonly kind: 'dnat-map'; readonly targets: readonly Target[] }
  /** `dnat to 10.244.1.5:80` */
  | { readonly kind: 'dnat'; readonly target: Target }
  | { readonly kind: 'masquerade' }
  | { readonly kind: 'reject' }
  /** `update @set { ip saddr }` */
  | { readonly kind: 'update'; readonly set: string }
  | { readonly kind: 'verdict'; readonly verdict: NftVerdict }

export interface NftRule {
  readonly statements: readonly Statement[]
  readonly comment: string | undefined
}

export const DROP_VERDICT: NftVerdict = { kind: 'drop' }

export const goTo = (chain: string): NftVerdict => ({ kind: 'goto', chain })

export function nftRule(statements: readonly Statement[], comment?: string): NftRule {
  return { statements, comment }
}

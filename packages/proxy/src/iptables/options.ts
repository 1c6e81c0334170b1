// What the iptables compiler is told, the same for all nodes: kube-proxy's flags, resolved for one address family.

import type { Cidr } from '../addresses/cidr.ts'
import type { IpFamily } from '../dataplane/packet.ts'
import type { IpvsLayout } from '../ipvs/layout.ts'
import type { NftLayout } from '../nftables/layout.ts'
import type { IptablesLayout } from './layout.ts'

/** How kube-proxy recognises traffic of local pods (--detect-local-mode). */
export type LocalDetector =
  | { readonly kind: 'none' }
  | { readonly kind: 'cluster-cidr'; readonly cidr: Cidr }
  /** Each node's own pod CIDR. */
  | { readonly kind: 'node-cidr' }
  /** `cni0`, or with a trailing `+` a prefix. */
  | { readonly kind: 'interface'; readonly name: string }

/** Where node ports answer (--nodeport-addresses). */
export type NodePortAddresses =
  /** Every local address. */
  | { readonly kind: 'all' }
  /** The node's first address of the family. */
  | { readonly kind: 'primary' }
  | { readonly kind: 'ranges'; readonly ranges: readonly Cidr[] }

export interface IptablesOptions {
  readonly family: IpFamily
  readonly detector: LocalDetector
  readonly masqueradeAll: boolean
  /** The mark that asks for masquerading: one bit. */
  readonly masqueradeMark: number
  readonly nodePortAddresses: NodePortAddresses
  /** Already false for IPv6 and where node ports do not answer on loopback. */
  readonly localhostNodePorts: boolean
  /** Drop packets of no known connection; off with --conntrack-tcp-be-liberal. */
  readonly dropInvalid: boolean
  /** Rules count with nfacct: two more matches, one more rule a node port. */
  readonly nfacct: boolean
  readonly layout: IptablesLayout
  readonly nftables: NftLayout
  readonly ipvs: IpvsLayout
}

/** More endpoints than this in the whole cluster, and the comments of endpoint rules are left out. */
export const LARGE_CLUSTER_ENDPOINTS = 1000

// What the nftables compiler is told for one address family and one node: kube-proxy's flags, and how that node knows its pods.

import type { Cidr } from '../addresses/cidr.ts'
import type { IpFamily } from '../dataplane/packet.ts'
import type { NftLayout } from './layout.ts'
import type { Statement } from './rule.ts'

export interface NftOptions {
  readonly family: IpFamily
  readonly masqueradeAll: boolean
  readonly masqueradeMark: number
  /** Of 1.29: FORWARD drops packets of no known connection; off with --conntrack-tcp-be-liberal. */
  readonly dropInvalid: boolean
  readonly layout: NftLayout
  /** Node ports are served on the addresses of a set, instead of on every local one. */
  readonly nodePortSet: boolean
  /** The cluster's ServiceCIDRs of the family; none while they are not known. */
  readonly serviceCidrs: readonly Cidr[]
  /** Matches traffic of local pods, or its opposite; undefined: it cannot be told. */
  podTraffic(negated: boolean): Statement | undefined
}

/** The masquerade mark of nftables mode: --iptables-masquerade-bit does not reach it. */
export const NFT_MASQUERADE_MARK = 0x4000

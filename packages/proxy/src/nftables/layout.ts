// What nftables mode wrote in each release: a line for each thing that changed. The compilers ask here, and nowhere for a release.
// Source: kubernetes pkg/proxy/nftables/proxier.go and pkg/proxy/util/{nodeport_addresses,localdetector}.go of v1.29, v1.30 and v1.32 to v1.36. v1.31 is
// taken for v1.30: comments of firewall-ips went with partial syncs (pull request 126013), `primary` can be asked for since pull
// request 123105.

import {
  BASE_CHAINS_BEHIND_DNAT,
  BASE_CHAINS_IN_FRONT,
  BASE_CHAINS_OF_1_29,
  type BaseChainLayout,
} from './base-chains.ts'

export interface NftLayout {
  readonly baseChains: readonly BaseChainLayout[]
  /** There is a set of ClusterIPs, and other ports of theirs are refused. */
  readonly knowsClusterIps: boolean
  /** Services and node ports without endpoints are looked up in one chain. */
  readonly checksTogether: boolean
  /** FORWARD drops packets of no known connection. */
  readonly dropsInvalid: boolean
  /** Source ranges: two sets, of who is guarded and of who may come; or a map of chains, whose elements once had comments. */
  readonly firewall: 'sets' | 'map with comments' | 'map'
  /** Every endpoint has a chain, where what comes from itself is marked. Since 1.36 only affinity needs them, and a set knows hairpins. */
  readonly endpointChains: boolean
  /** Marking is a chain of its own, and masquerading three rules. */
  readonly marksInChain: boolean
  /** Where traffic for a ClusterIP is masqueraded: by its own chain, asking for the port or not, or by one rule for all. */
  readonly clusterIpRule: 'address and port' | 'address' | 'shared'
  /** Interfaces are asked for by name; before 1.34 by number, which a prefix of names has not. */
  readonly interfacesBy: 'iifname' | 'iif'
  /** Where node ports are served if nobody says it. */
  readonly nodePortDefault: 'everywhere' | 'primary of each family' | 'primary'
}

/** @param minor of Kubernetes 1.minor, 29 at least */
export function nftLayoutOf(minor: number): NftLayout {
  const since = (release: number): boolean => minor >= release
  return {
    baseChains: since(34) ? BASE_CHAINS_BEHIND_DNAT : since(30) ? BASE_CHAINS_IN_FRONT : BASE_CHAINS_OF_1_29,
    knowsClusterIps: since(30),
    checksTogether: !since(30),
    dropsInvalid: !since(30),
    firewall: since(32) ? 'map' : since(30) ? 'map with comments' : 'sets',
    endpointChains: !since(36),
    marksInChain: !since(36),
    clusterIpRule: since(36) ? 'shared' : since(34) ? 'address' : 'address and port',
    interfacesBy: since(34) ? 'iifname' : 'iif',
    nodePortDefault: since(31) ? 'primary' : since(30) ? 'primary of each family' : 'everywhere',
  }
}

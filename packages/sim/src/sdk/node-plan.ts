// Addresses of virtual nodes and of their pods. Node i is 172.18.0.(i+1), in IPv6 fc00:f853:ccd:e793::(i+1), as kind's nodes are; its
// pods get the i-th subnet of each pod range: a /24, in IPv6 a /64, as kube-controller-manager's node IPAM hands them out.
// Where no range was named, IPv4 pods of large clusters go on in the next numbers (172.18.1.x, 10.245.0.0/24).

import { PodwireError } from '@podwire/engine'
import { addressInPrefix, parsePrefix, prefixesOverlap, type AddressFamily, type Prefix } from '../fabric/address.ts'

export interface NodePlan {
  readonly name: string
  /** InternalIPs, one a family, the primary one first. */
  readonly addresses: readonly string[]
  /** One a family of the pods. */
  readonly podCidrs: readonly string[]
  /** The first node also shows the control plane's pods. */
  readonly controlPlane: boolean
}

/** Of `--node-cidr-mask-size-ipv4` and `-ipv6`, the defaults. */
export const NODE_MASKS: Readonly<Record<AddressFamily, number>> = { 4: 24, 6: 64 }
const NODE_NETWORKS: Readonly<Record<AddressFamily, Prefix>> = {
  4: parsePrefix('172.18.0.0/16'),
  6: parsePrefix('fc00:f853:ccd:e793::/64'),
}

/** The node network a range of pods or Services overlaps with. */
export function nodeNetworkIn(range: Prefix): Prefix | undefined {
  return Object.values(NODE_NETWORKS).find((network) => prefixesOverlap(network, range))
}

/** The node network's first address is the outside host: gateway and resolver of the nodes. */
export function gatewayOf(family: AddressFamily): string {
  return addressInPrefix(NODE_NETWORKS[family], 1)
}

/**
 * @param podRanges one a family; undefined: IPv4 pods without a range of their own
 * @param subnet which of their subnets its pods get
 */
export function planNode(
  number: number,
  families: readonly AddressFamily[] = [4],
  podRanges: readonly (Prefix | undefined)[] = [undefined],
  subnet = number,
): NodePlan {
  return {
    name: `node-${number}`,
    addresses: families.map((family) => addressInPrefix(NODE_NETWORKS[family], number + 1)),
    podCidrs: podRanges.map((range) =>
      range === undefined ? unboundedPodCidr(subnet) : subnetOf(range, subnet, number),
    ),
    controlPlane: number === 1,
  }
}

/** How many nodes a pod range has room for. */
export function nodesIn(range: Prefix): number {
  return 2 ** Math.max(0, NODE_MASKS[range.family] - range.bits)
}

function subnetOf(range: Prefix, subnet: number, number: number): string {
  if (subnet > nodesIn(range)) {
    const reason = `the pod range ${range.text} has room for ${nodesIn(range)} nodes`
    throw new PodwireError(`add node-${number}`, reason, 'Give the cluster a wider podNetworkCidr.')
  }
  const mask = NODE_MASKS[range.family]
  const size = 1n << BigInt((range.family === 4 ? 32 : 128) - mask)
  return `${addressInPrefix(range, BigInt(subnet - 1) * size)}/${mask}`
}

const FIRST_POD_NETWORK = 244
/** Second octets above the first: 244 to 255. What does not fit there goes on from 128. */
const UPPER_POD_NETWORKS = 12
const OVERFLOW_POD_NETWORK = 128

function unboundedPodCidr(number: number): string {
  const network = number - 1
  const block = network >> 8
  const octet =
    block < UPPER_POD_NETWORKS ? FIRST_POD_NETWORK + block : OVERFLOW_POD_NETWORK + block - UPPER_POD_NETWORKS
  return `10.${octet}.${network & 0xff}.0/24`
}

/** The range kube-proxy takes for pods': one /16 up to 256 nodes, then the smallest wider one that holds all of them. */
export function clusterCidrFor(nodes: number): string {
  if (nodes <= 256) return '10.244.0.0/16'
  if (nodes <= 1024) return '10.244.0.0/14'
  return nodes <= UPPER_POD_NETWORKS * 256 ? '10.224.0.0/11' : '10.128.0.0/9'
}

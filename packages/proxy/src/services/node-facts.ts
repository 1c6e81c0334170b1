// What rules may depend on about the node they are written for. An immutable value: a changed Node gives a new one.

import type { Node } from '@podwire/apiserver'
import { cidrContains, parseCidr, type Cidr } from '../addresses/cidr.ts'
import { canonicalAddress, compareAddresses, familyOf } from '../addresses/ip.ts'
import type { IpFamily } from '../dataplane/packet.ts'
import type { NodePortAddresses } from '../iptables/options.ts'

export interface NodeFacts {
  readonly name: string
  /** Label topology.kubernetes.io/zone. */
  readonly zone: string | undefined
  /** The node's own IPs of status.addresses (InternalIP first), both families. */
  readonly addresses: readonly string[]
  /** Addresses of all its interfaces, loopback too: what --nodeport-addresses picks from. */
  readonly interfaceAddresses: readonly string[]
  readonly podCIDRs: readonly Cidr[]
}

const ZONE_LABEL = 'topology.kubernetes.io/zone'

/**
 * @param interfaceAddresses default: loopback, the internal addresses in the Node's status (external ones may be a router's), and what
 * kube-proxy is bound to
 * @param bindAddress kube-proxy's --bind-address: its node's primary address
 */
export function nodeFactsOf(node: Node, interfaceAddresses?: readonly string[], bindAddress?: string): NodeFacts {
  const listed = node.status?.addresses ?? []
  const ofType = (type: string): readonly string[] =>
    listed.filter((entry) => entry.type === type).flatMap((entry) => canonicalAddress(entry.address) ?? [])
  const internal = ofType('InternalIP')
  const bound = bindAddress === undefined ? [] : [bindAddress]
  const addresses = [...bound, ...internal, ...ofType('ExternalIP')]
  const cidrs = node.spec?.podCIDRs ?? (node.spec?.podCIDR === undefined ? [] : [node.spec.podCIDR])
  return {
    name: node.metadata.name,
    zone: node.metadata.labels?.[ZONE_LABEL],
    addresses,
    interfaceAddresses: interfaceAddresses ?? [...new Set(['127.0.0.1', '::1', ...internal, ...bound])],
    podCIDRs: cidrs.flatMap((text) => parseCidr(text) ?? []),
  }
}

/** kube-proxy's --bind-address/node IP: the first of the family. */
export function nodeAddress(node: NodeFacts, family: IpFamily): string | undefined {
  return node.addresses.find((address) => familyOf(address) === family)
}

/** The same as source ranges are asked for it: kube-proxy takes loopback for a family the node has no address of. */
export function nodeAddressOrLoopback(node: NodeFacts, family: IpFamily): string {
  return nodeAddress(node, family) ?? (family === 'ipv4' ? '127.0.0.1' : '::1')
}

/** The addresses node ports answer on under --nodeport-addresses, ascending. */
export function nodePortAddressesOf(node: NodeFacts, family: IpFamily, ranges: readonly Cidr[]): readonly string[] {
  return node.interfaceAddresses
    .filter((address) => familyOf(address) === family && ranges.some((range) => cidrContains(range, address)))
    .sort(compareAddresses)
}

/**
 * Where this node serves node ports; undefined: on every local address, as also under `primary` when the node has no address of
 * the family, or is taken to be at loopback. `primary` too is looked for at the interfaces. Loopback addresses are in it when a range
 * holds them; who cannot serve those takes them out.
 */
export function nodePortIps(
  node: NodeFacts,
  family: IpFamily,
  addresses: NodePortAddresses,
): readonly string[] | undefined {
  if (addresses.kind === 'all') return undefined
  if (addresses.kind === 'ranges') return nodePortAddressesOf(node, family, addresses.ranges)
  const primary = nodeAddress(node, family)
  if (primary === undefined || isLoopback(primary)) return undefined
  return node.interfaceAddresses.includes(primary) ? [primary] : []
}

export const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.')

/** Facts are equal when no rule can tell them apart. */
export function sameNodeFacts(a: NodeFacts, b: NodeFacts): boolean {
  return (
    a.name === b.name &&
    a.zone === b.zone &&
    a.addresses.join() === b.addresses.join() &&
    a.interfaceAddresses.join() === b.interfaceAddresses.join() &&
    a.podCIDRs.map((cidr) => cidr.text).join() === b.podCIDRs.map((cidr) => cidr.text).join()
  )
}

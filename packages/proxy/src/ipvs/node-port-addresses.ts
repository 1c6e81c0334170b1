// The addresses at which ipvs mode serves node ports: each is a virtual server of its own.
// Source: kubernetes pkg/proxy/ipvs/proxier.go, syncProxyRules (nodeIPs) and netlink_linux.go.

import type { IptablesOptions } from '../iptables/options.ts'
import { nodeAddress, nodePortAddressesOf, type NodeFacts } from '../services/node-facts.ts'

/** Every address of the node's interfaces but loopback, or those that --nodeport-addresses picks. */
export function ipvsNodePortAddresses(
  { family, nodePortAddresses }: IptablesOptions,
  node: NodeFacts,
): readonly string[] {
  if (nodePortAddresses.kind === 'primary') return [nodeAddress(node, family) ?? []].flat()
  const all = node.interfaceAddresses.filter(
    (address) => address.includes(':') === (family === 'ipv6') && !isLoopbackOrLinkLocal(address),
  )
  if (nodePortAddresses.kind === 'all') return all
  const picked = nodePortAddressesOf(node, family, nodePortAddresses.ranges)
  return all.filter((address) => picked.includes(address))
}

function isLoopbackOrLinkLocal(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || /^fe[89ab]/.test(address)
}

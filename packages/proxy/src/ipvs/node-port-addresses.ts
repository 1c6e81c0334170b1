// The addresses at which ipvs mode serves node ports: each is a virtual server of its own.
// Source: kubernetes pkg/proxy/ipvs/proxier.go, syncProxyRules (nodeIPs) and netlink_linux.go (v1.16 to v1.36).

import { familyOf } from '../addresses/ip.ts'
import type { IptablesOptions } from '../iptables/options.ts'
import { isLoopback, nodePortIps, type NodeFacts } from '../services/node-facts.ts'

/** Every address of the node's interfaces, or those that --nodeport-addresses picks; since 1.23 loopback is left out. */
export function ipvsNodePortAddresses(
  { family, nodePortAddresses, ipvs: { loopbackNodePorts } }: IptablesOptions,
  node: NodeFacts,
): readonly string[] {
  const picked = nodePortIps(node, family, nodePortAddresses)
  // Who picks ranges may pick link-local addresses.
  if (picked !== undefined) return loopbackNodePorts === 'always' ? picked : picked.filter(isNotLoopback)
  const all = node.interfaceAddresses.filter((address) => familyOf(address) === family && !/^fe[89ab]/.test(address))
  return loopbackNodePorts === 'never' ? all.filter(isNotLoopback) : all
}

const isNotLoopback = (address: string): boolean => !isLoopback(address)

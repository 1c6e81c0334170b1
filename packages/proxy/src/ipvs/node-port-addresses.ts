// The addresses at which ipvs mode serves node ports: each is a virtual server of its own.
// Source: kubernetes pkg/proxy/ipvs/proxier.go, syncProxyRules (nodeIPs) and netlink_linux.go.

import { familyOf } from '../addresses/ip.ts'
import type { IptablesOptions } from '../iptables/options.ts'
import { isLoopback, nodePortIps, type NodeFacts } from '../services/node-facts.ts'

/** Every address of the node's interfaces but loopback, or those that --nodeport-addresses picks. */
export function ipvsNodePortAddresses(
  { family, nodePortAddresses }: IptablesOptions,
  node: NodeFacts,
): readonly string[] {
  const picked = nodePortIps(node, family, nodePortAddresses)
  // Who picks ranges may pick link-local addresses.
  if (picked !== undefined) return picked.filter((address) => !isLoopback(address))
  return node.interfaceAddresses.filter((address) => familyOf(address) === family && !isLoopbackOrLinkLocal(address))
}

function isLoopbackOrLinkLocal(address: string): boolean {
  return isLoopback(address) || /^fe[89ab]/.test(address)
}

// kube-proxy of one node cannot write its rules (iptables-restore or nft refuses): the node keeps those it has, and its /healthz turns
// bad once a change has waited for two sync periods. When the fault ends it writes what it missed.

import type { FaultParts } from './fault-parts.ts'

export function kubeProxyNotSyncing({ proxy }: FaultParts, node: string): () => void {
  proxy.setSyncsFailing(node, true)
  return () => proxy.setSyncsFailing(node, false)
}

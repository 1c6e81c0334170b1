// Counting pods per topology domain: from counts per node to counts per zone, rack or host. Pure.

import type { NodeState } from './cluster-state.ts'
import type { NodeCounts } from './pod-counters.ts'

/** Pods per value of `topologyKey`, over the nodes that have the label. Domains without pods count 0. */
export function domainCounts(
  nodes: readonly NodeState[],
  topologyKey: string,
  counts: NodeCounts,
): Map<string, number> {
  const domains = new Map<string, number>()
  for (const node of nodes) {
    const domain = node.topology(topologyKey)
    if (domain !== undefined) domains.set(domain, (domains.get(domain) ?? 0) + (counts.get(node.name) ?? 0))
  }
  return domains
}

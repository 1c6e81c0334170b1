// Entries of the connection tables say what was translated: both tuples lead to the entry, and a translated destination is an address
// that a pod, a node or an EndpointSlice has or had (an entry outlives its endpoint, as in Linux). Only entries that began since
// the last look are looked at.

import { endpointSlices, nodes, pods } from '@podwire/apiserver'
import type { Microseconds } from '@podwire/engine'
import type { Connection } from '@podwire/proxy'
import type { Cluster } from '../sdk/cluster.ts'
import type { Invariant } from './invariant.ts'

export const translationsAreKnown: Invariant = {
  name: 'translations-are-known',
  watch(cluster, changes) {
    const known = new Set<string>()
    let lookedUs: Microseconds = 0
    return () => {
      for (const { last } of changes.of(pods)) for (const { ip } of last.status?.podIPs ?? []) known.add(ip)
      for (const { last } of changes.of(nodes))
        for (const { address } of last.status?.addresses ?? []) known.add(address)
      for (const { last } of changes.of(endpointSlices)) {
        for (const { addresses } of last.endpoints ?? []) for (const address of addresses) known.add(address)
      }
      const sinceUs = lookedUs
      lookedUs = cluster.engine.clock.now()
      return cluster.nodeNames.flatMap((node) => problemsOf(cluster, node, sinceUs, known))
    }
  },
}

function problemsOf(
  { composition, engine }: Cluster,
  node: string,
  sinceUs: Microseconds,
  known: ReadonlySet<string>,
): readonly string[] {
  const { proxy } = composition
  const table = proxy.nodeDataPlane(node)?.conntrack
  if (table === undefined) return []
  // In userspace mode rules lead to kube-proxy itself, on whatever address the packet came to.
  const toItself = proxy.modeOf(node) === 'userspace'
  const now = engine.clock.now()
  const wrong: string[] = []
  for (const entry of table.begunSince(sinceUs)) {
    if (entry.gone || entry.expiresAtUs <= now) continue
    const { protocol, original, reply } = entry
    for (const tuple of [original, reply]) {
      if (table.find(protocol, tuple, now) !== entry)
        wrong.push(`${node}: ${textOf(entry)} is not found by its own tuple`)
    }
    if (entry.destinationNat && !toItself && !known.has(reply.source)) {
      wrong.push(`${node}: ${textOf(entry)} was translated to an address that no pod, node or EndpointSlice ever had`)
    }
  }
  return wrong
}

function textOf({ protocol, original, reply }: Connection): string {
  const from = `${original.source}:${original.sourcePort}`
  return `${protocol} ${from} → ${original.destination}:${original.destinationPort} (${reply.source}:${reply.sourcePort})`
}

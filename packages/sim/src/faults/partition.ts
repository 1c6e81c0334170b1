// A partition: packets between two sets of places are dropped, both ways or from the first to the second only. TCP needs both
// directions; what an established connection sends the open way still arrives. Kubelets, kube-proxies and CoreDNS on the one
// side lose an API server on the other.

import type { FaultParts } from './fault-parts.ts'
import { API_SERVER, type NamedPlaces } from './place-set.ts'

export function partition(
  parts: FaultParts,
  from: NamedPlaces,
  to: NamedPlaces,
  oneWay: boolean,
  why: string,
): () => void {
  const effect = { kind: 'stop' } as const
  const repairs = [parts.fabric.impair({ from, to, effect, why })]
  if (!oneWay) repairs.push(parts.fabric.impair({ from: to, to: from, effect, why }))
  repairs.push(...cutConnections(parts, from, to))
  return () => {
    for (const repair of repairs) repair()
  }
}

/** A connection needs both directions. */
function cutConnections({ nodes, connections, podNode }: FaultParts, a: NamedPlaces, b: NamedPlaces): (() => void)[] {
  const [controlPlane] = nodes.names
  const server = [API_SERVER, ...(controlPlane === undefined ? [] : [`node/${controlPlane}`])]
  const isCut = (place: string): boolean => {
    const pod = place.startsWith('pod/') ? podNode(place.slice('pod/'.length)) : undefined
    const names = pod?.node === undefined ? [place] : [place, `node/${pod.node}`]
    return (a.has(...names) && b.has(...server)) || (b.has(...names) && a.has(...server))
  }
  const cut: (() => void)[] = []
  for (const node of nodes.names) {
    if (!isCut(`node/${node}`)) continue
    nodes.disconnect(node)
    cut.push(() => {
      if (nodes.names.includes(node)) nodes.reconnect(node)
    })
  }
  for (const connection of connections.all()) {
    const { place } = connection
    if (place === undefined || place.startsWith('node/') || !isCut(place)) continue
    connection.begin('unreachable')
    cut.push(() => connection.end('unreachable'))
  }
  return cut
}

// Which endpoints a node uses for a service port: cluster-wide ones, local ones, and what remains when there are none.
// Source: kubernetes pkg/proxy/topology.go (v1.36), and the beginning of syncProxyRules before 1.24; the same for every proxy mode.

import { seenFrom, type Endpoint } from './endpoint.ts'
import type { NodeFacts } from './node-facts.ts'
import type { ServicePort } from './service-port.ts'

export interface EndpointCategories {
  readonly cluster: readonly Endpoint[]
  readonly local: readonly Endpoint[]
  /** Union of both, sorted: the ones that get a chain. */
  readonly reachable: readonly Endpoint[]
  readonly hasEndpoints: boolean
  /** The cluster IP leads somewhere. */
  readonly hasInternal: boolean
  /** Node port, external IPs and load-balancer VIPs lead somewhere. */
  readonly hasExternal: boolean
}

/** False when every node of the cluster gets the same categories for this port. */
export function categoriesDependOnNode(port: ServicePort, endpoints: readonly Endpoint[]): boolean {
  return (
    port.usesLocal ||
    (port.usesCluster && hintsMayApply(endpoints)) ||
    endpoints.some(({ onNodes }) => onNodes !== undefined)
  )
}

/** What a release knows of endpoints. */
export interface EndpointUse {
  /** Endpoints that are going away step in where no others are left: since 1.26. */
  readonly usesDraining: boolean
  /** Zone hints since 1.24, node hints since 1.34. */
  readonly hints: 'none' | 'zones' | 'nodes and zones'
  /** Before 1.24: endpoints of one list, for all ways in. */
  readonly xlb: { readonly internalPolicy: boolean } | undefined
}

export function categorize(
  port: ServicePort,
  all: readonly Endpoint[],
  node: NodeFacts,
  use: EndpointUse,
): EndpointCategories {
  const endpoints = seenFrom(all, node.name)
  if (use.xlb !== undefined) return categorizeReady(port, endpoints, node, use.xlb)
  const known = use.usesDraining ? endpoints : endpoints.filter((endpoint) => endpoint.ready)
  const cluster = port.usesCluster ? clusterEndpoints(port, known, node, use) : []
  const local = port.usesLocal ? localEndpoints(known, node) : []
  const hasEndpoints = cluster.length > 0 || (port.usesLocal && known.some(isUsable))
  return {
    cluster,
    local,
    reachable: local.length === 0 ? cluster : union(cluster, local),
    hasEndpoints,
    hasInternal: hasEndpoints && !(port.internalPolicyLocal && local.length === 0),
    hasExternal: hasEndpoints && !(port.externalPolicyLocal && local.length === 0),
  }
}

/** Policy Local of traffic from outside is asked of what comes from there; the other one holds for everything. */
function categorizeReady(
  port: ServicePort,
  endpoints: readonly Endpoint[],
  node: NodeFacts,
  { internalPolicy }: { readonly internalPolicy: boolean },
): EndpointCategories {
  const ready = endpoints.filter((endpoint) => endpoint.ready)
  const here = ready.filter(({ nodeName }) => nodeName === node.name)
  const cluster = internalPolicy && port.internalPolicyLocal && !port.externalPolicyLocal ? here : ready
  const local = port.externalPolicyLocal ? here : []
  const hasEndpoints = cluster.length > 0
  const hasExternal = hasEndpoints && !(port.externalPolicyLocal && local.length === 0)
  return { cluster, local, reachable: cluster, hasEndpoints, hasInternal: hasEndpoints, hasExternal }
}

const isUsable = (endpoint: Endpoint): boolean => endpoint.ready || isDraining(endpoint)
const isDraining = (endpoint: Endpoint): boolean => endpoint.serving && endpoint.terminating

function clusterEndpoints(
  { usesHints }: ServicePort,
  endpoints: readonly Endpoint[],
  node: NodeFacts,
  use: EndpointUse,
): readonly Endpoint[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready)
  if (ready.length === 0) return endpoints.filter(isDraining)
  return usesHints ? preferNear(ready, node, use) : ready
}

function localEndpoints(endpoints: readonly Endpoint[], node: NodeFacts): readonly Endpoint[] {
  const here = endpoints.filter((endpoint) => endpoint.nodeName === node.name)
  const ready = here.filter((endpoint) => endpoint.ready)
  return ready.length > 0 ? ready : here.filter(isDraining)
}

/** Same node, else same zone, else all. A step counts only when every ready endpoint carries its kind of hint. */
function preferNear(ready: readonly Endpoint[], node: NodeFacts, { hints }: EndpointUse): readonly Endpoint[] {
  if (hints === 'nodes and zones' && ready.every((endpoint) => endpoint.nodeHints.length > 0)) {
    const near = ready.filter((endpoint) => endpoint.nodeHints.includes(node.name))
    if (near.length > 0) return near
  }
  const { zone } = node
  if (hints !== 'none' && zone !== undefined && ready.every((endpoint) => endpoint.zoneHints.length > 0)) {
    const near = ready.filter((endpoint) => endpoint.zoneHints.includes(zone))
    if (near.length > 0) return near
  }
  return ready
}

function hintsMayApply(endpoints: readonly Endpoint[]): boolean {
  const ready = endpoints.filter((endpoint) => endpoint.ready)
  if (ready.length === 0) return false
  return (
    ready.every((endpoint) => endpoint.nodeHints.length > 0) || ready.every((endpoint) => endpoint.zoneHints.length > 0)
  )
}

function union(a: readonly Endpoint[], b: readonly Endpoint[]): readonly Endpoint[] {
  const all = new Map([...a, ...b].map((endpoint) => [endpoint.text, endpoint]))
  return [...all.values()].sort((x, y) => (x.text < y.text ? -1 : x.text > y.text ? 1 : 0))
}

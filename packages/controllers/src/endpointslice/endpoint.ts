// One pod as an endpoint of one Service. Source: kubernetes staging endpointslice/utils.go (podToEndpoint).

import type { Endpoint, EndpointHints, Node, Pod, Service } from '@podwire/apiserver'
import { isPodDeleting, isPodReady } from '../objects/pod-state.ts'

export const ZONE_LABEL = 'topology.kubernetes.io/zone'

export function endpointOf(service: Service, pod: Pod, node: Node | undefined, addresses: readonly string[]): Endpoint {
  const serving = isPodReady(pod)
  const terminating = isPodDeleting(pod)
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating)
  const zone = node?.metadata.labels?.[ZONE_LABEL] || undefined
  const hints = ready ? hintsOf(service, zone, pod.spec.nodeName) : undefined
  const { hostname, nodeName, subdomain } = pod.spec
  const { name, namespace, uid } = pod.metadata
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hostname !== undefined && hostname !== '' && subdomain === service.metadata.name ? { hostname } : {}),
    ...(nodeName === undefined || nodeName === '' ? {} : { nodeName }),
    targetRef: { kind: 'Pod', ...(namespace === undefined ? {} : { namespace }), name, uid },
    ...(zone === undefined ? {} : { zone }),
    ...(hints === undefined ? {} : { hints }),
  }
}

const SAME_ZONE: ReadonlySet<string> = new Set(['PreferClose', 'PreferSameZone', 'PreferSameNode'])
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode'
const TOPOLOGY_AWARE_HINTS = 'service.kubernetes.io/topology-aware-hints'

/** Hints of spec.trafficDistribution. The old topology-mode annotation, when set to Auto, takes its place. */
function hintsOf(service: Service, zone: string | undefined, nodeName: string | undefined): EndpointHints | undefined {
  const distribution = service.spec.trafficDistribution ?? ''
  if (!SAME_ZONE.has(distribution) || wantsTopologyMode(service)) return undefined
  const forNode = distribution === 'PreferSameNode' && nodeName !== undefined && nodeName !== ''
  if (zone === undefined && !forNode) return undefined
  return {
    ...(zone === undefined ? {} : { forZones: [{ name: zone }] }),
    ...(forNode ? { forNodes: [{ name: nodeName }] } : {}),
  }
}

export function wantsTopologyMode(service: Service): boolean {
  const { annotations } = service.metadata
  // The older annotation hides the newer one, whatever it says.
  return ['Auto', 'auto'].includes(annotations?.[TOPOLOGY_AWARE_HINTS] ?? annotations?.[TOPOLOGY_MODE] ?? '')
}

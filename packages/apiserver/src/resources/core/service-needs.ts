// What a Service of some shape needs. Source: kubernetes registry/core/service/strategy.go (needsX, sameX).

import type { Service } from '../../objects/index.ts'

export const HEADLESS = 'None'

export const needsClusterIp = ({ spec }: Service): boolean => spec.type !== 'ExternalName'
export const needsNodePort = ({ spec }: Service): boolean => spec.type === 'NodePort' || spec.type === 'LoadBalancer'
export const isLoadBalancer = ({ spec }: Service): boolean => spec.type === 'LoadBalancer'
export const isHeadless = ({ spec }: Service): boolean =>
  spec.clusterIP === HEADLESS || spec.clusterIPs?.[0] === HEADLESS

/** Traffic can come from outside: by node port, load balancer or external IP. */
export const isExternallyAccessible = (service: Service): boolean =>
  needsNodePort(service) || (service.spec.type === 'ClusterIP' && (service.spec.externalIPs ?? []).length > 0)

/** A load balancer that only sends to nodes with endpoints asks a health check port which those are. */
export const needsHealthCheckPort = (service: Service): boolean =>
  isLoadBalancer(service) && service.spec.externalTrafficPolicy === 'Local'

/** Whether ports without a nodePort get one. */
export const allocatesNodePorts = (service: Service): boolean =>
  service.spec.type === 'NodePort' || (isLoadBalancer(service) && service.spec.allocateLoadBalancerNodePorts !== false)

export function nodePortsOf(service: Service): readonly number[] {
  return (service.spec.ports ?? []).map((port) => port.nodePort ?? 0).filter((port) => port !== 0)
}

// Defaults of Services. Source: kubernetes core/v1/defaults.go SetDefaults_Service, recorded services of 1.36.

import type { Service } from '../../objects/index.ts'
import type { Mutable } from '../resource.ts'
import { isExternallyAccessible, isLoadBalancer, needsClusterIp } from './service-needs.ts'

const AFFINITY_SECONDS = 10_800

export function defaultService(service: Mutable<Service>): void {
  service.spec ??= {}
  const { spec } = service
  spec.sessionAffinity ||= 'None'
  spec.type ||= 'ClusterIP'
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig
  if (spec.sessionAffinity === 'ClientIP' && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: AFFINITY_SECONDS } }
  }
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP'
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '')
      port.targetPort = port.port ?? 0
    if (port.nodePort === 0) delete port.nodePort
    if (port.name === '') delete port.name
  }
  defaultPolicies(service)
  defaultIngressModes(service)
}

/** Addresses of a load balancer are virtual ones unless it says otherwise. */
export function defaultIngressModes(service: Mutable<Service>): void {
  if (!isLoadBalancer(service)) return
  for (const ingress of service.status?.loadBalancer?.ingress ?? []) {
    if (ingress.ip !== undefined && ingress.ip !== '') ingress.ipMode ??= 'VIP'
  }
}

function defaultPolicies(service: Mutable<Service>): void {
  const { spec } = service
  if (isExternallyAccessible(service)) spec.externalTrafficPolicy ||= 'Cluster'
  else if (spec.externalTrafficPolicy === '') delete spec.externalTrafficPolicy
  if (needsClusterIp(service)) spec.internalTrafficPolicy ??= 'Cluster'
  if (isLoadBalancer(service)) spec.allocateLoadBalancerNodePorts ??= true
  if (spec.clusterIP === '') delete spec.clusterIP
  if (spec.clusterIPs?.length === 0) delete spec.clusterIPs
  if (spec.healthCheckNodePort === 0) delete spec.healthCheckNodePort
  if (spec.externalName === '') delete spec.externalName
}

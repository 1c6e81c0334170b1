// What an update of a Service keeps from the old one and what it drops. Source: kubernetes registry/core/service
// (patchAllocatedValues, normalizeClusterIPs, dropTypeDependentFields).

import type { Service } from '../../objects/index.ts'
import { sameValue } from '../compare.ts'
import type { Mutable } from '../resource.ts'
import {
  allocatesNodePorts,
  isExternallyAccessible,
  isLoadBalancer,
  needsClusterIp,
  needsHealthCheckPort,
  needsNodePort,
  nodePortsOf,
} from './service-needs.ts'

export function prepareServiceUpdate(service: Mutable<Service>, old: Service): void {
  keepAllocated(service, old)
  syncClusterIps(service, old)
  dropUnneeded(service, old)
  if (isLoadBalancer(old) && !isLoadBalancer(service)) service.status = { ...service.status, loadBalancer: {} }
}

/** Fills in what the old Service was given and the new one did not name. */
function keepAllocated(service: Mutable<Service>, old: Service): void {
  const { spec } = service
  if (needsClusterIp(old) && needsClusterIp(service)) {
    if (spec.clusterIP === undefined && old.spec.clusterIP !== undefined) spec.clusterIP = old.spec.clusterIP
    if (spec.clusterIPs === undefined && old.spec.clusterIPs !== undefined) spec.clusterIPs = [...old.spec.clusterIPs]
  }
  if (allocatesNodePorts(old) && allocatesNodePorts(service)) keepNodePorts(service, old)
  if (needsHealthCheckPort(old) && needsHealthCheckPort(service) && old.spec.healthCheckNodePort !== undefined) {
    spec.healthCheckNodePort ??= old.spec.healthCheckNodePort
  }
}

/** Ports are the same when their names are, two of one name too; a node port that the new Service names stays where it is named. */
function keepNodePorts(service: Mutable<Service>, old: Service): void {
  const used = new Set(nodePortsOf(service))
  const known = new Map((old.spec.ports ?? []).map((port) => [port.name ?? '', port.nodePort]))
  for (const port of service.spec.ports ?? []) {
    if (port.nodePort !== undefined) continue
    const kept = known.get(port.name ?? '')
    if (kept === undefined || used.has(kept)) continue
    port.nodePort = kept
  }
}

/** Keeps clusterIP and clusterIPs in step when only one of them was changed. */
function syncClusterIps({ spec }: Mutable<Service>, { spec: old }: Service): void {
  const sameList = sameValue(spec.clusterIPs ?? [], old.clusterIPs ?? [])
  if (spec.clusterIP === old.clusterIP) {
    if (spec.clusterIPs === undefined && old.clusterIPs !== undefined) spec.clusterIPs = [...old.clusterIPs]
  } else if (spec.clusterIP === undefined) {
    if (sameList) delete spec.clusterIPs
  } else if (sameList) spec.clusterIPs = [spec.clusterIP]
}

/** Clears what the new type has no use for, unless the user changed it: then validation says so. */
function dropUnneeded(service: Mutable<Service>, old: Service): void {
  const { spec } = service
  if (needsClusterIp(old) && !needsClusterIp(service)) {
    if (spec.clusterIP === old.spec.clusterIP && sameValue(spec.clusterIPs, old.spec.clusterIPs)) {
      delete spec.clusterIP
      delete spec.clusterIPs
    }
    if (sameValue(spec.ipFamilies, old.spec.ipFamilies)) delete spec.ipFamilies
    if (spec.ipFamilyPolicy === old.spec.ipFamilyPolicy) delete spec.ipFamilyPolicy
  }
  if (needsNodePort(old) && !needsNodePort(service)) dropNodePorts(service, old)
  if (
    needsHealthCheckPort(old) &&
    !needsHealthCheckPort(service) &&
    spec.healthCheckNodePort === old.spec.healthCheckNodePort
  ) {
    delete spec.healthCheckNodePort
  }
  if (isLoadBalancer(old) && !isLoadBalancer(service)) {
    if (spec.allocateLoadBalancerNodePorts === old.spec.allocateLoadBalancerNodePorts)
      delete spec.allocateLoadBalancerNodePorts
    if (spec.loadBalancerClass === old.spec.loadBalancerClass) delete spec.loadBalancerClass
  }
  if (
    isExternallyAccessible(old) &&
    !isExternallyAccessible(service) &&
    spec.externalTrafficPolicy === old.spec.externalTrafficPolicy
  ) {
    delete spec.externalTrafficPolicy
  }
}

function dropNodePorts(service: Mutable<Service>, old: Service): void {
  const known = new Set(nodePortsOf(old))
  if (!nodePortsOf(service).every((port) => known.has(port))) return
  for (const port of service.spec.ports ?? []) delete port.nodePort
}

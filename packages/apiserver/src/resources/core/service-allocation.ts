// Takes cluster IPs and node ports for a Service and gives them back. Allocation is refused before validation is asked.
// Source: kubernetes registry/core/service/storage/alloc.go.

import type { Service, ServicePort } from '../../objects/index.ts'
import { internalError, plainError } from '../../status/errors.ts'
import { invalid } from '../../validation/field-errors.ts'
import { invalidStatus } from '../../validation/invalid-status.ts'
import type { Mutable, Rollback, StrategyContext } from '../resource.ts'
import { type Allocation, allocationFor, Taken } from './allocation.ts'
import { initFamilies, keepsPreference } from './service-families.ts'
import {
  allocatesNodePorts,
  HEADLESS,
  isHeadless,
  needsClusterIp,
  needsHealthCheckPort,
  needsNodePort,
  nodePortsOf,
} from './service-needs.ts'

/** Allocates for a new or changed Service; returns how to undo it. */
export function allocateForService(
  service: Mutable<Service>,
  old: Service | undefined,
  context: StrategyContext,
): Rollback {
  const allocation = allocationFor(context)
  try {
    // A new Service names one address; the list follows.
    if (old === undefined && service.spec.clusterIP !== undefined) service.spec.clusterIPs ??= [service.spec.clusterIP]
    initFamilies(service, old, context.allocators.clusterIps.families)
    allocateIps(service, old, allocation)
    const released = [...allocateNodePorts(service, old, allocation)]
    released.push(...allocateHealthCheckPort(service, old, allocation))
    // Last of all: what is given back cannot be taken by the same write.
    for (const port of released) allocation.releasePort(port)
  } catch (error) {
    allocation.rollback()
    throw error
  }
  return () => allocation.rollback()
}

/** Gives back everything of a Service that is gone. */
export function releaseForService(service: Service, context: StrategyContext): void {
  const allocation = new Taken(context)
  if (needsClusterIp(service)) for (const address of service.spec.clusterIPs ?? []) allocation.releaseIp(address)
  // Those of an ExternalName, too, though it was never given them.
  for (const port of nodePortsOf(service)) allocation.releasePort(port)
  if (!needsHealthCheckPort(service)) return
  if (service.spec.healthCheckNodePort !== undefined) allocation.releasePort(service.spec.healthCheckNodePort)
}

/** @returns the node ports to give back */
function allocateNodePorts(
  service: Mutable<Service>,
  old: Service | undefined,
  allocation: Allocation,
): readonly number[] {
  if (!needsNodePort(service)) return old !== undefined && needsNodePort(old) ? nodePortsOf(old) : []
  if (old !== undefined) return reallocatePorts(service, old, allocation)
  allocatePorts(service, allocation)
  return []
}

/** All new, all released, or the second address taken or given back; everything else leaves addresses alone. */
function allocateIps(service: Mutable<Service>, old: Service | undefined, allocation: Allocation): void {
  if (old === undefined || !needsClusterIp(old)) {
    if (needsClusterIp(service)) allocateAll(service, allocation)
    return
  }
  if (isHeadless(old)) {
    if (isHeadless(service)) service.spec.clusterIPs ??= [HEADLESS]
    return
  }
  const [before = [], had = []] = [old.spec.clusterIPs, old.spec.ipFamilies]
  if (!needsClusterIp(service)) {
    for (const address of before) allocation.releaseIp(address)
    return
  }
  if (keepsPreference(service, old)) return
  const { ipFamilies: has = [] } = service.spec
  if (had.length === 1 && has.length === 2) {
    const [first = '', wanted = ''] = service.spec.clusterIPs ?? before
    service.spec.clusterIPs = [first, wanted]
    service.spec.clusterIPs = [first, takeIp(service, allocation, has[1], wanted)]
  } else if (had.length === 2 && has.length === 1 && before[1] !== undefined) allocation.releaseIp(before[1])
}

function allocateAll(service: Mutable<Service>, allocation: Allocation): void {
  const { spec } = service
  if (isHeadless(service)) {
    spec.clusterIPs ??= [spec.clusterIP ?? HEADLESS]
    return
  }
  const { ipFamilies = [] } = spec
  // What is not named yet is shown as an empty text should a named one be refused.
  const wanted = ipFamilies.map((_, index) => spec.clusterIPs?.[index] ?? '')
  spec.clusterIPs = wanted
  spec.clusterIPs = ipFamilies.map((family, index) => takeIp(service, allocation, family, wanted[index] ?? ''))
  if (spec.clusterIPs[0] !== undefined) spec.clusterIP = spec.clusterIPs[0]
}

function takeIp(service: Service, allocation: Allocation, family: string | undefined, wanted: string): string {
  const { metadata, spec } = service
  const refused = (what: string, why: string): Error =>
    invalidStatus('Service', '', metadata.name, [
      invalid('spec.clusterIPs', spec.clusterIPs ?? [], `failed to allocate ${what}: ${why}`),
    ])
  if (wanted === '') {
    const address = allocation.takeNextIp(family === 'IPv6' ? 'IPv6' : 'IPv4', metadata.name)
    const problem = allocation.claimProblem(address, metadata)
    if (problem !== undefined) throw refused('IP', problem)
    return address
  }
  const problem = allocation.takeIp(wanted) ?? allocation.claimProblem(wanted, metadata)
  if (problem !== undefined) throw refused(`IP ${wanted}`, problem)
  return wanted
}

function portRefused(service: Service, index: number, port: number, problem: string): Error {
  return invalidStatus('Service', '', service.metadata.name, [invalid(`spec.ports[${index}].nodePort`, port, problem)])
}

/** Ports of the same number (TCP and UDP) share a node port on create, also when only one of them names it. */
function allocatePorts(service: Mutable<Service>, allocation: Allocation): void {
  const ports = service.spec.ports ?? []
  const given = new Map<number, number>()
  for (const [index, port] of ports.entries()) {
    if (port.nodePort === undefined && !allocatesNodePorts(service)) continue
    const shared = given.get(port.port)
    if (shared !== undefined && (port.nodePort === undefined || port.nodePort === shared)) {
      port.nodePort = shared
      continue
    }
    const wanted = shared === undefined ? requestedFor(port.port, ports) : port.nodePort
    if (wanted === undefined) port.nodePort = allocation.takeNextPort()
    else {
      const problem = allocation.takePort(wanted)
      if (problem !== undefined) throw portRefused(service, index, wanted, problem)
      port.nodePort = wanted
    }
    if (shared === undefined) given.set(port.port, port.nodePort)
  }
}

function requestedFor(number: number, ports: readonly ServicePort[]): number | undefined {
  return ports.find((port) => port.port === number && port.nodePort !== undefined)?.nodePort
}

/**
 * On update nothing is shared: each port without a node port gets its own. What an ExternalName named it had already, whoever it
 * belongs to. Returns the node ports to give back.
 */
function reallocatePorts(service: Mutable<Service>, old: Service, allocation: Allocation): readonly number[] {
  const before = new Set(nodePortsOf(old))
  const taken = new Set<number>()
  const pairs = new Set<string>()
  for (const [index, port] of (service.spec.ports ?? []).entries()) {
    if (port.nodePort === undefined) {
      if (!allocatesNodePorts(service)) continue
      port.nodePort = allocation.takeNextPort()
    } else if (!before.has(port.nodePort) && !taken.has(port.nodePort)) {
      const problem = allocation.takePort(port.nodePort)
      if (problem !== undefined) throw portRefused(service, index, port.nodePort, problem)
    }
    taken.add(port.nodePort)
    const pair = `{${port.protocol ?? ''} ${port.nodePort}}`
    if (pairs.has(pair)) throw plainError(`duplicate nodePort: ${pair}`)
    pairs.add(pair)
  }
  return [...before].filter((port) => !taken.has(port))
}

/** @returns the port to give back, if any */
function allocateHealthCheckPort(
  service: Mutable<Service>,
  old: Service | undefined,
  allocation: Allocation,
): readonly number[] {
  const had = old !== undefined && needsHealthCheckPort(old)
  const needs = needsHealthCheckPort(service)
  const { spec } = service
  if (needs && !had) {
    if (spec.healthCheckNodePort === undefined) {
      spec.healthCheckNodePort = allocation.takeNextPort()
      return []
    }
    const problem = allocation.takePort(spec.healthCheckNodePort)
    if (problem === undefined) return []
    throw internalError(`failed to allocate requested HealthCheck NodePort ${spec.healthCheckNodePort}: ${problem}`)
  }
  return had && !needs && old.spec.healthCheckNodePort !== undefined ? [old.spec.healthCheckNodePort] : []
}

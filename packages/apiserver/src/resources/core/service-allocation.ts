// Takes cluster IPs and node ports for a Service and gives them back. Allocation is refused before validation is asked.
// Source: kubernetes registry/core/service/storage/alloc.go.

import type { Service, ServicePort } from '../../objects/index.ts'
import { internalError, plainError } from '../../status/errors.ts'
import { invalid } from '../../validation/field-errors.ts'
import { invalidStatus } from '../../validation/invalid-status.ts'
import { parseCidr } from '../../validation/addresses.ts'
import type { IpAllocator, Mutable, Rollback, StrategyContext } from '../resource.ts'
import { type Allocation, allocationFor, Taken } from './allocation.ts'
import { type Family, initFamilies } from './service-families.ts'
import {
  allocatesNodePorts,
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
    initFamilies(service, old, familiesOf(context))
    allocateIps(service, old, allocation)
    if (needsNodePort(service)) {
      if (old === undefined) allocatePorts(service, allocation)
      else reallocatePorts(service, old, allocation)
    } else if (old !== undefined && needsNodePort(old))
      for (const port of nodePortsOf(old)) allocation.releasePort(port)
    allocateHealthCheckPort(service, old, allocation)
  } catch (error) {
    allocation.rollback()
    throw error
  }
  return () => allocation.rollback()
}

/** Gives back everything of a Service that is gone. */
export function releaseForService(service: Service, context: StrategyContext): void {
  const allocation = new Taken(context)
  for (const address of service.spec.clusterIPs ?? []) allocation.releaseIp(address)
  for (const port of nodePortsOf(service)) allocation.releasePort(port)
  if (service.spec.healthCheckNodePort !== undefined) allocation.releasePort(service.spec.healthCheckNodePort)
}

const families = new WeakMap<IpAllocator, readonly Family[]>()

/** podwire's clusters have one service range, so one family. */
function familiesOf({ allocators: { clusterIps } }: StrategyContext): readonly Family[] {
  let found = families.get(clusterIps)
  if (found === undefined) families.set(clusterIps, (found = [parseCidr(clusterIps.cidr)?.address.family ?? 'IPv4']))
  return found
}

function allocateIps(service: Mutable<Service>, old: Service | undefined, allocation: Allocation): void {
  const { spec } = service
  const before = old !== undefined && needsClusterIp(old) && !isHeadless(old) ? (old.spec.clusterIPs ?? []) : []
  if (!needsClusterIp(service)) {
    for (const address of before) allocation.releaseIp(address)
    return
  }
  if (isHeadless(service)) {
    spec.clusterIPs ??= [spec.clusterIP ?? 'None']
    return
  }
  if (before.length > 0) {
    for (const address of before) if (spec.clusterIPs?.includes(address) !== true) allocation.releaseIp(address)
    return
  }
  const wanted = spec.clusterIPs ?? []
  for (const address of wanted) {
    const problem = allocation.takeIp(address)
    if (problem === undefined) continue
    const text = `failed to allocate IP ${address}: ${problem}`
    throw invalidStatus('Service', '', service.metadata.name, [invalid('spec.clusterIPs', wanted, text)])
  }
  if (wanted.length > 0) return
  const address = allocation.takeNextIp()
  spec.clusterIP = address
  spec.clusterIPs = [address]
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

/** On update nothing is shared: each port without a node port gets its own. */
function reallocatePorts(service: Mutable<Service>, old: Service, allocation: Allocation): void {
  const before = new Set(needsNodePort(old) ? nodePortsOf(old) : [])
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
  for (const port of before) if (!taken.has(port)) allocation.releasePort(port)
}

function allocateHealthCheckPort(service: Mutable<Service>, old: Service | undefined, allocation: Allocation): void {
  const had = old !== undefined && needsHealthCheckPort(old)
  const needs = needsHealthCheckPort(service)
  const { spec } = service
  if (needs && !had) {
    if (spec.healthCheckNodePort === undefined) {
      spec.healthCheckNodePort = allocation.takeNextPort()
      return
    }
    const problem = allocation.takePort(spec.healthCheckNodePort)
    if (problem === undefined) return
    throw internalError(`failed to allocate requested HealthCheck NodePort ${spec.healthCheckNodePort}: ${problem}`)
  }
  if (had && !needs && old.spec.healthCheckNodePort !== undefined) allocation.releasePort(old.spec.healthCheckNodePort)
}

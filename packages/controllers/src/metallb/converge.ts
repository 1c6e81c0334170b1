// One Service brought to where MetalLB's controller wants it: an address that the pools allow and the Service asked for, or none.
// The allocator remembers; what changes on the object and which Events tell of it come back.
// Source: metallb controller/service.go (convergeBalancer, allocateIPs).

import type { Service } from '@podwire/apiserver'
import { type Address, formatAddress, parseAddress } from './address-range.ts'
import { AllocationError, type AllocationRequest, type Allocator, quotedList } from './allocator.ts'
import { announcesClearing, annotationOf, type MetalLbRelease } from './release.ts'
import { familiesOf, requestedAddresses, sameAddresses, wantsAllFamilies } from './requested-addresses.ts'
import { sharingTerms } from './sharing.ts'

export interface ControllerEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

export interface Convergence {
  /** Empty: the Service has no address. */
  readonly addresses: readonly string[]
  readonly pool: string | undefined
  readonly events: readonly ControllerEvent[]
}

export interface ConvergeInput {
  readonly service: Service
  readonly namespaceLabels: Readonly<Record<string, string>> | undefined
  readonly hasPools: boolean
  readonly release: MetalLbRelease
}

export function converge(allocator: Allocator, input: ConvergeInput): Convergence {
  const { service, hasPools } = input
  const key = keyOf(service)
  if (service.spec.type !== 'LoadBalancer' || !hasPools || familiesOf(service).length === 0) {
    allocator.unassign(key)
    return { addresses: [], pool: undefined, events: [] }
  }
  const events: ControllerEvent[] = []
  try {
    const kept = keptAddresses(allocator, input, events)
    const addresses = kept.length > 0 ? kept : allocate(allocator, input, events)
    return { addresses: addresses.map(formatAddress), pool: allocator.poolOf(key), events }
  } catch (error) {
    if (!(error instanceof AllocationError)) throw error
    const told = error instanceof RequestRefused
    events.push({
      type: 'Warning',
      reason: told ? 'LoadBalancerFailed' : 'AllocationFailed',
      message: told ? error.message : `Failed to allocate IP for ${JSON.stringify(key)}: ${error.message}`,
    })
    // A request that cannot be read changes nothing; without an address there is nothing to keep.
    const addresses = told ? currentAddresses(service).map(formatAddress) : []
    return { addresses, pool: allocator.poolOf(key), events }
  }
}

class RequestRefused extends AllocationError {}

/** The addresses it has, as far as they still stand. */
function keptAddresses(allocator: Allocator, input: ConvergeInput, events: ControllerEvent[]): readonly Address[] {
  const { service, release } = input
  const key = keyOf(service)
  const current = currentAddresses(service)
  const families = familiesOf(service)
  const familyFits = current.every(({ family }) => families.includes(family))
  if (current.length === 0 || !familyFits) {
    allocator.unassign(key)
    return []
  }
  try {
    allocator.assign(requestOf(input), current)
  } catch (error) {
    if (!(error instanceof AllocationError)) throw error
    const why = `current IP for ${JSON.stringify(key)} not allowed by config, will attempt for new IP assignment`
    if (announcesClearing(release)) {
      events.push({ type: 'Normal', reason: 'ClearAssignment', message: `${why}: ${error.message}` })
    }
    allocator.unassign(key)
    return []
  }
  const pool = annotationOf(service.metadata.annotations, 'address-pool', release) ?? ''
  const desired = readRequest(service, release)
  const otherPool = pool !== '' && allocator.poolOf(key) !== pool
  const otherAddress = desired.length > 0 && !sameAddresses(current, desired)
  if (!otherPool && !otherAddress) return current
  allocator.unassign(key)
  return []
}

function readRequest(service: Service, release: MetalLbRelease): readonly Address[] {
  try {
    return requestedAddresses(service, release)
  } catch (error) {
    if (!(error instanceof AllocationError)) throw error
    throw new RequestRefused(`invalid requested loadbalancer IPs: ${error.message}`)
  }
}

/** @throws AllocationError */
function allocate(allocator: Allocator, input: ConvergeInput, events: ControllerEvent[]): readonly Address[] {
  const { service, release } = input
  const request = requestOf(input)
  const pool = annotationOf(service.metadata.annotations, 'address-pool', release) ?? ''
  const desired = requestedAddresses(service, release)
  const addresses = desired.length > 0 ? desired : pool === '' ? undefined : allocator.allocateFrom(pool, request)
  if (desired.length > 0) assignRequested(allocator, request, desired, pool)
  const found = addresses ?? allocator.allocate(request)
  events.push({ type: 'Normal', reason: 'IPAllocated', message: `Assigned IP ${told(found, release)}` })
  return found
}

/** Through 0.11 there was one address, and no brackets. */
function told(addresses: readonly Address[], { minor }: MetalLbRelease): string {
  return minor < 12 ? addresses.map((one) => JSON.stringify(formatAddress(one))).join(' ') : quotedList(addresses)
}

function assignRequested(
  allocator: Allocator,
  request: AllocationRequest,
  desired: readonly Address[],
  pool: string,
): void {
  const families = familiesOf(request.service)
  const asked = `requested loadBalancer IP(s) ${quotedList(desired)}`
  if (desired.length !== families.length || !desired.every(({ family }) => families.includes(family))) {
    throw new AllocationError(`${asked} does not match the ipFamily of the service`)
  }
  allocator.assign(request, desired)
  if (pool === '' || allocator.poolOf(request.terms.service) === pool) return
  allocator.unassign(request.terms.service)
  throw new AllocationError(`${asked} is not compatible with requested address pool ${pool}`)
}

function requestOf({ service, release, namespaceLabels }: ConvergeInput): AllocationRequest {
  return {
    terms: sharingTerms(service, annotationOf(service.metadata.annotations, 'allow-shared-ip', release) ?? ''),
    service,
    families: familiesOf(service),
    needsAll: wantsAllFamilies(service),
    namespaceLabels,
  }
}

function currentAddresses({ status }: Service): readonly Address[] {
  const addresses = (status?.loadBalancer?.ingress ?? []).map(({ ip }) =>
    ip === undefined ? undefined : parseAddress(ip),
  )
  return addresses.filter((address) => address !== undefined)
}

const keyOf = ({ metadata }: Service): string => `${metadata.namespace ?? ''}/${metadata.name}`

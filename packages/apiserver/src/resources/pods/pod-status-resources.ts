// What a pod's status says of claims and of devices its containers were given. Source: kubernetes core/validation
// (validatePodResourceClaimStatuses, validatePodExtendedResourceClaimStatus, validateContainerStatusAllocatedResourcesStatus).

import type { ContainerStatus, PodExtendedResourceClaimStatus, PodSpec, PodStatus } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import {
  duplicate,
  forbiddenField,
  invalid,
  notSupported,
  pushProblems,
  required,
  tooLong,
} from '../../validation/field-errors.ts'
import { byteLength, dnsLabel, dnsSubdomain } from '../../validation/names.ts'

export const STATUS_LISTS = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const

export function validateClaimStatuses(
  { resourceClaimStatuses = [] }: PodStatus,
  spec: PodSpec,
  errors: FieldError[],
): void {
  const names = new Set<string>()
  for (const [index, { name = '', resourceClaimName: claim }] of resourceClaimStatuses.entries()) {
    const at = `status.resourceClaimStatuses[${index}]`
    if (!(spec.resourceClaims ?? []).some((candidate) => candidate.name === name)) {
      errors.push(invalid(`${at}.name`, name, 'must match the name of an entry in `spec.resourceClaims`'))
    }
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name))
    names.add(name)
    if (claim !== undefined) pushProblems(dnsSubdomain(claim), `${at}.resourceClaimName`, claim, errors)
  }
}

const NO_RESOURCE =
  'must match the extended resource name of an entry in spec.initContainers.resources.requests or ' +
  'spec.containers.resources.requests'
const NO_CONTAINER = 'must match the name of an entry in spec.initContainers.name or spec.containers.name'

/** The claim made for what containers request by the name of a resource. */
export function validateExtendedClaim(
  { requestMappings: mappings = [], resourceClaimName: claim = '' }: Partial<PodExtendedResourceClaimStatus>,
  { containers, initContainers = [] }: PodSpec,
  errors: FieldError[],
): void {
  const path = 'status.extendedResourceClaimStatus'
  const known = new Map([...initContainers, ...containers].map((container) => [container.name, container]))
  const seen = new Set<string>()
  if (mappings.length === 0) {
    errors.push(required(`${path}.requestMappings`, 'at least one request mapping is required'))
  }
  for (const [index, { containerName = '', resourceName = '', requestName = '' }] of mappings.entries()) {
    const at = `${path}.requestMappings[${index}]`
    const container = known.get(containerName)
    if (container === undefined) errors.push(invalid(`${at}.containerName`, containerName, NO_CONTAINER))
    else if (!Object.hasOwn(container.resources?.requests ?? {}, resourceName)) {
      errors.push(invalid(`${at}.resourceName`, resourceName, NO_RESOURCE))
    }
    // Named without its mapping.
    pushProblems(dnsLabel(requestName), `${path}.requestName`, requestName, errors)
    const key = JSON.stringify([containerName, resourceName, requestName])
    if (seen.has(key)) {
      errors.push(duplicate(`${at}.containerName`, containerName))
      errors.push(duplicate(`${at}.resourceName`, resourceName))
      errors.push(duplicate(`${at}.requestName`, requestName))
    }
    seen.add(key)
  }
  if (claim === '') errors.push(required(`${path}.resourceClaimName`))
  else pushProblems(dnsSubdomain(claim), `${path}.resourceClaimName`, claim, errors)
}

export function validateAllocated(
  statuses: readonly ContainerStatus[] | undefined,
  list: (typeof STATUS_LISTS)[number],
  spec: PodSpec,
  path: string,
  errors: FieldError[],
): void {
  for (const [index, status] of (statuses ?? []).entries()) {
    const { name, allocatedResourcesStatus: allocated = [] } = status
    // That of nearly every container.
    if (allocated.length === 0) continue
    const at = `${path}[${index}].allocatedResourcesStatus`
    if (list === 'ephemeralContainerStatuses') {
      errors.push(forbiddenField(at, 'must not be specified in container status'))
      continue
    }
    const containers = list === 'containerStatuses' ? spec.containers : (spec.initContainers ?? [])
    const resources = containers.find((candidate) => candidate.name === name)?.resources
    for (const [entry, { name: resource = '', resources: devices = [] }] of allocated.entries()) {
      const problem = resources === undefined ? undefined : allocationProblem(resource, resources)
      if (problem !== undefined) errors.push(invalid(`${at}[${entry}].name`, resource, problem))
      validateDevices(devices, `${at}[${entry}].resources`, errors)
    }
  }
}

const HEALTH = ['Healthy', 'Unhealthy', 'Unknown']
const MAX_MESSAGE = 1024

type Devices = NonNullable<NonNullable<ContainerStatus['allocatedResourcesStatus']>[number]['resources']>

function validateDevices(devices: Devices, path: string, errors: FieldError[]): void {
  const ids = new Set<string>()
  for (const [index, { health = '', message, resourceID = '' }] of devices.entries()) {
    const at = `${path}[${index}]`
    if (!HEALTH.includes(health)) errors.push(notSupported(`${at}.health`, health, HEALTH))
    if (message === '') errors.push(required(`${at}.message`, 'must be non-empty if specified'))
    else if (message !== undefined && byteLength(message) > MAX_MESSAGE) {
      errors.push(tooLong(`${at}.message`, MAX_MESSAGE))
    }
    if (ids.has(resourceID)) errors.push(duplicate(`${at}.resourceID`, resourceID))
    ids.add(resourceID)
  }
}

function allocationProblem(
  name: string,
  { claims = [], requests = {} }: NonNullable<PodSpec['containers'][number]['resources']>,
): string | undefined {
  if (!name.startsWith('claim:')) {
    return Object.hasOwn(requests, name) ? undefined : "must match one of the container's resource requests"
  }
  const known = claims.map((claim) => `claim:${claim.name}${claim.request === undefined ? '' : `/${claim.request}`}`)
  if (known.includes(name)) return undefined
  return (
    "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or " +
    "'claim:<claimName>' if request is empty"
  )
}

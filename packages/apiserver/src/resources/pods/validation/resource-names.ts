// Names of compute resources. Source: kubernetes core/validation (validateContainerResourceName, validatePodResourceName),
// apis/core/helper helpers.

import type { FieldError } from '../../../validation/field-error.ts'
import { invalid, notSupported, pushProblems } from '../../../validation/field-errors.ts'
import { qualifiedName } from '../../../validation/names.ts'
import { parseQuantity } from '../../../validation/quantity.ts'

const CONTAINER_RESOURCES: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage'])
/** What a container may not ask for, though it is a resource of a namespace or a node. */
const OTHER_STANDARD_RESOURCES: ReadonlySet<string> = new Set([
  'storage',
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
  'requests.storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
])

export function isHugePages(name: string): boolean {
  return name.startsWith('hugepages-')
}

function isStandard(name: string): boolean {
  return (
    CONTAINER_RESOURCES.has(name) || isHugePages(name) || OTHER_STANDARD_RESOURCES.has(name) || isQuotaHugePages(name)
  )
}

function isQuotaHugePages(name: string): boolean {
  return name.startsWith('requests.hugepages-')
}

/** Of Kubernetes itself: without a prefix, or with one that has `kubernetes.io/` in it. */
function isNative(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/')
}

/** More may be asked for than there is. */
export function mayOvercommit(name: string): boolean {
  return isNative(name) && !isHugePages(name)
}

function validateName(name: string, path: string, errors: FieldError[]): boolean {
  const problems = qualifiedName(name)
  pushProblems(problems, path, name, errors)
  if (problems.length > 0) return false
  if (name.includes('/') || isStandard(name)) return true
  errors.push(invalid(path, name, 'must be a standard resource type or fully qualified'))
  return false
}

/** Another vendor's resource, e.g. example.com/gpu. */
function isExtended(name: string): boolean {
  return !isNative(name) && !name.startsWith('requests.') && qualifiedName(`requests.${name}`).length === 0
}

const COUNTED: ReadonlySet<string> = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
])

/** Comes in whole numbers. */
export function isCounted(name: string): boolean {
  return COUNTED.has(name) || isExtended(name)
}

export function validateContainerResourceName(name: string, path: string, errors: FieldError[]): void {
  if (CONTAINER_RESOURCES.has(name)) return
  validateName(name, path, errors)
  if (!name.includes('/')) {
    if (!isHugePages(name)) errors.push(invalid(path, name, 'must be a standard resource for containers'))
  } else if (!isNative(name) && !isExtended(name)) {
    errors.push(invalid(path, name, "doesn't follow extended resource name standard"))
  }
}

const POD_RESOURCES: readonly string[] = ['cpu', 'hugepages-', 'memory']

export function isPodResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || isHugePages(name)
}

export function validatePodResourceName(name: string, path: string, errors: FieldError[]): void {
  if (!validateName(name, path, errors) || isPodResource(name)) return
  errors.push(notSupported(path, name, POD_RESOURCES))
}

/** Whole pages only. */
export function hugePagesProblem(name: string, amount: string): string | undefined {
  const page = parseQuantity(name.slice('hugepages-'.length))?.nano ?? 0n
  const whole = page > 0n && page % 1_000_000_000n === 0n
  if (whole && (parseQuantity(amount)?.nano ?? 0n) % page === 0n) return undefined
  return `${amount} is not positive integer multiple of ${name}`
}

// Names of resources that are counted, limited or offered: of containers, of quotas, of nodes, of other vendors.
// Source: kubernetes apis/core/helper/helpers.go, core/validation (validateResourceName, ValidateResourceQuotaResourceName,
// ValidateResourceQuantityValue).

import type { FieldError } from '../../validation/field-error.ts'
import { invalid } from '../../validation/field-errors.ts'
import { qualifiedName } from '../../validation/names.ts'
import { parseQuantity } from '../../validation/quantity.ts'

const CONTAINER: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage'])

/** Counted in whole numbers. */
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

const QUOTA: ReadonlySet<string> = new Set([
  ...CONTAINER,
  ...COUNTED,
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
])

export const isHugePages = (name: string): boolean => name.startsWith('hugepages-')
const isQuotaHugePages = (name: string): boolean => isHugePages(name) || name.startsWith('requests.hugepages-')

/** Of Kubernetes itself: without a prefix, or with one that has `kubernetes.io/` in it. */
export const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/')

const isExtended = (name: string): boolean =>
  !isNative(name) && !name.startsWith('requests.') && qualifiedName(`requests.${name}`).length === 0

/** Comes in whole numbers. */
export const isCounted = (name: string): boolean => COUNTED.has(name) || isExtended(name)

export const isQuotaResource = (name: string): boolean => QUOTA.has(name) || isQuotaHugePages(name)

/** More of it may be promised than there is. */
export const mayOvercommit = (name: string): boolean => isNative(name) && !isHugePages(name)

/** Any resource at all; false when its name is refused. */
export function validateResourceName(name: string, path: string, errors: FieldError[]): boolean {
  const problems = qualifiedName(name)
  for (const problem of problems) errors.push(invalid(path, name, problem))
  if (problems.length > 0) return false
  if (name.includes('/') || name === 'storage' || isQuotaResource(name)) return true
  errors.push(invalid(path, name, 'must be a standard resource type or fully qualified'))
  return false
}

export function validateContainerResource(name: string, path: string, errors: FieldError[]): void {
  if (CONTAINER.has(name)) return
  validateResourceName(name, path, errors)
  if (!name.includes('/')) {
    if (!isHugePages(name)) errors.push(invalid(path, name, 'must be a standard resource for containers'))
  } else if (!isNative(name) && !isExtended(name)) {
    errors.push(invalid(path, name, "doesn't follow extended resource name standard"))
  }
}

export function validateQuotaResource(name: string, path: string, errors: FieldError[]): void {
  validateResourceName(name, path, errors)
  if (name.includes('/') || isQuotaResource(name)) return
  errors.push(invalid(path, name, 'must be a standard resource for quota'))
}

const MILLI = 1_000_000n
const ONE = 1_000_000_000n

/** Nothing is less than none, and some come only in whole numbers. */
export function validateAmount(name: string, quantity: string, path: string, errors: FieldError[]): void {
  const nano = parseQuantity(quantity)?.nano ?? 0n
  if (nano < 0n) errors.push(invalid(path, quantity, 'must be greater than or equal to 0'))
  if (!isCounted(name)) return
  // Looked at in thousandths, rounded away from zero.
  const size = nano < 0n ? -nano : nano
  const milli = (size + MILLI - 1n) / MILLI
  if ((milli * MILLI) % ONE !== 0n) errors.push(invalid(path, quantity, 'must be an integer'))
}

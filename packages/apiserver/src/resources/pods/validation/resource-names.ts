// Names of compute resources a whole pod may ask for. Source: kubernetes core/validation (validatePodResourceName).

import type { FieldError } from '../../../validation/field-error.ts'
import { notSupported } from '../../../validation/field-errors.ts'
import { parseQuantity } from '../../../validation/quantity.ts'
import { isHugePages, validateResourceName } from '../../core/resource-names.ts'

const POD_RESOURCES: readonly string[] = ['cpu', 'hugepages-', 'memory']

export function isPodResource(name: string): boolean {
  return name === 'cpu' || name === 'memory' || isHugePages(name)
}

export function validatePodResourceName(name: string, path: string, errors: FieldError[]): void {
  if (!validateResourceName(name, path, errors) || isPodResource(name)) return
  errors.push(notSupported(path, name, POD_RESOURCES))
}

/** Whole pages only. */
export function hugePagesProblem(name: string, amount: string): string | undefined {
  const page = parseQuantity(name.slice('hugepages-'.length))?.nano ?? 0n
  const whole = page > 0n && page % 1_000_000_000n === 0n
  if (whole && (parseQuantity(amount)?.nano ?? 0n) % page === 0n) return undefined
  return `${amount} is not positive integer multiple of ${name}`
}

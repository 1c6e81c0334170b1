// Validation of resource requests and limits. Source: kubernetes core/validation (ValidateResourceRequirements).

import type { ResourceRequirements } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid } from '../../validation/field-errors.ts'
import { qualifiedName } from '../../validation/names.ts'
import { parseQuantity } from '../../validation/quantity.ts'

const STANDARD: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage'])

export function validateResources(
  { limits, requests }: ResourceRequirements,
  path: string,
  errors: FieldError[],
): void {
  if (limits !== undefined) validateAmounts(limits, `${path}.limits`, errors)
  if (requests === undefined) return
  validateAmounts(requests, `${path}.requests`, errors)
  for (const [name, text] of Object.entries(requests)) {
    const limit = limits !== undefined && Object.hasOwn(limits, name) ? parseQuantity(limits[name] ?? '') : undefined
    const request = parseQuantity(text)
    if (limit === undefined || request === undefined || request.nano <= limit.nano) continue
    errors.push(
      invalid(`${path}.requests`, text, `must be less than or equal to ${name} limit of ${limits?.[name] ?? ''}`),
    )
  }
}

function validateAmounts(amounts: Readonly<Record<string, string>>, path: string, errors: FieldError[]): void {
  for (const [name, text] of Object.entries(amounts)) {
    const at = `${path}[${name}]`
    validateResourceName(name, at, errors)
    const quantity = parseQuantity(text)
    if (quantity !== undefined && quantity.nano < 0n)
      errors.push(invalid(at, text, 'must be greater than or equal to 0'))
  }
}

function validateResourceName(name: string, path: string, errors: FieldError[]): void {
  if (STANDARD.has(name) || name.startsWith('hugepages-')) return
  for (const problem of qualifiedName(name)) errors.push(invalid(path, name, problem))
  if (name.includes('/')) return
  errors.push(invalid(path, name, 'must be a standard resource type or fully qualified'))
  errors.push(invalid(path, name, 'must be a standard resource for containers'))
}

// References to objects of any kind, as autoscalers name what they scale and what they measure.
// Source: kubernetes autoscaling/validation (ValidateCrossVersionObjectReference, ValidateAPIVersion).

import type { V2CrossVersionObjectReference } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid, required } from '../../validation/field-errors.ts'
import { pathSegmentName } from '../../validation/names.ts'

interface Rules {
  /** The object may be of the core group, whose name is empty. */
  readonly coreGroup: boolean
  /** It is let be, because it was so before. */
  readonly anyVersion?: boolean
}

export function validateReference(
  { kind = '', name = '', apiVersion = '' }: Partial<V2CrossVersionObjectReference>,
  path: string,
  rules: Rules,
  errors: FieldError[],
): void {
  const check = (field: string, value: string): void => {
    if (value === '') errors.push(required(`${path}.${field}`))
    else for (const problem of pathSegmentName(value)) errors.push(invalid(`${path}.${field}`, value, problem))
  }
  check('kind', kind)
  check('name', name)
  const problem = rules.anyVersion === true ? undefined : apiVersionProblem(apiVersion, rules.coreGroup)
  if (problem !== undefined) errors.push(invalid(`${path}.apiVersion`, apiVersion, problem))
}

function apiVersionProblem(apiVersion: string, coreGroup: boolean): string | undefined {
  const parts = apiVersion.split('/')
  if (parts.length > 2) return `unexpected GroupVersion string: ${apiVersion}`
  const group = parts.length === 2 ? (parts[0] ?? '') : ''
  return coreGroup || group !== '' ? undefined : 'apiVersion must specify API group'
}

// When an image is fetched. Source: kubernetes core/validation (validatePullPolicy).

import type { FieldError } from '../../../validation/field-error.ts'
import { notSupported, required } from '../../../validation/field-errors.ts'

const POLICIES = ['Always', 'IfNotPresent', 'Never']

export function validatePullPolicy(policy: string | undefined, path: string, errors: FieldError[]): void {
  if (policy === undefined || policy === '') errors.push(required(path))
  else if (!POLICIES.includes(policy)) errors.push(notSupported(path, policy, POLICIES))
}

// The 422 answer to an object with field errors: one cause each, equal messages said once.
// Source: apimachinery api/errors NewInvalid, util/errors Aggregate.

import { StatusError } from '../status/status-error.ts'
import type { FieldError } from './field-error.ts'
import { quote } from './field-errors.ts'

/**
 * @param kind e.g. `Deployment`, printed with its group: `Deployment.apps "x" is invalid: …`
 * @param givenName undefined while an object has none
 */
export function invalidStatus(
  kind: string,
  group: string,
  givenName: string | undefined,
  errors: readonly FieldError[],
): StatusError {
  const name = givenName ?? ''
  const messages = [...new Set(errors.map((error) => `${error.field}: ${error.body}`))]
  const joined = messages.length === 1 ? (messages[0] ?? '') : `[${messages.join(', ')}]`
  const subject = group === '' ? kind : `${kind}.${group}`
  return new StatusError(422, 'Invalid', `${subject} ${quote(name)} is invalid: ${joined}`, {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    ...(kind === '' ? {} : { kind }),
    causes: errors.map((error) => ({ reason: error.reason, message: error.body, field: error.field })),
  })
}

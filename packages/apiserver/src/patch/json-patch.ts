// JSON Patch, RFC 6902, with the two liberties of the server's library (evanphx/json-patch, as recorded): `replace` of a
// missing map key adds it, and `copy` from one copies null.

import { applyPatch, Pointer, type Operation } from 'rfc6902'
import { badRequest } from '../status/errors.ts'
import { StatusError } from '../status/status-error.ts'

/** An operation that cannot be applied: test, a path under nothing, an unknown op. */
function rejected(): StatusError {
  return new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request')
}

const MAX_OPERATIONS = 10_000

function tooManyOperations(count: number): StatusError {
  const message = `Request entity too large: The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${count}`
  return new StatusError(413, 'RequestEntityTooLarge', message)
}

/** Changes `target` in place and returns it. Operations before a failing one have been applied: use a private copy. */
export function jsonPatch(target: object, patch: unknown): object {
  if (!Array.isArray(patch))
    throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp')
  if (patch.length > MAX_OPERATIONS) throw tooManyOperations(patch.length)
  const holder = { root: target }
  for (const step of patch as unknown[]) {
    const operation = readOperation(step)
    const [problem] = applyPatch(holder.root, [lenient(holder.root, operation)])
    if (problem !== null && problem !== undefined) throw rejected()
  }
  return holder.root
}

function readOperation(step: unknown): Operation {
  if (typeof step !== 'object' || step === null || !('op' in step) || !('path' in step)) throw rejected()
  const { op, path } = step
  if (typeof op !== 'string' || typeof path !== 'string') throw rejected()
  if (path.split('/').includes('__proto__')) throw rejected()
  return step as Operation
}

function lenient(root: object, operation: Operation): Operation {
  if (operation.op === 'replace' && isMissingMapKey(root, operation.path)) return { ...operation, op: 'add' }
  if (operation.op === 'copy' && isMissingMapKey(root, operation.from)) {
    return { op: 'add', path: operation.path, value: null }
  }
  return operation
}

function isMissingMapKey(root: object, path: string): boolean {
  const found = Pointer.fromJSON(path).evaluate(root)
  const { parent, value } = found
  return value === undefined && typeof parent === 'object' && parent !== null && !Array.isArray(parent)
}

// JSON Patch, RFC 6902, with the liberties of the server's library (evanphx/json-patch, as recorded): `replace` of a missing map
// key adds it, `copy` from one copies null, `test` for null holds for one, the empty path is the whole document, and what
// stands before the first slash of a path is ignored.

import { applyPatch, Pointer, type Operation } from 'rfc6902'
import { badRequest } from '../status/errors.ts'
import { StatusError } from '../status/status-error.ts'

/** An operation that cannot be applied: test, a path under nothing, an unknown op. */
function rejected(): StatusError {
  return new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {})
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
  let document = target
  for (const step of patch as unknown[]) document = applyOperation(document, readOperation(step))
  return document
}

function applyOperation(document: object, operation: Operation): object {
  if (operation.path === '') return replaceDocument(document, operation)
  const [problem] = applyPatch(document, [lenient(document, operation)])
  if (problem !== null && problem !== undefined) throw rejected()
  return document
}

function replaceDocument(document: object, operation: Operation): object {
  if (operation.op !== 'replace' && operation.op !== 'add') {
    if (operation.op === 'test' && JSON.stringify(operation.value) === JSON.stringify(document)) return document
    throw rejected()
  }
  const value: unknown = operation.value
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw rejected()
  return value
}

function readOperation(step: unknown): Operation {
  if (typeof step !== 'object' || step === null || !('op' in step) || !('path' in step)) throw rejected()
  const { op, path } = step
  if (typeof op !== 'string' || typeof path !== 'string') throw rejected()
  const from = 'from' in step ? step.from : undefined
  if ((op === 'copy' || op === 'move') && typeof from !== 'string') throw rejected()
  const places = { path: pointer(path), ...(typeof from === 'string' ? { from: pointer(from) } : {}) }
  return { ...step, ...places } as Operation
}

/** A pointer as the library reads it: what comes before the first slash does not count. */
function pointer(path: string): string {
  if (path.split('/').includes('__proto__')) throw rejected()
  const slash = path.indexOf('/')
  if (path === '' || slash === 0) return path
  if (slash < 0) throw rejected()
  return path.slice(slash)
}

function lenient(root: object, operation: Operation): Operation {
  if (operation.op === 'replace' && isMissingMapKey(root, operation.path)) return { ...operation, op: 'add' }
  if (operation.op === 'copy' && isMissingMapKey(root, operation.from)) {
    return { op: 'add', path: operation.path, value: null }
  }
  if (operation.op === 'test' && operation.value === null && isMissingMapKey(root, operation.path)) {
    return { op: 'test', path: '', value: root }
  }
  return operation
}

function isMissingMapKey(root: object, path: string): boolean {
  const found = Pointer.fromJSON(path).evaluate(root)
  const { parent, value } = found
  return value === undefined && typeof parent === 'object' && parent !== null && !Array.isArray(parent)
}

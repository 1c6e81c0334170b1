// The body of a PATCH that is not an apply: read, and checked as far as that is possible without the object.
// Source: apiserver endpoints/handlers/patch.go (applyJSPatch, strategicPatchObject), evanphx/json-patch (DecodePatch).

import { JsonSyntaxError, MAX_KEPT_DEPTH, numberBeyondFloat64, scanJson, type ScannedJson } from '../decode/index.ts'
import type { PatchType } from '../client/client.ts'
import type { ApiRequest } from '../http/request-handler.ts'
import { badRequest } from '../status/errors.ts'
import type { FieldValidation } from './write-options.ts'
import { quote } from '../validation/field-errors.ts'

export interface DecodedPatch {
  readonly value: unknown
  /** What strict decoding says of the patch itself: `duplicate field "data.a"`. */
  readonly problems: readonly string[]
  /** Of a JSON patch: as it was written. */
  readonly text?: string
}

/** @throws StatusError 400 */
export function decodePatch(
  request: Pick<ApiRequest, 'body'>,
  patchType: PatchType,
  fieldValidation: FieldValidation,
): DecodedPatch {
  const isStrict = fieldValidation !== 'Ignore'
  const refuse = (why: string): Error => {
    if (patchType === 'merge' && !isStrict) return badRequest('Invalid JSON Patch')
    return badRequest(patchType !== 'strategic' && isStrict ? `error decoding patch: ${why}` : why)
  }
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(request.body?.bytes ?? new Uint8Array())
  const read = scanned(text, refuse)
  const { value, duplicates } = read
  const tooLarge = numberBeyondFloat64(read)
  // A JSON patch keeps its values as they were written.
  if (tooLarge !== undefined && patchType !== 'json' && isStrict)
    throw refuse(`json: cannot unmarshal number ${tooLarge} into Go value of type float64`)
  const isScalar = value !== null && typeof value !== 'object'
  if (patchType === 'merge' && !isStrict && isScalar) throw badRequest('Invalid JSON Patch')
  const problems = duplicates.map((path) => `duplicate field "${path}"`)
  if (patchType !== 'json') return { value, problems }
  const unknown = checkOperations(value, isStrict, refuse)
  return { value, text, problems: [...unknown, ...problems].map((problem) => `json patch ${problem}`) }
}

function scanned(text: string, refuse: (why: string) => Error): ScannedJson {
  try {
    const read = scanJson(text)
    if (read.depth > MAX_KEPT_DEPTH) throw new JsonSyntaxError('exceeded max depth')
    return read
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw refuse(error.message)
    throw error
  }
}

const OPERATION_FIELDS: ReadonlySet<string> = new Set(['op', 'path', 'from', 'value'])

/** A strict look at a JSON patch finds wrong types at once; without it, they only make an operation that fails. */
function checkOperations(value: unknown, isStrict: boolean, refuse: (why: string) => Error): readonly string[] {
  const wanted = isStrict ? '[]handlers.jsonPatchOp' : 'jsonpatch.Patch'
  if (value === null) return []
  if (!Array.isArray(value)) throw refuse(`json: cannot unmarshal ${goKind(value)} into Go value of type ${wanted}`)
  const unknown: string[] = []
  for (const [index, operation] of (value as readonly unknown[]).entries()) {
    if (operation === null) continue
    if (typeof operation !== 'object' || Array.isArray(operation)) {
      const item = isStrict ? 'handlers.jsonPatchOp' : 'jsonpatch.Operation'
      throw refuse(`json: cannot unmarshal ${goKind(operation)} into Go value of type ${item}`)
    }
    if (!isStrict) continue
    for (const [name, field] of Object.entries(operation)) {
      if (!OPERATION_FIELDS.has(name)) unknown.push(`unknown field ${quote(`[${index}].${name}`)}`)
      else if (name !== 'value' && field !== null && typeof field !== 'string') {
        throw refuse(`json: cannot unmarshal ${goKind(field)} into Go struct field jsonPatchOp.${name} of type string`)
      }
    }
  }
  return unknown
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

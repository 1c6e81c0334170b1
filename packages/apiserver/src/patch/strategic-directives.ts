// The directives of a strategic merge patch, and what is done with a patch's parts before they are taken over.
// Source: apimachinery util/strategicpatch/patch.go, util/mergepatch/errors.go.

import { plainError } from '../status/errors.ts'
import { goTypeName } from './go-print.ts'

export type JsonObject = Record<string, unknown>

export const PATCH = '$patch'
export const RETAIN_KEYS = '$retainKeys'
export const SET_ORDER = '$setElementOrder'
export const DELETE_FROM_LIST = '$deleteFromPrimitiveList'

export const BAD_PRIMITIVE_LIST = 'invalid patch format of primitive list'
export const BAD_ELEMENT_ORDER = 'invalid patch format of setElementOrder list'

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function ownField(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

export function badArgument(wanted: '[]interface {}' | 'map[string]interface {}', found: unknown): Error {
  return plainError(`expected a ${wanted}, but received a ${goTypeName(found)}`)
}

/** The value without maps that carry a `$patch`; undefined when it is one itself. May edit its argument. */
export function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined)
  if (!isObject(value)) return value
  if (Object.hasOwn(value, PATCH)) return undefined
  for (const [key, inner] of Object.entries(value)) {
    const kept = withoutDirectives(inner)
    if (kept === undefined) delete value[key]
    else if (kept !== inner) value[key] = kept
  }
  return value
}

/** Nulls mean deletion: where there is nothing to delete they are dropped. Edits its argument. */
export function discardNulls(value: unknown): void {
  if (Array.isArray(value)) for (const item of value) discardNulls(item)
  if (!isObject(value)) return
  for (const [key, inner] of Object.entries(value)) {
    if (inner === null) delete value[key]
    else discardNulls(inner)
  }
}

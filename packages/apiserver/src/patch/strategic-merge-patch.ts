// Strategic merge patch: like a merge patch, but lists with a merge key are merged item by item, and directives say what
// merging cannot: $patch, $retainKeys, $setElementOrder/<list>, $deleteFromPrimitiveList/<list>.
// Source: apimachinery util/strategicpatch/patch.go (behaviour, messages).

import { findSchema, type FieldSchema, type ObjectSchema } from '../schema/index.ts'
import { badRequest, plainError } from '../status/errors.ts'
import { goMap } from './go-print.ts'
import { applyElementOrder } from './element-order.ts'

type JsonObject = Record<string, unknown>

const SET_ORDER = '$setElementOrder/'
const DELETE_FROM_LIST = '$deleteFromPrimitiveList/'

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Returns the patched object. `target` may be changed in place. */
export function strategicMergePatch(schemaName: string, target: JsonObject, patch: JsonObject): JsonObject {
  return mergeObject(findSchema(schemaName), target, patch)
}

function mergeObject(schema: ObjectSchema | undefined, target: JsonObject, patch: JsonObject): JsonObject {
  switch (readDirective(patch)) {
    case 'replace':
      return withoutDirectives(patch)
    case 'delete':
      return {}
    default:
  }
  const result = new Map(Object.entries(retainKeys(target, patch)))
  for (const [key, value] of Object.entries(patch)) {
    if (key === '$patch' || key === '$retainKeys') continue
    if (key.startsWith(SET_ORDER)) {
      const name = key.slice(SET_ORDER.length)
      // With a patch for the list itself, the order is applied when that is merged.
      if (!Object.hasOwn(patch, name)) reorder(schema?.fields.get(name), result, name, value)
    } else if (key.startsWith(DELETE_FROM_LIST)) deleteFromList(result, key.slice(DELETE_FROM_LIST.length), value)
    else if (value === null) result.delete(key)
    else result.set(key, mergeField(schema?.fields.get(key), result.get(key), value, patch[`${SET_ORDER}${key}`]))
  }
  return Object.fromEntries(result)
}

function readDirective(patch: JsonObject): 'replace' | 'delete' | 'merge' | undefined {
  const directive = patch['$patch']
  if (directive === undefined) return undefined
  if (directive === 'replace' || directive === 'delete' || directive === 'merge') return directive
  throw plainError(`unknown patch type: ${String(directive)} in map: ${goMap(patch)}`)
}

function withoutDirectives(patch: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(patch).filter(([key]) => !key.startsWith('$')))
}

function retainKeys(target: JsonObject, patch: JsonObject): JsonObject {
  const retained = patch['$retainKeys']
  if (retained === undefined) return target
  const names = new Set(Array.isArray(retained) ? retained : [])
  for (const [key, value] of Object.entries(patch)) {
    if (!key.startsWith('$') && value !== null && !names.has(key))
      throw badRequest('invalid patch format of retainKeys')
  }
  return Object.fromEntries(Object.entries(target).filter(([key]) => names.has(key)))
}

function mergeField(field: FieldSchema | undefined, old: unknown, value: unknown, order: unknown): unknown {
  if (Array.isArray(value)) {
    const merges = field?.list === true && (field.patchStrategy ?? '').split(',').includes('merge')
    if (!merges) return value
    const items = Array.isArray(old) ? old : []
    const merged =
      field.patchMergeKey === undefined
        ? mergePrimitives(items, value)
        : mergeItems(schemaOfField(field), items, value, field.patchMergeKey)
    return Array.isArray(order) ? applyElementOrder(merged, items, order, field.patchMergeKey) : merged
  }
  if (!isObject(value)) return value
  return mergeObject(schemaOfField(field), isObject(old) ? old : {}, value)
}

function schemaOfField(field: FieldSchema | undefined): ObjectSchema | undefined {
  return field?.ref === undefined || field.map === true ? undefined : findSchema(field.ref)
}

function mergePrimitives(old: readonly unknown[], added: readonly unknown[]): unknown[] {
  // New items come first, as the server has it; $setElementOrder puts them where the client wants them.
  return [...added.filter((item) => !old.includes(item)), ...old]
}

function mergeItems(
  schema: ObjectSchema | undefined,
  old: readonly unknown[],
  patch: readonly unknown[],
  key: string,
): unknown[] {
  const patches = patch.filter(isObject)
  if (patches.some((item) => item['$patch'] === 'replace')) {
    return patches.filter((item) => item['$patch'] !== 'replace')
  }
  const result: unknown[] = [...old]
  const added: unknown[] = []
  for (const item of patches) {
    const directive = readDirective(item)
    const id = item[key]
    if (id === undefined) throw plainError(`map: ${goMap(item)} does not contain declared merge key: ${key}`)
    const place = result.findIndex((existing) => isObject(existing) && existing[key] === id)
    if (directive === 'delete') {
      if (place >= 0) result.splice(place, 1)
    } else if (place < 0) added.push(mergeObject(schema, {}, item))
    else {
      const existing = result[place]
      result[place] = mergeObject(schema, isObject(existing) ? existing : {}, item)
    }
  }
  // New items come first, as for lists of primitives.
  return [...added, ...result]
}

function reorder(field: FieldSchema | undefined, result: Map<string, unknown>, name: string, order: unknown): void {
  const items = result.get(name)
  if (Array.isArray(items) && Array.isArray(order)) {
    result.set(name, applyElementOrder(items, items, order, field?.patchMergeKey))
  }
}

function deleteFromList(result: Map<string, unknown>, name: string, removed: unknown): void {
  const items = result.get(name)
  if (Array.isArray(items) && Array.isArray(removed)) {
    result.set(
      name,
      items.filter((item) => !removed.includes(item)),
    )
  }
}

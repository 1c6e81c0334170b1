// Strategic merge patch: like a merge patch, but lists with a merge key are merged item by item, and directives say what
// merging cannot: $patch, $retainKeys, $setElementOrder/<list>, $deleteFromPrimitiveList/<list>.
// Source: apimachinery util/strategicpatch/patch.go (mergeMap; behaviour, messages).

import { setKey } from '../decode/index.ts'
import { findSchema, type FieldSchema, type ObjectSchema } from '../schema/index.ts'
import { badRequest, plainError } from '../status/errors.ts'
import { mutableCopy } from '../store/share.ts'
import { quote } from '../validation/field-errors.ts'
import {
  badArgument,
  BAD_ELEMENT_ORDER,
  BAD_PRIMITIVE_LIST,
  DELETE_FROM_LIST,
  discardNulls,
  isObject,
  ownField,
  PATCH,
  RETAIN_KEYS,
  SET_ORDER,
  withoutDirectives,
  type JsonObject,
} from './strategic-directives.ts'
import { checkElementOrder, mergeList, orderElements, unknownDirective, type ListRule } from './strategic-lists.ts'

/** Returns the patched object. `target` may be changed in place, `patch` is not. */
export function strategicMergePatch(schemaName: string, target: JsonObject, patch: JsonObject): JsonObject {
  return mergeMap(findSchema(schemaName), target, mutableCopy(patch))
}

/** Both arguments are the merge's own: it edits and keeps parts of them. */
function mergeMap(schema: ObjectSchema | undefined, original: JsonObject, patch: JsonObject): JsonObject {
  if (Object.hasOwn(patch, PATCH)) return directed(patch)
  retainKeys(original, patch)
  mergeOrderedLists(schema, original, patch)
  for (const [key, value] of Object.entries(patch)) mergeKey(schema, original, key, value)
  return original
}

/** `$patch` in a map. */
function directed(patch: JsonObject): JsonObject {
  const directive = patch[PATCH]
  if (directive === 'delete') return {}
  if (directive !== 'replace') throw unknownDirective(directive, patch)
  delete patch[PATCH]
  return patch
}

function retainKeys(original: JsonObject, patch: JsonObject): void {
  if (!Object.hasOwn(patch, RETAIN_KEYS)) return
  const retained = patch[RETAIN_KEYS]
  delete patch[RETAIN_KEYS]
  const refused = badRequest('invalid patch format of retainKeys')
  if (!Array.isArray(retained)) throw refused
  const names = new Set<unknown>(retained)
  for (const [key, value] of Object.entries(patch)) {
    const isListDirective = key.startsWith(DELETE_FROM_LIST) || key.startsWith(SET_ORDER)
    if (value !== null && !isListDirective && !names.has(key)) throw refused
  }
  for (const key of Object.keys(original)) if (!names.has(key)) delete original[key]
}

/** Lists that come with a $setElementOrder: merged, and put in its order. */
function mergeOrderedLists(schema: ObjectSchema | undefined, original: JsonObject, patch: JsonObject): void {
  for (const [directive, order] of Object.entries(patch)) {
    if (!directive.startsWith(SET_ORDER)) continue
    delete patch[directive]
    if (!Array.isArray(order)) throw badArgument('[]interface {}', order)
    const key = nameAfter(directive, SET_ORDER, BAD_ELEMENT_ORDER)
    const before = ownField(original, key)
    const added = ownField(patch, key)
    if (before !== undefined && !Array.isArray(before)) throw badArgument('[]interface {}', before)
    if (added !== undefined && !Array.isArray(added)) throw badArgument('[]interface {}', added)
    checkDeclared(schema, key)
    const rule = listRule(schema, key)
    checkElementOrder(added ?? [], order, rule.mergeKey)
    if (before === undefined && added === undefined) continue
    let merged: unknown[] = before ?? []
    if (before === undefined) merged = withoutDirectives(added ?? []) as unknown[]
    else if (added !== undefined) merged = mergeField(rule, before, added, false)
    setKey(original, key, orderElements(merged, order, before ?? [], rule.mergeKey))
    delete patch[key]
  }
}

/** Only what Go has a field for can be merged. */
function checkDeclared(schema: ObjectSchema | undefined, key: string): void {
  if (schema === undefined || schema.fields.has(key)) return
  throw plainError(`unable to find api field in struct ${schema.struct} for the json field ${quote(key)}`)
}

function nameAfter(directive: string, prefix: string, refusal: string): string {
  // `$setElementOrderX/list` is no directive.
  if (directive.slice(0, directive.indexOf('/')) !== prefix) throw badRequest(refusal)
  return directive.slice(prefix.length + 1)
}

function mergeKey(schema: ObjectSchema | undefined, original: JsonObject, patchKey: string, value: unknown): void {
  const deletes = patchKey.startsWith(DELETE_FROM_LIST)
  const key = deletes ? nameAfter(patchKey, DELETE_FROM_LIST, BAD_PRIMITIVE_LIST) : patchKey
  if (value === null) {
    delete original[key]
    return
  }
  const before = ownField(original, key)
  if (isObject(before) && isObject(value)) {
    checkDeclared(schema, key)
    const replaces = schema?.fields.get(key)?.patchStrategy === 'replace'
    setKey(original, key, replaces ? value : mergeMap(structSchema(schema, key), before, value))
  } else if (Array.isArray(before) && Array.isArray(value)) {
    checkDeclared(schema, key)
    setKey(original, key, mergeField(listRule(schema, key), before, value, deletes))
  } else if (!deletes) takeValue(original, key, value)
}

/** What the original lacks, or has of another type, is taken as it is sent. */
function takeValue(original: JsonObject, key: string, value: unknown): void {
  discardNulls(value)
  const kept = withoutDirectives(value)
  if (kept === undefined) delete original[key]
  else setKey(original, key, kept)
}

/** A struct of no fields that JSON sees: whole objects are merged into it, and nothing inside them. */
const RAW: ObjectSchema = {
  name: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
  struct: 'RawExtension',
  fields: new Map(),
}

interface FieldRule extends ListRule {
  readonly merges: boolean
}

function mergeField(rule: FieldRule, before: unknown[], patch: unknown[], deletes: boolean): unknown[] {
  // Lists to delete from are handled alike, whatever the field's strategy.
  return rule.merges || deletes ? mergeList(rule, before, patch, deletes) : patch
}

function listRule(schema: ObjectSchema | undefined, key: string): FieldRule {
  const field = schema?.fields.get(key)
  const item = field?.list === true && field.ref !== undefined ? findSchema(field.ref) : undefined
  return {
    merges: field?.list === true && (field.patchStrategy ?? '').split(',').includes('merge'),
    mergeKey: field?.patchMergeKey,
    mergeItem: (original, patch) => mergeMap(item, original, patch),
  }
}

function structSchema(schema: ObjectSchema | undefined, key: string): ObjectSchema | undefined {
  const field: FieldSchema | undefined = schema?.fields.get(key)
  if (field?.type === 'raw') return RAW
  return field?.ref === undefined || field.map === true ? undefined : findSchema(field.ref)
}

// What `kubectl apply` computes on the client: a strategic merge patch that brings the live object to the manifest and takes
// away what the manifest had at the last apply and has no more. Source: kubectl pkg/cmd/apply/patcher.go,
// apimachinery util/strategicpatch CreateThreeWayMergePatch (behaviour).

import { isRecord } from '../objects/is-record.ts'
import { findSchema, type FieldSchema, type ObjectSchema } from '../schema/index.ts'

type JsonObject = Readonly<Record<string, unknown>>

/** The manifest plus deletions of what only `lastApplied` had. */
export function threeWayPatch(schemaName: string, lastApplied: JsonObject, manifest: JsonObject): JsonObject {
  return withDeletions(findSchema(schemaName), lastApplied, manifest)
}

function withDeletions(schema: ObjectSchema | undefined, before: JsonObject, after: JsonObject): JsonObject {
  const patch = new Map<string, unknown>(Object.entries(after))
  for (const [key, old] of Object.entries(before)) {
    if (!Object.hasOwn(after, key)) {
      patch.set(key, null)
      continue
    }
    const field = schema?.fields.get(key)
    const nested = field?.ref === undefined || field.map === true ? undefined : findSchema(field.ref)
    const value = after[key]
    if (isRecord(old) && isRecord(value)) patch.set(key, withDeletions(nested, old, value))
    else if (Array.isArray(old) && Array.isArray(value) && field !== undefined) {
      patch.set(key, listWithDeletions(field, nested, old, value))
    }
  }
  return Object.fromEntries(patch)
}

function listWithDeletions(
  field: FieldSchema,
  nested: ObjectSchema | undefined,
  before: readonly unknown[],
  after: readonly unknown[],
): readonly unknown[] {
  const key = field.patchMergeKey
  if (key === undefined || !(field.patchStrategy ?? '').split(',').includes('merge')) return after
  const items = after.map((item) => {
    const old = before.find((candidate) => isRecord(candidate) && isRecord(item) && candidate[key] === item[key])
    return isRecord(old) && isRecord(item) ? withDeletions(nested, old, item) : item
  })
  const gone = before.filter(
    (old) => isRecord(old) && !after.some((item) => isRecord(item) && item[key] === old[key]),
  ) as readonly JsonObject[]
  return [...items, ...gone.map((old) => ({ $patch: 'delete', [key]: old[key] }))]
}

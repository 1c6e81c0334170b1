// What `kubectl apply` computes for kinds it has no Go types of: a JSON merge patch that brings the live object to the manifest
// and takes away what the manifest had at the last apply and has no more. Source: apimachinery util/jsonmergepatch.

import { isRecord } from '../objects/is-record.ts'
import { sameValue } from '../resources/compare.ts'

type JsonObject = Readonly<Record<string, unknown>>

export function threeWayMergePatch(lastApplied: JsonObject, manifest: JsonObject, live: JsonObject): JsonObject {
  const patch = new Map<string, unknown>()
  for (const [key, wanted] of Object.entries(manifest)) {
    const [old, present] = [valueAt(lastApplied, key), valueAt(live, key)]
    if (isRecord(wanted) && isRecord(present)) {
      const inner = threeWayMergePatch(isRecord(old) ? old : {}, wanted, present)
      if (Object.keys(inner).length > 0) patch.set(key, inner)
    } else if (!sameValue(wanted, present)) patch.set(key, wanted)
  }
  for (const key of Object.keys(lastApplied)) if (!Object.hasOwn(manifest, key)) patch.set(key, null)
  return Object.fromEntries(patch)
}

function valueAt(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

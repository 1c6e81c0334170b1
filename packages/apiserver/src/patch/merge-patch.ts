// JSON Merge Patch, RFC 7386: null deletes, objects merge, everything else replaces. As in the server's library, nulls inside
// what is taken over are dropped, those in objects of lists too. Source: evanphx/json-patch (v4, merge.go).

import { isRecord } from '../objects/is-record.ts'
import { badRequest } from '../status/errors.ts'
import type { PatchTrace } from './patch-trace.ts'

/** Returns the patched value; `target` is not changed. */
export function mergePatch(target: unknown, patch: unknown, trace?: PatchTrace): unknown {
  if (!isRecord(patch)) return withoutNulls(patch, trace)
  if (!isRecord(target)) return withoutNulls(patch, trace)
  const merged = new Map(Object.entries(target))
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key)
    else merged.set(key, mergePatch(merged.get(key), value, trace))
  }
  // fromEntries makes own fields of every key, __proto__ included.
  return read(Object.fromEntries(merged), trace)
}

/** A patch that is a JSON value but neither object nor list. @throws StatusError 400 */
export function checkMergePatch(patch: unknown): void {
  if (isRecord(patch)) return
  if (patch === null) throw badRequest('Invalid JSON Patch')
  const what = Array.isArray(patch) ? 'array' : typeof patch === 'boolean' ? 'bool' : typeof patch
  throw badRequest(`error decoding patch: json: cannot unmarshal ${what} into Go value of type map[string]interface {}`)
}

function withoutNulls(value: unknown, trace: PatchTrace | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item, trace))
  if (!isRecord(value)) return value
  const kept = Object.entries(value).filter(([, inner]) => inner !== null)
  return read(Object.fromEntries(kept.map(([key, inner]) => [key, withoutNulls(inner, trace)])), trace)
}

function read<T extends object>(value: T, trace: PatchTrace | undefined): T {
  trace?.read(value)
  return value
}

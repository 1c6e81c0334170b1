// A patch becomes an update: the patched object goes through the same steps as a PUT.

import type { PatchType } from '../client/client.ts'
import { jsonPatch } from '../patch/json-patch.ts'
import { checkMergePatch, mergePatch } from '../patch/merge-patch.ts'
import type { PatchTrace } from '../patch/patch-trace.ts'
import { strategicMergePatch } from '../patch/strategic-merge-patch.ts'
import type { Resource } from '../resources/resource.ts'
import { withWireNulls } from '../resources/wire-nulls.ts'
import { badRequest, customPatchRefused } from '../status/errors.ts'
import { mutableCopy } from '../store/share.ts'
import type { MutableObject } from './write.ts'

export interface PatchOptions {
  /** Of the patched object when it is a subresource's (Scale); default the resource's own. */
  readonly schema?: string
  /** For printing the result of a JSON or merge patch. */
  readonly trace?: PatchTrace
  /** A JSON patch as it was written. */
  readonly text?: string | undefined
}

/** The patched object, which may be none any more. */
export function applyPatch(
  resource: Resource,
  patchType: PatchType,
  old: { readonly apiVersion: string; readonly kind: string },
  patch: unknown,
  { schema = resource.schema, trace, text }: PatchOptions = {},
): object {
  if (patchType === 'strategic' && resource.custom !== undefined) throw customPatchRefused()
  // JSON is patched as it is written: what is absent may be null there, and then a patch can test or remove it.
  const target = mutableCopy(patchType === 'strategic' ? old : withWireNulls({ ...old }))
  if (patchType === 'json') return container(jsonPatch(target, patch, trace, text))
  if (patchType === 'merge') {
    checkMergePatch(patch)
    return container(mergePatch(target, patch, trace))
  }
  if (typeof patch !== 'object' || Array.isArray(patch)) {
    const what = Array.isArray(patch) ? 'array' : typeof patch === 'boolean' ? 'bool' : typeof patch
    throw badRequest(`json: cannot unmarshal ${what} into Go value of type map[string]interface {}`)
  }
  return container(strategicMergePatch(schema, { ...target }, { ...patch }))
}

/** Lists are refused when the result is decoded. */
function container(value: unknown): object {
  if (typeof value !== 'object' || value === null) throw badRequest('the patched object is no object')
  return value
}

/** For what is not decoded. @throws StatusError 400 for a list */
export function asObject(value: object): MutableObject {
  if (Array.isArray(value)) throw badRequest('the patched object is no object')
  const object = value as MutableObject
  object.metadata ??= {}
  return object
}

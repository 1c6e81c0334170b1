// A custom object as the server keeps it: metadata as Go reads it, unknown fields and forbidden nulls gone. Source:
// apiextensions-apiserver pkg/apiserver/customresource_handler.go (unstructuredSchemaCoercer).

import type { CustomKind } from './custom-kind.ts'
import { dropForbiddenNulls } from './schema/defaults.ts'
import { coerceEmbedded, coerceMetadata } from './schema/embedded-resources.ts'
import { prune } from './schema/prune.ts'
import type { MutableRecord } from './schema/walk.ts'

/**
 * Edits the object in place. An object that says it is of another kind keeps its fields: validation refuses it.
 * @param options `keepsNulls`: the object was not read from a body, and validation is to see its nulls
 * @returns paths of fields the schema does not have, in the order the server lists them
 * @throws TypeMismatch for metadata of a wrong type
 */
export function coerceObject(
  object: MutableRecord,
  custom: CustomKind,
  { keepsNulls = false }: { readonly keepsNulls?: boolean } = {},
): readonly string[] {
  const unknown = [...coerceMetadata(object, '')]
  if (object['kind'] !== custom.kind || groupOf(object['apiVersion']) !== custom.group) return unknown
  if (!custom.siblings.has(String(object['apiVersion']))) return unknown
  if (!custom.keepsUnknownFields) {
    const metadata = object['metadata']
    unknown.push(...prune(object, custom.schema, { root: true }))
    if (!keepsNulls) dropForbiddenNulls(object, custom.schema)
    // A schema may say of metadata's name and generateName what validation checks; it prunes nothing there.
    if (metadata !== undefined) object['metadata'] = metadata
  }
  unknown.push(...coerceEmbedded(object, custom.schema))
  return unknown
}

function groupOf(apiVersion: unknown): string {
  const text = typeof apiVersion === 'string' ? apiVersion : ''
  return text.includes('/') ? text.slice(0, text.indexOf('/')) : ''
}

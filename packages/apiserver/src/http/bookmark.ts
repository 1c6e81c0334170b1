// The object of a BOOKMARK: one of the kind of which nothing is set but its version, as Go writes it, and its row in a table.
// Source: apiserver storage/cacher (bookmarks are made by newFunc), endpoints/handlers/response.go (asTable).

import { isRecord } from '../objects/is-record.ts'
import { emptyObjectOf, writtenEmptyObject } from '../managed-fields/index.ts'
import type { Resource } from '../resources/resource.ts'
import type { ApiObject } from './request-handler.ts'

const INITIAL_EVENTS_END = 'k8s.io/initial-events-end'

/** Held by value inside the server: their zero is written. */
const COUNTED: ReadonlySet<string> = new Set(['Deployment', 'ReplicaSet', 'StatefulSet'])

export function endsInitialEvents(object: ApiObject): boolean {
  const { metadata } = object as { readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } }
  return metadata?.annotations?.[INITIAL_EVENTS_END] === 'true'
}

/** The bookmark with all that is written of an empty object. */
export function wholeBookmark(bookmark: ApiObject, resource: Resource): ApiObject {
  const empty = writtenEmptyObject({ schema: schemaName(resource) })
  const spec = empty['spec']
  const counted = COUNTED.has(bookmark.kind) && isRecord(spec) ? { spec: { replicas: 0, ...spec } } : {}
  return { ...empty, ...counted, ...bookmark }
}

/** What the cells of its row are read from. */
export function bookmarkForCells(bookmark: ApiObject, resource: Resource): ApiObject {
  const empty = withLists(emptyObjectOf({ schema: schemaName(resource) })) as object
  const { metadata } = bookmark as { readonly metadata?: object }
  return { ...empty, ...bookmark, metadata: { name: '', ...metadata } } as ApiObject
}

/** Custom kinds have no schema of Go's. */
function schemaName(resource: Resource): string | undefined {
  return resource.custom === undefined ? resource.schema : undefined
}

function withLists(value: unknown): unknown {
  if (value === null) return []
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withLists(inner)]))
}

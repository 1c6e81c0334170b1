// Server-side tables: what `kubectl get` prints. Rows come from the resource's columns, other kinds (Scale …) get Name and Age.
// Source: apiserver endpoints/handlers/response.go (asTable), apimachinery meta/v1 Table.

import type { Clock } from '@podwire/engine'
import type { KubeObject } from '../objects/kube-object.ts'
import { internalMetadata } from '../resources/field-annotations.ts'
import type { Column, Resource } from '../resources/resource.ts'
import { badRequest } from '../status/errors.ts'
import { goJson } from '../objects/go-json.ts'
import { bookmarkForCells, endsInitialEvents, wholeBookmark } from './bookmark.ts'
import { objectJson } from './json-cache.ts'
import type { ApiObject, ListMetadata } from './request-handler.ts'

export type IncludeObject = 'None' | 'Metadata' | 'Object'

export interface TableContext {
  readonly resource: Resource
  readonly clock: Clock
  readonly include: IncludeObject
  /** v1 or v1beta1: the version of Table and of the metadata in its rows. */
  readonly version: string
}

/** @throws StatusError 400 for another value */
export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') ?? ''
  if (value === '' || value === 'Metadata') return 'Metadata'
  if (value === 'None' || value === 'Object') return value
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(value)}: ` +
      "must be 'Metadata', 'Object', 'None', or empty",
  )
}

/** metadata alone, as the real server hands it to clients that track objects without reading them. */
export function partialObjectJson(object: ApiObject, version: string): string {
  const metadata = goJson(internalMetadata(object))
  return `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${version}","metadata":${metadata}}`
}

export function columnDefinitionsJson(columns: readonly Column[]): string {
  return goJson(
    columns
      .filter((column) => column.undeclared !== true)
      .map(({ name, type, format, description, priority }) => ({ name, type, format, description, priority })),
  )
}

function rowObjectJson(object: ApiObject, { include, version }: TableContext): string {
  if (include === 'None') return 'null'
  return include === 'Object' ? objectJson(object) : partialObjectJson(object, version)
}

/** An object of another kind than the resource's (Scale, Eviction) has no columns of its own. */
function cells(object: ApiObject, { resource, clock }: TableContext): readonly unknown[] {
  return resource.columns.map((column) => column.cell(object as KubeObject, { clock }))
}

/** Rows of bookmarks that end the initial events tell so even where objects are not asked for. */
export function bookmarkRowJson(bookmark: ApiObject, context: TableContext): string {
  const { resource, include, version } = context
  const texts = goJson(cells(bookmarkForCells(bookmark, resource), context))
  const shown =
    include === 'Object'
      ? objectJson(wholeBookmark(bookmark, resource))
      : include === 'Metadata' || endsInitialEvents(bookmark)
        ? partialObjectJson(bookmark, version)
        : 'null'
  return `{"cells":${texts},"object":${shown}}`
}

function rowJson(object: ApiObject, context: TableContext): string {
  const conditions = context.resource.rowConditions?.(object as KubeObject) ?? []
  const conditionsJson = conditions.length === 0 ? '' : `,"conditions":${goJson(conditions)}`
  return `{"cells":${goJson(cells(object, context))}${conditionsJson},"object":${rowObjectJson(object, context)}}`
}

/** `columns` false leaves out the definitions: a watch sends them in its first event only. */
export function tableJson(
  objects: readonly ApiObject[],
  metadata: ListMetadata,
  context: TableContext,
  columns = true,
  row: (object: ApiObject, context: TableContext) => string = rowJson,
): string {
  const definitions = columns ? columnDefinitionsJson(context.resource.columns) : 'null'
  const head = `{"kind":"Table","apiVersion":"meta.k8s.io/${context.version}","metadata":${JSON.stringify(metadata)}`
  const rows = objects.map((object) => row(object, context)).join(',')
  // The server's default printer, which shows the moment of creation, has no list when it has no rows.
  const byDefault =
    context.resource.custom === undefined && context.resource.columns.some(({ type }) => type === 'date')
  return `${head},"columnDefinitions":${definitions},"rows":${rows === '' && byDefault ? 'null' : `[${rows}]`}}`
}

/** The list metadata of a table of one object: its own revision. */
export function singleMetadata(object: ApiObject): ListMetadata {
  const metadata = object.metadata as { readonly resourceVersion?: string } | undefined
  return { resourceVersion: metadata?.resourceVersion ?? '' }
}

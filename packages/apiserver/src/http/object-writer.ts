// Turns the pipeline's answers into JSON text in the representation the client negotiated: whole, as Table, or metadata only.

import type { Clock } from '@podwire/engine'
import { apiVersionOf } from '../resources/resource-type.ts'
import type { Resource } from '../resources/resource.ts'
import { statusAnswer, type Answer } from './answer.ts'
import { listItemJson, objectJson } from './json-cache.ts'
import type { Representation } from './negotiation.ts'
import { notConvertible } from './refusals.ts'
import type { ApiObject, ApiResponse } from './request-handler.ts'
import { scaleTable } from './scale-table.ts'
import { includeObjectOf, partialObjectJson, singleMetadata, tableJson, type TableContext } from './table.ts'

export interface WriterContext {
  readonly resource: Resource
  readonly clock: Clock
  readonly query: URLSearchParams
  readonly representation: Representation
}

/** Columns of the object at hand: those of its resource, or of Scale where a subresource answers with one. */
export function tableContext({ resource, clock, query, representation }: WriterContext, kind: string): TableContext {
  const include = includeObjectOf(query)
  const shown = kind === 'Scale' && resource.type.kind !== 'Scale' ? scaleTable(resource) : resource
  return { resource: shown, clock, include, version: representation.version }
}

function singleJson(object: ApiObject, context: WriterContext): string {
  const { transform, version } = context.representation
  if (transform === 'Table') return tableJson([object], singleMetadata(object), tableContext(context, object.kind))
  if (transform === 'PartialObjectMetadata') return partialObjectJson(object, version)
  if (transform === 'PartialObjectMetadataList') {
    throw notConvertible(`${transform}, but the requested object is not a list (*${goType(context, object.kind)})`)
  }
  return objectJson(object)
}

type ListResponse = Extract<ApiResponse, { type: 'list' }>

function listJson(response: ListResponse, context: WriterContext): string {
  const { type } = context.resource
  const { transform, version } = context.representation
  const metadata = JSON.stringify(response.metadata)
  if (transform === 'Table') return tableJson(response.items, response.metadata, tableContext(context, type.kind))
  if (transform === 'PartialObjectMetadata') {
    throw notConvertible(`${transform}, but the requested object is a list (*${goType(context, `${type.kind}List`)})`)
  }
  if (transform === 'PartialObjectMetadataList') {
    const items = response.items.map((item) => partialObjectJson(item, version)).join(',')
    return `{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/${version}","metadata":${metadata},"items":[${items}]}`
  }
  const { custom } = context.resource
  if (custom !== undefined) return customListJson(response, custom.listKind, apiVersionOf(type))
  const items = response.items.map(listItemJson).join(',')
  return `{"kind":"${type.kind}List","apiVersion":"${apiVersionOf(type)}","metadata":${metadata},"items":[${items}]}`
}

/** Custom objects keep their kind in a list, and its metadata says that there is no more. */
function customListJson({ items, metadata }: ListResponse, listKind: string, apiVersion: string): string {
  const objects = items.map(objectJson).join(',')
  const meta = JSON.stringify({ continue: '', ...metadata })
  return `{"apiVersion":"${apiVersion}","items":[${objects}],"kind":"${listKind}","metadata":${meta}}`
}

/** The server's own type: those of a group live in a package named after its first word. */
function goType({ resource: { type } }: WriterContext, kind: string): string {
  // Events of the newer group are stored as core's.
  const group = kind === 'Scale' ? 'autoscaling' : type.group === 'events.k8s.io' ? '' : type.group
  return `${group === '' ? 'core' : (group.split('.')[0] ?? '')}.${kind}`
}

/** A Status is never turned into a table. */
export function answerOf(response: ApiResponse, context: WriterContext): Answer {
  if (response.type === 'status') return statusAnswer(response.status, response.code)
  if (response.type === 'list') return { type: 'json', code: 200, json: listJson(response, context) }
  return { type: 'json', code: response.code, json: singleJson(response.object, context) }
}

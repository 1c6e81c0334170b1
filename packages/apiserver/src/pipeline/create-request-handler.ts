// The HTTP door's side of the pipeline: reads options and bodies, then calls the same functions the in-process client calls.

import type { ApiObject, ApiRequest, ApiResponse, RequestHandler, ResourceRequest } from '../http/request-handler.ts'
import { badRequest, methodNotAllowed, notFound, unsupportedMediaType } from '../status/errors.ts'
import { isExpired, StatusError, type Status } from '../status/status-error.ts'
import {
  checkPatched,
  customOf,
  decodeDeleteOptions,
  decodePatch,
  decodeWriteBody,
  showCustomObject,
  showObject,
  showPatch,
  targetOf,
} from './decoding.ts'
import { deleteObject, type DeleteOutcome } from './deletion.ts'
import { listObjects } from './listing.ts'
import { PageSnapshots } from './page-snapshots.ts'
import type { WriteOwner } from './owners-step.ts'
import { PATCH_TYPES } from './patch-types.ts'
import { applyPatch, customPatchRefused } from './patching.ts'
import { withOtherVersions } from './other-versions.ts'
import { createObject, updateObject } from './pipeline.ts'
import { compileSelector, type CompiledSelector } from './selection.ts'
import type { ServerState } from './server-state.ts'
import { applyObject } from './apply.ts'
import { createSubresource, isStatus, readSubresource, updateSubresource } from './subresources.ts'
import { startSelectedWatch } from './watch-request.ts'
import { checkWriteQuery, managerName } from './write-options.ts'

const APPLY_PATCH = 'application/apply-patch+yaml'

// A patch without a resourceVersion is tried again when somebody else wrote meanwhile; writes here are atomic, so once is enough.

export function createRequestHandler(server: ServerState): RequestHandler {
  return withOtherVersions(server, createStoredHandler(server))
}

function createStoredHandler(server: ServerState): RequestHandler {
  const snapshots = new PageSnapshots(server.store)
  return {
    handle(request) {
      warnDeprecated(request)
      switch (request.verb) {
        case 'get':
          return object(
            200,
            readSubresource(server, { ...target(request), subresource: request.subresource ?? 'status' }),
          )
        case 'list':
          return { type: 'list', ...listObjects(server.store, snapshots, { ...scope(request), query: request.query }) }
        case 'create':
          return handleCreate(server, request)
        case 'update':
          return handleUpdate(server, request)
        case 'patch':
          return handlePatch(server, request)
        case 'delete':
          return handleDelete(server, request)
        case 'deletecollection':
          return handleDeleteCollection(server, snapshots, request)
      }
    },
    watch: (request, sink) => {
      warnDeprecated(request)
      try {
        return startSelectedWatch(server, scope(request), request.query, sink)
      } catch (error) {
        // A revision that is gone is told inside the stream, as the server does.
        if (!isExpired(error) || !(error instanceof StatusError)) throw error
        sink.error(error.status)
        return { stop: () => {} }
      }
    },
    revision: () => String(server.store.revision),
  }
}

function warnDeprecated(request: ResourceRequest): void {
  if (request.resource.deprecationWarning !== undefined) request.warn(request.resource.deprecationWarning)
}

interface Target {
  readonly resource: ResourceRequest['resource']
  readonly namespace: string
  readonly name: string
  readonly warn: (text: string) => void
}

function target(request: ResourceRequest): Target {
  const { resource, namespace = '', name, warn } = request
  if (name === undefined) throw badRequest('name is required')
  return { resource, namespace, name, warn }
}

function scope(request: ResourceRequest): {
  resource: ResourceRequest['resource']
  namespace: string | undefined
  selector: CompiledSelector | undefined
} {
  const { resource, namespace, name, query } = request
  const fields = [query.get('fieldSelector') ?? '', name === undefined ? '' : `metadata.name=${name}`]
  return {
    resource,
    namespace,
    selector: compileSelector(
      resource,
      query.get('labelSelector') ?? undefined,
      fields.filter((text) => text !== '').join(','),
    ),
  }
}

function object(code: 200 | 201 | 202, value: ApiObject): ApiResponse {
  return { type: 'object', code, object: value }
}

function handleCreate(server: ServerState, request: ApiRequest): ApiResponse {
  const { resource, namespace = '', warn } = request
  const { dryRun, fieldValidation, fieldManager } = checkWriteQuery(request.query, 'CreateOptions')
  const owner = ownerOf(request, fieldManager)
  const body = decodeWriteBody(server.registry, request, fieldValidation)
  if (request.subresource !== undefined) {
    const answer = createSubresource(server, {
      ...target(request),
      subresource: request.subresource,
      dryRun,
      owner,
      body,
    })
    return isStatus(answer) ? { type: 'status', code: 201, status: answer } : object(201, answer)
  }
  // POST to a named object is a route of no built-in kind; for custom ones the body names what is created.
  if (request.name !== undefined && resource.custom === undefined) throw methodNotAllowed(resource.type)
  return object(201, createObject(server, { resource, namespace, dryRun, owner, warn }, body))
}

function handleUpdate(server: ServerState, request: ApiRequest): ApiResponse {
  const { dryRun, fieldValidation, fieldManager } = checkWriteQuery(request.query, 'UpdateOptions')
  const owner = ownerOf(request, fieldManager)
  const body = decodeWriteBody(server.registry, request, fieldValidation)
  const { subresource } = request
  if (subresource !== undefined && subresource !== 'status') {
    return object(200, updateSubresource(server, { ...target(request), subresource, dryRun, owner, body }))
  }
  const outcome = updateObject(server, { ...target(request), subresource, dryRun, owner, verb: 'put' }, body)
  return object(outcome.created ? 201 : 200, outcome.object)
}

function handlePatch(server: ServerState, request: ApiRequest): ApiResponse {
  const contentType = request.body?.contentType ?? ''
  const patchType = PATCH_TYPES.get(contentType)
  if (contentType === APPLY_PATCH) return handleApply(server, request)
  if (request.resource.custom !== undefined && (patchType === undefined || patchType === 'strategic')) {
    throw customPatchRefused()
  }
  if (patchType === undefined) throw unsupportedMediaType('415: Unsupported Media Type')
  const { dryRun, fieldValidation, fieldManager } = checkWriteQuery(request.query, 'PatchOptions')
  const owner = ownerOf(request, fieldManager)
  const { subresource } = request
  const place = target(request)
  const old = server.store.get(place.resource.type, place.namespace, place.name)
  if (old === undefined) throw notFound(place.resource.type, place.name)
  const own = subresource === undefined || subresource === 'status'
  const before = own ? old : readSubresource(server, { ...place, subresource })
  const { schema } = targetOf(request)
  const patch = decodePatch(request)
  const raw = applyPatch(place.resource, patchType, before, patch.value, schema)
  const custom = customOf(request)
  const show = custom === undefined ? showObject : showCustomObject
  const shown = (): string => (patchType === 'strategic' ? showPatch(patch.value) : show(raw))
  const patched = checkPatched(raw, {
    schema,
    custom,
    fieldValidation,
    warn: request.warn,
    duplicates: patch.duplicates,
    before,
    strategic: patchType === 'strategic',
    shown,
  })
  if (own)
    return object(200, updateObject(server, { ...place, subresource, dryRun, owner, verb: 'patch' }, patched).object)
  return object(200, updateSubresource(server, { ...place, subresource, dryRun, owner, body: patched }))
}

function handleApply(server: ServerState, request: ApiRequest): ApiResponse {
  const query = checkWriteQuery(request.query, 'PatchOptions', { isApply: true })
  const { object: applied, created } = applyObject(server, target(request), request, query)
  return object(created ? 201 : 200, applied)
}

function ownerOf({ userAgent }: ApiRequest, fieldManager: string | undefined): WriteOwner {
  return { manager: managerName(fieldManager, userAgent), recordsCreation: true }
}

function handleDelete(server: ServerState, request: ApiRequest): ApiResponse {
  const options = decodeDeleteOptions(request)
  const place = target(request)
  const warning = place.resource.unsaidPropagationWarning
  if (warning !== undefined && options.propagationPolicy === undefined) request.warn(warning)
  const outcome = deleteObject(server, { ...place, ...options })
  if (!outcome.removed || place.resource.returnsDeletedObject) return object(200, outcome.object)
  return { type: 'status', code: 200, status: deletedStatus(request, outcome) }
}

function deletedStatus(request: ApiRequest, outcome: DeleteOutcome): Status {
  const { type } = request.resource
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: outcome.object.metadata.name,
      ...(type.group === '' ? {} : { group: type.group }),
      kind: type.resource,
      uid: outcome.object.metadata.uid,
    },
  }
}

function handleDeleteCollection(server: ServerState, snapshots: PageSnapshots, request: ApiRequest): ApiResponse {
  const options = decodeDeleteOptions(request)
  const { resource } = request
  const page = listObjects(server.store, snapshots, { ...scope(request), query: request.query })
  for (const item of page.items) {
    const { namespace = '', name } = item.metadata
    deleteObject(server, { resource, namespace, name, ofCollection: true, ...options })
  }
  // Answered as they were listed, before any was deleted.
  return { type: 'list', items: page.items, metadata: page.metadata }
}

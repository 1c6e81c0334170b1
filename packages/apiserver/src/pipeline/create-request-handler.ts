// The HTTP door's side of the pipeline: reads options and bodies, then calls the same functions the in-process client calls.

import type { KubeObject } from '../objects/kube-object.ts'
import type { ApiObject, ApiRequest, ApiResponse, RequestHandler, ResourceRequest } from '../http/request-handler.ts'
import {
  customPatchRefused,
  badRequest,
  methodNotAllowed,
  notFound,
  plainError,
  unsupportedPatch,
} from '../status/errors.ts'
import { isExpired, isNotFound, StatusError, type Status } from '../status/status-error.ts'
import {
  checkBodyType,
  checkPatched,
  customOf,
  decodeWriteBody,
  showCustomObject,
  showPatch,
  targetOf,
} from './decoding.ts'
import { deleteObject, type DeleteOutcome } from './deletion.ts'
import { listObjects } from './listing.ts'
import { readDeleteOptions, type CheckedDeleteOptions } from './delete-options.ts'
import { readListOptions, type ListGates, type ListOptions } from './list-options.ts'
import type { WriteOwner } from './owners-step.ts'
import { checkName } from './identity.ts'
import { decodePatch } from './patch-body.ts'
import { APPLY_PATCH, PATCH_TYPES } from './patch-types.ts'
import { PatchTrace } from '../patch/patch-trace.ts'
import { applyPatch } from './patching.ts'
import { withOtherVersions } from './other-versions.ts'
import { createObject, updateObject } from './pipeline.ts'
import { selectorOf, type CompiledSelector } from './selection.ts'
import { readReview } from './read-review.ts'
import type { ServerState } from './server-state.ts'
import { installBootstrapPolicy } from '../rbac/index.ts'
import { applyObject } from './apply.ts'
import { createSubresource, isStatus, patchedSubresource, readSubresource, updateSubresource } from './subresources.ts'
import { startSelectedWatch } from './watch-request.ts'
import { quote } from '../validation/field-errors.ts'
import { pathSegmentName } from '../validation/names.ts'
import { checkGetVersion, refuseExport } from './get-options.ts'
import { userOfToken } from '../tokens/index.ts'
import { checkWriteQuery, managerName } from './write-options.ts'
import { asWritten } from './written-form.ts'

// A patch without a resourceVersion is tried again when somebody else wrote meanwhile; writes here are atomic, so once is enough.

export function createRequestHandler(server: ServerState): RequestHandler {
  return withOtherVersions(server, createStoredHandler(server))
}

function createStoredHandler(server: ServerState): RequestHandler {
  return {
    handle(request) {
      beginRequest(request)
      if (request.resource.computed !== undefined) return computedAnswer(server, request, request.resource.computed)
      switch (request.verb) {
        case 'get':
          return handleGet(server, request)
        case 'list':
          return { type: 'list', ...listObjects(server.store, scope(server, request, 'list')) }
        case 'create':
          return handleCreate(server, request)
        case 'update':
          return handleUpdate(server, request)
        case 'patch':
          return handlePatch(server, request)
        case 'delete':
          return handleDelete(server, request)
        case 'deletecollection':
          return handleDeleteCollection(server, request)
      }
    },
    watch: (request, sink) => {
      beginRequest(request)
      const watch = scope(server, request, 'watch')
      try {
        return startSelectedWatch(server, watch, sink)
      } catch (error) {
        // A revision that is gone or still to come is told inside the stream, as the server does.
        if (!(error instanceof StatusError) || !(isExpired(error) || error.status.reason === 'Timeout')) throw error
        sink.error(error.status)
        return { stop: () => {} }
      }
    },
    readReview: (request) => readReview(server, request),
    objectCounts: () =>
      server.registry
        .all()
        .filter(({ computed, otherVersion }) => computed === undefined && otherVersion === undefined)
        .map(({ type }) => ({ group: type.group, resource: type.resource, count: server.store.list(type).length })),
    revision: () => String(server.store.revision),
    userOfToken: (token, audiences) => userOfToken(server, token, audiences),
    authorizer: () => {
      if (server.authorizer.mode === 'RBAC') installBootstrapPolicy(server)
      return server.authorizer
    },
  }
}

function computedAnswer(
  server: ServerState,
  request: ApiRequest,
  { list, missing }: NonNullable<ResourceRequest['resource']['computed']>,
): ApiResponse {
  if (request.verb === 'list') {
    const { selector } = scope(server, request, 'list')
    return { type: 'list', items: list().filter((item) => selector?.matches(item) ?? true), metadata: {} }
  }
  const found = list().find(({ metadata }) => metadata.name === request.name)
  if (found === undefined) throw missing(request.name ?? '')
  return object(200, found)
}

/** @throws StatusError 500 where a webhook would have to convert objects */
function beginRequest({ resource, warn, verb }: ResourceRequest & { readonly verb?: ApiRequest['verb'] }): void {
  const { deprecationWarning, custom } = resource
  if (deprecationWarning !== undefined) warn(deprecationWarning)
  if (custom?.needsWebhook !== true) return
  // What is sent is converted before it is stored, everything else after it is read.
  const version = verb === 'create' || verb === 'update' ? custom.version : custom.storageVersion
  const what = `${custom.group}/${version}, Kind=${custom.kind}`
  throw plainError(`conversion webhook for ${what} failed: podwire does not call conversion webhooks`)
}

interface Target {
  readonly resource: ResourceRequest['resource']
  readonly user: ResourceRequest['user']
  readonly spoken: ResourceRequest['spoken']
  readonly namespace: string
  readonly name: string
  readonly warn: (text: string) => void
}

function target(request: ResourceRequest): Target {
  const { resource, user, spoken, namespace = '', name, warn } = request
  if (name === undefined) throw badRequest('Name parameter required.')
  const problems = pathSegmentName(name)
  if (problems.length > 0) throw badRequest(`Name parameter invalid: ${quote(name)}: ${problems.join(';')}`)
  return { resource, user, spoken, namespace, name, warn }
}

interface Scope {
  readonly resource: ResourceRequest['resource']
  readonly namespace: string | undefined
  readonly selector: CompiledSelector | undefined
  readonly options: ListOptions
}

/** @throws StatusError 400 or 422 for a query that says what cannot be */
function scope(
  server: ServerState,
  { resource, namespace, name, query }: ResourceRequest,
  verb: 'list' | 'watch',
): Scope {
  const options = readListOptions(query, verb, gatesOf(server))
  return { resource, namespace, options, selector: selectorOf(resource, options, name) }
}

function gatesOf({ kubernetesVersion: { major, minor } }: ServerState): ListGates {
  return { watchList: major > 1 || minor >= 34 }
}

function handleGet(server: ServerState, request: ApiRequest): ApiResponse {
  refuseExport(request.query)
  const place = target(request)
  checkGetVersion(server.store, request.query)
  return object(200, readSubresource(server, { ...place, subresource: request.subresource ?? 'status' }))
}

function object(code: 200 | 201 | 202, value: ApiObject): ApiResponse {
  return { type: 'object', code, object: value }
}

function handleCreate(server: ServerState, request: ApiRequest): ApiResponse {
  const { resource, user, spoken, namespace = '', warn } = request
  checkBodyType(request)
  const { dryRun, fieldValidation, fieldManager } = checkWriteQuery(request.query, 'CreateOptions')
  const owner = ownerOf(request, fieldManager)
  const body = decodeWriteBody(server.registry, request, fieldValidation)
  if (request.subresource !== undefined) {
    // A binding names its pod where the path does not; its own uid is no precondition there.
    const name = request.name ?? body.metadata.name ?? ''
    if (request.name === undefined) delete body.metadata.uid
    const answer = createSubresource(server, {
      ...target({ ...request, name }),
      subresource: request.subresource,
      dryRun,
      owner,
      body,
    })
    return isStatus(answer) ? { type: 'status', code: 201, status: answer } : object(201, answer)
  }
  // POST to a named object is a route of no built-in kind; for custom ones the body names what is created.
  if (request.name !== undefined && resource.custom === undefined) throw methodNotAllowed(resource.type)
  return object(201, createObject(server, { resource, user, spoken, namespace, dryRun, owner, warn }, body))
}

function handleUpdate(server: ServerState, request: ApiRequest): ApiResponse {
  const { dryRun, fieldValidation, fieldManager } = checkWriteQuery(request.query, 'UpdateOptions')
  const owner = ownerOf(request, fieldManager)
  const body = decodeWriteBody(server.registry, request, fieldValidation)
  const { subresource } = request
  if (subresource !== undefined && subresource !== 'status') {
    return object(200, updateSubresource(server, { ...target(request), subresource, dryRun, owner, body, verb: 'put' }))
  }
  // Whether the object is there is asked after its name.
  checkName(request.name ?? '', body.metadata.name ?? '')
  const outcome = updateObject(server, { ...target(request), subresource, dryRun, owner, verb: 'put' }, body)
  return object(outcome.created ? 201 : 200, outcome.object)
}

function handlePatch(server: ServerState, request: ApiRequest): ApiResponse {
  const contentType = request.body?.contentType ?? ''
  const patchType = PATCH_TYPES.get(contentType)
  if (contentType === APPLY_PATCH) return handleApply(server, request)
  const custom = request.resource.custom
  if (custom !== undefined && (patchType === undefined || patchType === 'strategic')) throw customPatchRefused()
  if (patchType === undefined) throw unsupportedPatch()
  const { dryRun, fieldValidation, fieldManager } = checkWriteQuery(request.query, 'PatchOptions')
  const owner = ownerOf(request, fieldManager)
  const { subresource } = request
  const place = target(request)
  const old = asWritten(server.store.get(place.resource.type, place.namespace, place.name))
  if (old === undefined) throw notFound(place.resource.type, place.name)
  const own = subresource === undefined || subresource === 'status'
  const before = own ? old : patchedSubresource(server, { ...place, subresource })
  const decodeTarget = targetOf(request)
  const { schema } = decodeTarget
  const patch = decodePatch(request, patchType, fieldValidation)
  const trace = new PatchTrace()
  const raw = applyPatch(place.resource, patchType, before, patch.value, { schema, trace, text: patch.text })
  const isCustom = customOf(request) !== undefined
  const shown = (): string => {
    if (patchType === 'strategic') return showPatch(patch.value)
    return isCustom ? showCustomObject(raw) : trace.print(raw, schema)
  }
  const patched = checkPatched(raw, {
    registry: server.registry,
    resource: place.resource,
    target: decodeTarget,
    custom: customOf(request),
    fieldValidation,
    warn: request.warn,
    duplicates: patch.problems,
    before,
    strategic: patchType === 'strategic',
    shown,
  })
  if (own)
    return object(200, updateObject(server, { ...place, subresource, dryRun, owner, verb: 'patch' }, patched).object)
  return object(200, updateSubresource(server, { ...place, subresource, dryRun, owner, body: patched, verb: 'patch' }))
}

function handleApply(server: ServerState, request: ApiRequest): ApiResponse {
  const query = checkWriteQuery(request.query, 'PatchOptions', { isApply: true })
  const { object: applied, created } = applyObject(server, target(request), request, query)
  return object(created ? 201 : 200, applied)
}

function ownerOf({ userAgent, spoken }: ApiRequest, fieldManager: string | undefined): WriteOwner {
  return { manager: managerName(fieldManager, userAgent), recordsCreation: true, spoken }
}

function handleDelete(server: ServerState, request: ApiRequest): ApiResponse {
  const options = readDeleteOptions(request)
  const place = target(request)
  warnAboutPropagation(request, options)
  const outcome = deleteObject(server, { ...place, ...options })
  // Whoever asked in the older way to have dependents collected is told that it goes on.
  const code = !outcome.removed && options.orphanDependents === false ? 202 : 200
  if (!outcome.summary || place.resource.returnsDeletedObject) return object(code, outcome.object)
  return { type: 'status', code, status: deletedStatus(request, outcome) }
}

function warnAboutPropagation({ resource, warn }: ApiRequest, options: CheckedDeleteOptions): void {
  const warning = resource.unsaidPropagationWarning
  if (warning !== undefined && options.propagationPolicy === undefined) warn(warning)
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

// As many are deleted at a time; a request that sets a limit is done after its own page.
const DELETE_PAGE = 10_000

function handleDeleteCollection(server: ServerState, request: ApiRequest): ApiResponse {
  const { resource, namespace, selector, options: asked } = scope(server, request, 'list')
  const options = readDeleteOptions(request)
  warnAboutPropagation(request, options)
  let page = listObjects(server.store, { resource, namespace, selector, options: withLimit(asked) })
  const { metadata } = page
  const items = [...page.items]
  for (;;) {
    for (const item of page.items) deleteItem(server, resource, item, options)
    const next = page.metadata.continue
    if (asked.limit > 0 || next === undefined) break
    const rest = { ...withLimit(asked), continue: next, resourceVersion: '', match: '' }
    page = listObjects(server.store, { resource, namespace, selector, options: rest })
    items.push(...page.items)
  }
  // Answered as they were listed, before any was deleted.
  return { type: 'list', items, metadata }
}

function withLimit(options: ListOptions): ListOptions {
  return options.limit > 0 ? options : { ...options, limit: DELETE_PAGE }
}

function deleteItem(
  server: ServerState,
  resource: ResourceRequest['resource'],
  { metadata: { namespace = '', name } }: KubeObject,
  options: CheckedDeleteOptions,
): void {
  try {
    deleteObject(server, { resource, namespace, name, ofCollection: true, ...options })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

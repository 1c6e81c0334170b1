// Kinds that are stored as another version: requests are turned into requests about what is stored, answers back again.
// Source: apimachinery runtime conversion, as kube-apiserver serves autoscaling/v1, events.k8s.io/v1 and every beta.

import type { KubeObject } from '../objects/kube-object.ts'
import type { ApiObject, ApiRequest, ApiResponse, RequestHandler, ResourceRequest } from '../http/request-handler.ts'
import type { Mutable, OtherVersion, Resource } from '../resources/resource.ts'
import { groupResourceOf } from '../resources/resource-type.ts'
import { notFound, unsupportedMediaType } from '../status/errors.ts'
import { StatusError } from '../status/status-error.ts'
import { invalidStatus } from '../validation/invalid-status.ts'
import { checkPatched, decodeWriteBody, showPatch, targetOf } from './decoding.ts'
import { applyPatch } from './patching.ts'
import { decodePatch } from './patch-body.ts'
import { APPLY_PATCH, PATCH_TYPES } from './patch-types.ts'
import { PatchTrace } from '../patch/patch-trace.ts'
import type { ServerState } from './server-state.ts'
import { checkWriteQuery } from './write-options.ts'
import type { MutableObject } from './write.ts'
import { jsonText } from '../objects/json-text.ts'

const encoder = new TextEncoder()

export function withOtherVersions(server: ServerState, inner: RequestHandler): RequestHandler {
  return {
    ...inner,
    handle(request) {
      const { otherVersion } = request.resource
      if (otherVersion === undefined) return inner.handle(request)
      warnDeprecated(request)
      const conversion = conversionOf(request, otherVersion)
      const converted = convertRequest(server, inner, request, otherVersion, conversion)
      return regrouped(request, otherVersion, () => convertResponse(inner.handle(converted), conversion))
    },
    watch(request, sink) {
      const { otherVersion, type } = request.resource
      if (otherVersion === undefined) return inner.watch(request, sink)
      warnDeprecated(request)
      const { group, version, kind } = type
      return inner.watch(aboutStored(server, request, otherVersion), {
        error: (status) => sink.error(status),
        event: (event, object) => {
          if (event === 'BOOKMARK') sink.event(event, { ...object, apiVersion: `${group}/${version}`, kind })
          else sink.event(event, otherVersion.fromStored(object as KubeObject))
        },
      })
    },
  }
}

function warnDeprecated({ resource, warn }: ResourceRequest): void {
  if (resource.deprecationWarning !== undefined) warn(resource.deprecationWarning)
}

/** What is sent and answered: the object, a Scale with a spelling of its own, or what every version has in common. */
interface Conversion {
  /** Absent: the body is the stored resource's too. */
  readonly schema?: string
  fromStored(object: KubeObject): KubeObject
  toStored(object: KubeObject, old: KubeObject | undefined): KubeObject
  defaults?(object: Mutable<KubeObject>): void
}

const UNCHANGED: Conversion = { fromStored: (object) => object, toStored: (object) => object }

function conversionOf({ subresource, resource }: ApiRequest, otherVersion: OtherVersion): Conversion {
  if (subresource === undefined || subresource === 'status') return { ...otherVersion, schema: resource.schema }
  return subresource === 'scale' && otherVersion.scale !== undefined ? otherVersion.scale : UNCHANGED
}

const storedResources = new WeakMap<Resource, Resource>()

/** The same request about the stored kind, with this version's field selectors and way with dependents. */
function aboutStored<R extends ResourceRequest>(server: ServerState, request: R, { stored }: OtherVersion): R {
  const spoken = request.resource
  let resource = storedResources.get(spoken)
  if (resource === undefined) {
    const { deprecationWarning: _ours, ...rest } = server.registry.byType(stored)
    const { selectableFields, orphansByDefault = false } = spoken
    resource = { ...rest, selectableFields, orphansByDefault }
    storedResources.set(spoken, resource)
  }
  return { ...request, resource, spoken }
}

function convertRequest(
  server: ServerState,
  inner: RequestHandler,
  request: ApiRequest,
  otherVersion: OtherVersion,
  conversion: Conversion,
): ApiRequest {
  const target = aboutStored(server, request, otherVersion)
  const { verb, namespace = '', name = '' } = request
  if (conversion === UNCHANGED || (verb !== 'create' && verb !== 'update' && verb !== 'patch')) return target
  // Ownership is worked out in the version that was spoken.
  if (verb === 'patch' && request.body?.contentType === APPLY_PATCH) return target
  const stored = name === '' ? undefined : server.store.get(otherVersion.stored, namespace, name)
  const written =
    verb === 'patch' ? patched(server, request, conversion, before(inner, target, stored)) : decoded(server, request)
  written.metadata.namespace ??= namespace
  written.metadata.name ??= ''
  const object = written as unknown as KubeObject & Mutable<KubeObject>
  conversion.defaults?.(object)
  if (request.subresource === undefined && verb !== 'create') checkWritten(otherVersion, object, stored)
  const body = encoder.encode(jsonText(conversion.toStored(object, stored)))
  return { ...target, verb: verb === 'patch' ? 'update' : verb, body: { contentType: 'application/json', bytes: body } }
}

/** What a patch is applied to, as it is stored: the object, or its Scale. */
function before(inner: RequestHandler, target: ApiRequest, stored: KubeObject | undefined): KubeObject {
  const { resource, name = '', subresource } = target
  if (stored === undefined) throw notFound((target.spoken ?? resource).type, name)
  if (subresource !== 'scale') return stored
  const { body: _patch, ...rest } = target
  const answer = inner.handle({ ...rest, verb: 'get' })
  return answer.type === 'object' ? (answer.object as KubeObject) : stored
}

function decoded(server: ServerState, request: ApiRequest): MutableObject {
  const options = request.verb === 'create' ? 'CreateOptions' : 'UpdateOptions'
  return decodeWriteBody(server.registry, request, checkWriteQuery(request.query, options).fieldValidation)
}

/** What a version alone asks of what is changed in it; of what is new the pipeline asks, when it has a name. */
export function checkWritten(conversion: OtherVersion, object: KubeObject, old: KubeObject | undefined): void {
  const errors = (old === undefined ? undefined : conversion.validateUpdate?.(object, old)) ?? []
  const { kind, group } = conversion.stored
  if (errors.length > 0) throw invalidStatus(kind, group, object.metadata.name, errors)
}

function patched(server: ServerState, request: ApiRequest, conversion: Conversion, stored: KubeObject): MutableObject {
  const patchType = PATCH_TYPES.get(request.body?.contentType ?? '')
  if (patchType === undefined) throw unsupportedMediaType('415: Unsupported Media Type')
  const { fieldValidation } = checkWriteQuery(request.query, 'PatchOptions')
  const target = targetOf(request)
  const { schema } = target
  const { value, problems: duplicates } = decodePatch(request, patchType, fieldValidation)
  const seen = conversion.fromStored(stored)
  const trace = new PatchTrace()
  const raw = applyPatch(request.resource, patchType, seen, value, { schema, trace })
  const strategic = patchType === 'strategic'
  const shown = (): string => (strategic ? showPatch(value) : trace.print(raw, schema))
  const { resource, warn } = request
  const { registry } = server
  return checkPatched(raw, {
    registry,
    resource,
    target,
    fieldValidation,
    warn,
    duplicates,
    before: seen,
    strategic,
    shown,
  })
}

function convertResponse(response: ApiResponse, { fromStored }: Conversion): ApiResponse {
  if (response.type === 'status') return response
  if (response.type === 'list') return { ...response, items: response.items.map((item) => fromStored(item)) }
  return { ...response, object: fromStored(response.object as KubeObject) as ApiObject }
}

/** Refusals and Statuses call the resource by the group it was asked for in. */
function regrouped(request: ApiRequest, { stored }: OtherVersion, answer: () => ApiResponse): ApiResponse {
  const { type } = request.resource
  if (type.group === stored.group) return answer()
  try {
    const response = answer()
    if (response.type !== 'status' || response.status.details === undefined) return response
    if ((response.status.details.group ?? '') !== stored.group) return response
    const details = { ...response.status.details, group: type.group }
    return { ...response, status: { ...response.status, details } }
  } catch (error) {
    if (!(error instanceof StatusError) || error.status.details?.kind !== stored.resource) throw error
    const { code = 500, reason = '', message = '', details } = error.status
    const words = message.replace(groupResourceOf(stored), groupResourceOf(type))
    throw new StatusError(code, reason, words, { ...details, ...(type.group === '' ? {} : { group: type.group }) })
  }
}

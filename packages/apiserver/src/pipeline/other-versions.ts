// Kinds that are stored as another version: requests are turned into requests about what is stored, answers back again.
// Source: apimachinery runtime conversion, as kube-apiserver serves autoscaling/v1 and events.k8s.io/v1.

import type { KubeObject } from '../objects/kube-object.ts'
import type { ApiObject, ApiRequest, ApiResponse, RequestHandler, ResourceRequest } from '../http/request-handler.ts'
import type { OtherVersion, Resource } from '../resources/resource.ts'
import { notFound, notSimulated } from '../status/errors.ts'
import { invalidStatus } from '../validation/invalid-status.ts'
import { checkPatched, decodeWriteBody, showPatch } from './decoding.ts'
import { applyPatch } from './patching.ts'
import { decodePatch } from './patch-body.ts'
import { PATCH_TYPES } from './patch-types.ts'
import { PatchTrace } from '../patch/patch-trace.ts'
import type { ServerState } from './server-state.ts'
import { checkWriteQuery } from './write-options.ts'
import type { MutableObject } from './write.ts'

const encoder = new TextEncoder()

export function withOtherVersions(server: ServerState, inner: RequestHandler): RequestHandler {
  return {
    ...inner,
    handle(request) {
      const { otherVersion } = request.resource
      if (otherVersion === undefined) return inner.handle(request)
      return convertResponse(inner.handle(convertRequest(server, request, otherVersion)), otherVersion)
    },
    watch(request, sink) {
      const { otherVersion, type } = request.resource
      if (otherVersion === undefined) return inner.watch(request, sink)
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

/** The same request about the stored kind, with this version's field selectors. */
function aboutStored<R extends ResourceRequest>(server: ServerState, request: R, { stored }: OtherVersion): R {
  const resource: Resource = server.registry.byType(stored)
  return { ...request, resource: { ...resource, selectableFields: request.resource.selectableFields } }
}

function convertRequest(server: ServerState, request: ApiRequest, conversion: OtherVersion): ApiRequest {
  const target = aboutStored(server, request, conversion)
  if (request.verb !== 'create' && request.verb !== 'update' && request.verb !== 'patch') return target
  const { namespace = '', name = '' } = request
  const old = name === '' ? undefined : server.store.get(conversion.stored, namespace, name)
  const written = request.verb === 'patch' ? patched(request, conversion, old) : decoded(server, request)
  written.metadata.namespace ??= namespace
  const object = written as unknown as KubeObject
  if (request.subresource === undefined) checkWritten(conversion, object, request.verb === 'create' ? undefined : old)
  const body = encoder.encode(JSON.stringify(conversion.toStored(object, old)))
  return {
    ...target,
    verb: request.verb === 'patch' ? 'update' : request.verb,
    body: { contentType: 'application/json', bytes: body },
  }
}

function decoded(server: ServerState, request: ApiRequest): MutableObject {
  const options = request.verb === 'create' ? 'CreateOptions' : 'UpdateOptions'
  return decodeWriteBody(server.registry, request, checkWriteQuery(request.query, options).fieldValidation)
}

function checkWritten(conversion: OtherVersion, object: KubeObject, old: KubeObject | undefined): void {
  const errors =
    (old === undefined ? conversion.validateCreate?.(object) : conversion.validateUpdate?.(object, old)) ?? []
  const { kind, group } = conversion.stored
  if (errors.length > 0) throw invalidStatus(kind, group, object.metadata.name, errors)
}

function patched(request: ApiRequest, conversion: OtherVersion, old: KubeObject | undefined): MutableObject {
  const patchType = PATCH_TYPES.get(request.body?.contentType ?? '')
  const { resource } = request
  if (patchType === undefined)
    throw notSimulated(`server-side apply of ${resource.type.group}/${resource.type.version}`)
  if (old === undefined) throw notFound(conversion.stored, request.name ?? '')
  const { fieldValidation } = checkWriteQuery(request.query, 'PatchOptions')
  const { value, problems: duplicates } = decodePatch(request, patchType, fieldValidation)
  const before = conversion.fromStored(old)
  const { schema } = resource
  const trace = new PatchTrace()
  const raw = applyPatch(resource, patchType, before, value, { trace })
  const strategic = patchType === 'strategic'
  const shown = (): string => (strategic ? showPatch(value) : trace.print(raw, schema))
  return checkPatched(raw, { schema, fieldValidation, warn: request.warn, duplicates, before, strategic, shown })
}

function convertResponse(response: ApiResponse, { fromStored }: OtherVersion): ApiResponse {
  if (response.type === 'status') return response
  if (response.type === 'list') return { ...response, items: response.items.map((item) => fromStored(item)) }
  return { ...response, object: fromStored(response.object as KubeObject) as ApiObject }
}

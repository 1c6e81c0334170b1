// Subresources other than status: scale, binding, eviction, tokens, a namespace's finalize, and those that write a part of their
// object (ephemeralcontainers, resize). Each has its own small rules; what is not here is refused by name.
// Source: pkg/registry/core/pod/storage (EvictionREST, EphemeralContainersREST, ResizeREST), autoscaling scale REST.

import { withAllNotesOf } from '../decode/sent-empty.ts'
import type { ScalePaths } from '../custom-resources/custom-kind.ts'
import { customScaleOf, patchedScaleOf, withCustomReplicas, writtenScaleOf } from '../custom-resources/scale.ts'
import type { Scale, TokenRequest } from '../objects/index.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import { isScalable, scaleOf, validateScale, withScale } from '../resources/autoscaling/scale.ts'
import type { PartialUpdate, Resource } from '../resources/resource.ts'
import { conflict, notFound, notSimulated } from '../status/errors.ts'
import { StatusError, type Status } from '../status/status-error.ts'
import { mutableCopy } from '../store/share.ts'
import { invalidStatus } from '../validation/invalid-status.ts'
import { bindPod } from './binding.ts'
import { evictPod } from './eviction.ts'
import { checkName, checkNamespace } from './identity.ts'
import { ownersOfSent, type WriteOwner } from './owners-step.ts'
import { updateObject } from './pipeline.ts'
import { scaleOwner } from './scale-owner.ts'
import { strategyContext, type ServerState } from './server-state.ts'
import { issueToken } from '../tokens/index.ts'
import { completed, type MutableObject } from './write.ts'

export interface SubresourceRequest {
  readonly resource: Resource
  readonly namespace: string
  readonly name: string
  readonly subresource: string
  readonly dryRun?: boolean | undefined
  /** For managedFields; absent: nobody's. */
  readonly owner?: WriteOwner | undefined
  /** How it was asked: a uid is a precondition of a PUT. */
  readonly verb?: 'put' | 'patch' | undefined
  readonly warn?: ((text: string) => void) | undefined
}

export interface SubresourceWrite extends SubresourceRequest {
  readonly body: MutableObject
}

type SubresourceAnswer = KubeObject | Status

function parent(server: ServerState, request: SubresourceRequest): KubeObject {
  const found = server.store.get(request.resource.type, request.namespace, request.name)
  if (found === undefined) throw notFound(request.resource.type, request.name)
  return found
}

/** GET of a subresource; `status` is the object itself. */
export function readSubresource(server: ServerState, request: SubresourceRequest): KubeObject {
  const object = parent(server, request)
  if (request.subresource === 'status' || partialUpdate(request) !== undefined) return object
  const { custom } = request.resource
  if (request.subresource === 'scale' && custom?.scale !== undefined) return customScaleOf(object, custom.scale)
  if (request.subresource === 'scale' && isScalable(object)) return scaleOf(object)
  throw notSimulated(`GET of ${request.resource.type.resource}/${request.subresource}`)
}

/** What a PATCH of a subresource starts from. */
export function patchedSubresource(server: ServerState, request: SubresourceRequest): KubeObject {
  const { custom } = request.resource
  if (request.subresource !== 'scale' || custom?.scale === undefined) return readSubresource(server, request)
  return patchedScaleOf(parent(server, request), custom.scale)
}

/** PUT of a subresource other than status. */
export function updateSubresource(server: ServerState, request: SubresourceWrite): KubeObject {
  checkPlace(request)
  const old = parent(server, request)
  const { resource, namespace, name, subresource, dryRun, warn, body } = request
  const { custom } = resource
  if (request.subresource === 'scale' && custom?.scale !== undefined) {
    return updateCustomScale(server, request, old, custom.scale)
  }
  if (request.subresource === 'scale' && isScalable(old)) {
    // The body was decoded with Scale's schema.
    const scale = body as unknown as Scale
    const errors = validateScale(scale, namespace)
    const { uid } = scale.metadata
    // A PUT for another object is found out before.
    const isMeant = request.verb !== 'put' || !uid || uid === old.metadata.uid
    if (errors.length > 0 && isMeant) throw invalidStatus('Scale', 'autoscaling', name, errors)
    if (request.verb === 'patch' && uid && uid !== old.metadata.uid) throw otherUid(request, uid, old.metadata.uid)
    const scaled = mutableCopy(withScale(old, scale)) as unknown as MutableObject
    const owner = scaleOwner(server, request, old, { scale: scaleOf(old), next: scale })
    if (uid) scaled.metadata.uid = uid
    const { verb } = request
    const { object } = updateObject(
      server,
      { resource, namespace, name, subresource, dryRun, owner, verb, warn },
      scaled,
    )
    return isScalable(object) ? scaleOf(object) : object
  }
  const partial = partialUpdate(request)
  if (partial !== undefined) return updatePart(server, request, old, partial)
  throw notSimulated(`writing ${resource.type.resource}/${request.subresource}`)
}

/** What the body says of its own place must agree with the URL, as for an object. */
function checkPlace({ resource, namespace, name, body: { metadata } }: SubresourceWrite): void {
  checkNamespace(resource.type.namespaced ? namespace : '', metadata.namespace)
  checkName(name, metadata.name)
}

/** Of a patch: that of a PUT is checked against what is stored. */
function otherUid({ resource: { type }, name }: SubresourceWrite, sent: string, stored: string): StatusError {
  const subresource = { ...type, resource: `${type.resource}/scale` }
  const why = `Precondition failed: UID in precondition: ${sent}, UID in object meta: ${stored}`
  return conflict(subresource, name, why)
}

/** POST of a subresource: binding and eviction of pods. */
export function createSubresource(server: ServerState, request: SubresourceWrite): SubresourceAnswer {
  const { type } = request.resource
  checkNamespace(type.namespaced ? request.namespace : '', request.body.metadata.namespace)
  if (type.group === '' && type.resource === 'pods') {
    if (request.subresource === 'binding') return bindPod(server, request)
    if (request.subresource === 'eviction') return evictPod(server, request)
  }
  if (type.group === '' && type.resource === 'serviceaccounts' && request.subresource === 'token') {
    // The body was decoded with TokenRequest's schema.
    return issueToken(server, { owner: undefined, ...request }, request.body as unknown as Partial<TokenRequest>)
  }
  throw notSimulated(`creating ${type.resource}/${request.subresource}`)
}

function updateCustomScale(
  server: ServerState,
  request: SubresourceWrite,
  old: KubeObject,
  paths: ScalePaths,
): KubeObject {
  const { resource, namespace, name, dryRun } = request
  // The body was decoded with Scale's schema.
  const next = request.body as unknown as Scale
  const owner = scaleOwner(server, request, old, { scale: writtenScaleOf(old, paths), next })
  const scaled = withCustomReplicas(old, next, paths) as unknown as MutableObject
  if (request.verb === 'put') scaled.metadata.uid = next.metadata.uid
  const { object } = updateObject(server, { resource, namespace, name, dryRun, owner }, scaled)
  return writtenScaleOf(object, paths)
}

function partialUpdate({ resource, subresource }: SubresourceRequest): PartialUpdate<KubeObject> | undefined {
  const { partialUpdates = {} } = resource.strategy
  return Object.hasOwn(partialUpdates, subresource) ? partialUpdates[subresource] : undefined
}

/** The stored object with what this subresource may change of it. */
function updatePart(
  server: ServerState,
  request: SubresourceWrite,
  old: KubeObject,
  partial: PartialUpdate<KubeObject>,
): KubeObject {
  const { resource, namespace, name, subresource, dryRun, warn, body } = request
  const owner = ownerOfPart(server, request, old)
  // The body was decoded with the kind's own schema.
  const merged = partial.merge(body as unknown as KubeObject, old)
  const next = withAllNotesOf(merged, mutableCopy(merged)) as unknown as MutableObject
  const { resourceVersion, uid } = body.metadata
  next.metadata = { ...next.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) }
  if (request.verb === 'put' && uid) next.metadata.uid = uid
  return updateObject(server, { resource, namespace, name, subresource, dryRun, owner, warn }, next).object
}

/** Who owns what is seen from the object as it was sent, whatever of it is kept. */
function ownerOfPart(server: ServerState, request: SubresourceWrite, old: KubeObject): WriteOwner | undefined {
  const { resource, subresource, owner, body } = request
  if (owner === undefined || 'managedFields' in owner) return owner
  const sent = mutableCopy(body as unknown as KubeObject)
  resource.strategy.defaults?.(completed(sent as unknown as MutableObject), strategyContext(server))
  return ownersOfSent({ server, resource, subresource, owner, old }, sent as unknown as KubeObject)
}

export function isStatus(answer: SubresourceAnswer): answer is Status {
  return answer.kind === 'Status' && !(answer instanceof StatusError)
}

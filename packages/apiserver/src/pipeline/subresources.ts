// Subresources other than status: scale, binding, eviction, ephemeral containers, tokens and a namespace's finalize. Each has its own small rules; what
// is not here is refused by name. Source: pkg/registry/core/pod/storage (BindingREST, EvictionREST), autoscaling scale REST.

import type { ScalePaths } from '../custom-resources/custom-kind.ts'
import { customScaleOf, withCustomReplicas, writtenScaleOf } from '../custom-resources/scale.ts'
import type { Namespace, Pod, Scale, TokenRequest } from '../objects/index.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import { nodes } from '../resources/served-types.ts'
import { isScalable, scaleOf, validateScale, withScale } from '../resources/autoscaling/scale.ts'
import type { Resource } from '../resources/resource.ts'
import { badRequest, conflict, notFound, notSimulated } from '../status/errors.ts'
import { StatusError, type Status } from '../status/status-error.ts'
import { mutableCopy } from '../store/share.ts'
import { invalidStatus } from '../validation/invalid-status.ts'
import { evictPod } from './eviction.ts'
import type { WriteOwner } from './owners-step.ts'
import { updateObject } from './pipeline.ts'
import { scaleOwner } from './scale-owner.ts'
import type { ServerState } from './server-state.ts'
import { issueToken } from './service-account-token.ts'
import type { MutableObject } from './write.ts'

export interface SubresourceRequest {
  readonly resource: Resource
  readonly namespace: string
  readonly name: string
  readonly subresource: string
  readonly dryRun?: boolean | undefined
  /** For managedFields; absent: nobody's. */
  readonly owner?: WriteOwner | undefined
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
  if (request.subresource === 'status' || isEphemeral(request)) return object
  const { custom } = request.resource
  if (request.subresource === 'scale' && custom?.scale !== undefined) return customScaleOf(object, custom.scale)
  if (request.subresource === 'scale' && isScalable(object)) return scaleOf(object)
  throw notSimulated(`GET of ${request.resource.type.resource}/${request.subresource}`)
}

/** PUT of a subresource other than status. */
export function updateSubresource(server: ServerState, request: SubresourceWrite): KubeObject {
  const old = parent(server, request)
  const { resource, namespace, name, dryRun, body } = request
  const { custom } = resource
  if (request.subresource === 'scale' && custom?.scale !== undefined) {
    return updateCustomScale(server, request, old, custom.scale)
  }
  if (request.subresource === 'scale' && isScalable(old)) {
    // The body was decoded with Scale's schema.
    const scale = body as unknown as Scale
    const errors = validateScale(scale)
    if (errors.length > 0) throw invalidStatus('Scale', 'autoscaling', name, errors)
    const scaled = mutableCopy(withScale(old, scale)) as unknown as MutableObject
    const owner = scaleOwner(server, request, old, { scale: scaleOf(old), next: scale })
    const { object } = updateObject(server, { resource, namespace, name, dryRun, owner }, scaled)
    return isScalable(object) ? scaleOf(object) : object
  }
  if (isEphemeral(request)) return updateEphemeral(server, request, old as Pod)
  if (request.subresource === 'finalize' && old.kind === 'Namespace') {
    return finalizeNamespace(server, request, old as Namespace)
  }
  throw notSimulated(`writing ${resource.type.resource}/${request.subresource}`)
}

/** POST of a subresource: binding and eviction of pods. */
export function createSubresource(server: ServerState, request: SubresourceWrite): SubresourceAnswer {
  const { type } = request.resource
  if (type.group === '' && type.resource === 'pods') {
    if (request.subresource === 'binding') return bindPod(server, request)
    if (request.subresource === 'eviction') return evictPod(server, request, parent(server, request) as Pod)
  }
  if (type.group === '' && type.resource === 'serviceaccounts' && request.subresource === 'token') {
    // The body was decoded with TokenRequest's schema.
    return issueToken(server, request.namespace, request.name, request.body as unknown as Partial<TokenRequest>)
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
  const { object } = updateObject(server, { resource, namespace, name, dryRun, owner }, scaled)
  return writtenScaleOf(object, paths)
}

function isEphemeral({ resource, subresource }: SubresourceRequest): boolean {
  return resource.type.group === '' && resource.type.resource === 'pods' && subresource === 'ephemeralcontainers'
}

/** The stored pod with the ephemeral containers of the request. */
function updateEphemeral(server: ServerState, request: SubresourceWrite, old: Pod): KubeObject {
  const { resource, namespace, name, subresource, dryRun, owner, body } = request
  const next = mutableCopy(old) as unknown as MutableObject & { spec: { ephemeralContainers?: unknown } }
  const { ephemeralContainers } = (body as unknown as Pod).spec
  const { resourceVersion } = body.metadata
  next.metadata = { ...next.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) }
  next.spec = { ...next.spec, ephemeralContainers: ephemeralContainers ?? [] }
  return updateObject(server, { resource, namespace, name, subresource, dryRun, owner }, next).object
}

function finalizeNamespace(server: ServerState, request: SubresourceWrite, old: Namespace): KubeObject {
  const { resource, namespace, name } = request
  const next = mutableCopy(old) as unknown as MutableObject
  const spec = request.body.spec
  const finalizers = typeof spec === 'object' && spec !== null && 'finalizers' in spec ? spec.finalizers : undefined
  next.spec = { ...old.spec, finalizers: Array.isArray(finalizers) ? finalizers : [] }
  return updateObject(server, { resource, namespace, name, subresource: 'finalize', owner: request.owner }, next).object
}

interface BindingBody {
  readonly target?: { readonly kind?: string; readonly name?: string }
}

function bindPod(server: ServerState, request: SubresourceWrite): Status {
  const pod = parent(server, request) as Pod
  const { target } = request.body as unknown as BindingBody
  const nodeName = target?.name ?? ''
  if (nodeName === '') throw badRequest('Binding "" is invalid: target.name: Required value')
  if (target?.kind !== undefined && target.kind !== '' && target.kind !== 'Node' && target.kind !== 'Minion') {
    throw badRequest(
      `Binding "${request.name}" is invalid: target.kind: Unsupported value: "${target.kind}": supported values: "Node", "<empty>"`,
    )
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    throw conflict(
      { ...request.resource.type, resource: 'pods/binding' },
      request.name,
      `pod ${request.name} is being deleted, cannot be assigned to a host`,
    )
  }
  if ((pod.spec.nodeName ?? '') !== '') {
    throw conflict(
      { ...request.resource.type, resource: 'pods/binding' },
      request.name,
      `pod ${request.name} is already assigned to node "${pod.spec.nodeName ?? ''}"`,
    )
  }
  if (request.dryRun !== true) server.store.put(request.resource.type, boundPod(server, pod, nodeName))
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }
}

const TOPOLOGY_LABELS = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'] as const

/** The pod on its node: nodeName, PodScheduled, and the node's topology labels (copied since 1.35). */
function boundPod(server: ServerState, pod: Pod, nodeName: string): Pod {
  const node = server.store.get(nodes, undefined, nodeName)
  const labels = new Map(Object.entries(pod.metadata.labels ?? {}))
  for (const label of TOPOLOGY_LABELS) {
    const value = node?.metadata.labels?.[label]
    if (value !== undefined) labels.set(label, value)
  }
  const others = (pod.status?.conditions ?? []).filter((condition) => condition.type !== 'PodScheduled')
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: server.engine.clock.timestamp(),
  }
  return {
    ...pod,
    metadata: { ...pod.metadata, ...(labels.size > 0 ? { labels: Object.fromEntries(labels) } : {}) },
    spec: { ...pod.spec, nodeName },
    status: { ...pod.status, conditions: [...others, scheduled] },
  } as Pod
}

export function isStatus(answer: SubresourceAnswer): answer is Status {
  return answer.kind === 'Status' && !(answer instanceof StatusError)
}

// pods/binding, and `bindings` of a namespace, which is the same under another name: a pod gets its node.
// Source: kubernetes registry/core/pod/storage (BindingREST, LegacyBindingREST), core/validation (ValidatePodBinding).

import type { Pod } from '../objects/index.ts'
import { nodes, pods } from '../resources/served-types.ts'
import { badRequest, conflict, notFound, plainError } from '../status/errors.ts'
import type { Status } from '../status/status-error.ts'
import { copyFields } from '../store/share.ts'
import type { FieldError } from '../validation/field-error.ts'
import { notSupported, required } from '../validation/field-errors.ts'
import type { ServerState } from './server-state.ts'
import type { SubresourceWrite } from './subresources.ts'

interface BindingBody {
  readonly metadata: {
    readonly name?: string
    readonly uid?: string
    readonly resourceVersion?: string
    readonly annotations?: Readonly<Record<string, string>>
    readonly labels?: Labels
  }
  readonly target?: { readonly kind?: string; readonly name?: string }
}

const SUCCESS: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }

export function bindPod(server: ServerState, request: SubresourceWrite): Status {
  const { namespace, name } = request
  // The body was decoded with Binding's schema.
  const binding = request.body as unknown as BindingBody
  if ((binding.metadata.name ?? '') !== name) {
    throw badRequest('name in URL does not match name in Binding object')
  }
  refuseBadTarget(binding)
  if (name === '') throw badRequest('Name parameter required.')
  const pod = server.store.get(pods, namespace, name)
  if (pod === undefined) throw notFound(pods, name)
  checkPreconditions(binding, pod, request.dryRun === true ? '' : '/registry')
  const problem = bindingProblem(pod)
  if (problem !== undefined) throw conflict({ ...pods, resource: 'pods/binding' }, name, problem)
  if (request.dryRun !== true) server.store.put(pods, boundPod(server, pod, binding))
  return SUCCESS
}

/** Told as a bare error, which the server has no better status for. */
function refuseBadTarget({ target = {} }: BindingBody): void {
  const { kind = '', name = '' } = target
  const errors: FieldError[] = []
  if (kind !== '' && kind !== 'Node') errors.push(notSupported('target.kind', kind, ['Node', '<empty>']))
  if (name === '') errors.push(required('target.name'))
  if (errors.length === 0) return
  const texts = errors.map(({ field, body }) => `${field}: ${body}`)
  throw plainError(texts.length === 1 ? texts.join('') : `[${texts.join(', ')}]`)
}

/** @param root where a store begins that is written to */
function checkPreconditions({ metadata }: BindingBody, pod: Pod, root: string): void {
  for (const [field, label] of [['uid', 'UID'] as const, ['resourceVersion', 'ResourceVersion'] as const]) {
    const wanted = metadata[field] ?? ''
    const stored = pod.metadata[field] ?? ''
    if (wanted === '' || wanted === stored) continue
    const { name, namespace = '' } = pod.metadata
    throw conflict(
      pods,
      name,
      `StorageError: invalid object, Code: 4, Key: ${root}/pods/${namespace}/${name}, ResourceVersion: 0, ` +
        `AdditionalErrorMsg: Precondition failed: ${label} in precondition: ${wanted}, ${label} in object meta: ${stored}`,
    )
  }
}

function bindingProblem({ metadata, spec }: Pod): string | undefined {
  const { name } = metadata
  if (metadata.deletionTimestamp !== undefined) return `pod ${name} is being deleted, cannot be assigned to a host`
  if ((spec.nodeName ?? '') !== '') return `pod ${name} is already assigned to node "${spec.nodeName ?? ''}"`
  if ((spec.schedulingGates ?? []).length > 0) return `pod ${name} has non-empty .spec.schedulingGates`
  return undefined
}

const TOPOLOGY_LABELS = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'] as const

type Labels = Readonly<Record<string, string>>

/**
 * The pod on its node: nodeName, PodScheduled, the labels of the binding and the node's topology labels (both copied since 1.35),
 * and no nomination (since 1.35).
 */
function boundPod(server: ServerState, pod: Pod, { metadata, target }: BindingBody): Pod {
  const nodeName = target?.name ?? ''
  const node = server.store.get(nodes, undefined, nodeName)
  const annotations = { ...pod.metadata.annotations, ...metadata.annotations }
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: server.engine.clock.timestamp(),
  }
  const sent = metadata.labels === undefined ? pod.metadata.labels : { ...pod.metadata.labels, ...metadata.labels }
  const labels = withTopology(sent, node?.metadata.labels)
  const { nominatedNodeName: _, ...status } = pod.status ?? {}
  const conditions: readonly { readonly type: string }[] = status.conditions ?? []
  const isNew = conditions.every(({ type }) => type !== 'PodScheduled')
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      ...(labels === undefined ? {} : { labels }),
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    spec: { ...pod.spec, nodeName },
    status: Object.assign(copyFields(status), {
      conditions: isNew
        ? conditions.concat(scheduled)
        : conditions.map((condition) => (condition.type === 'PodScheduled' ? scheduled : condition)),
    }),
  } as Pod
}

/** The very labels a pod has, where a node in no zone adds none: the pods of a template share them. */
function withTopology(labels: Labels | undefined, ofNode: Labels | undefined): Labels | undefined {
  let result = labels
  for (const label of TOPOLOGY_LABELS) {
    const value = ofNode?.[label]
    if (value !== undefined && result?.[label] !== value) result = { ...result, [label]: value }
  }
  return result
}

// Which nodes a DaemonSet wants a pod on, and the pod it makes for one. Pure.
// Source: kubernetes pkg/controller/daemon/daemon_controller.go (NodeShouldRunDaemonPod), daemon/util/daemonset_util.go.

import type { Affinity, DaemonSet, NewObject, Node, Pod, PodSpec, Toleration } from '@podwire/apiserver'
import { invariant } from '@podwire/engine'
import { controllerReference } from '../objects/owner.ts'
import { podFromTemplate } from '../replicas/pod-from-template.ts'
import { isTolerated, tolerates, nodeIsSelected } from '../scheduler/node-rules.ts'

export const HASH_LABEL = 'controller-revision-hash'
export const GENERATION_LABEL = 'pod-template-generation'
/** Where apps/v1 keeps what apps/v1beta2 had as spec.templateGeneration. */
const GENERATION_ANNOTATION = 'deprecated.daemonset.template.generation'

export interface Placement {
  /** A pod has to be there. */
  readonly run: boolean
  /** A pod that is there may stay. */
  readonly stay: boolean
}

const exists = (key: string, effect: string): Toleration => ({ key, operator: 'Exists', effect })

const DAEMON_TOLERATIONS: readonly Toleration[] = [
  exists('node.kubernetes.io/not-ready', 'NoExecute'),
  exists('node.kubernetes.io/unreachable', 'NoExecute'),
  exists('node.kubernetes.io/disk-pressure', 'NoSchedule'),
  exists('node.kubernetes.io/memory-pressure', 'NoSchedule'),
  exists('node.kubernetes.io/pid-pressure', 'NoSchedule'),
  exists('node.kubernetes.io/unschedulable', 'NoSchedule'),
]
const NETWORK_TOLERATION = exists('node.kubernetes.io/network-unavailable', 'NoSchedule')

const NOWHERE: Placement = { run: false, stay: false }

function templateSpec(daemonSet: DaemonSet): PodSpec {
  const { spec } = daemonSet.spec.template
  invariant(spec !== undefined, 'a stored pod template has a spec')
  return spec
}

/** The template's, and those of all daemon pods, which take the place of the same ones with a limit. */
function daemonTolerations(spec: PodSpec): readonly Toleration[] {
  const wanted = spec.hostNetwork === true ? [...DAEMON_TOLERATIONS, NETWORK_TOLERATION] : DAEMON_TOLERATIONS
  const sameAs = (one: Toleration) => (other: Toleration) =>
    one.key === other.key &&
    one.effect === other.effect &&
    one.operator === other.operator &&
    (one.value ?? '') === (other.value ?? '')
  const own = (spec.tolerations ?? []).map((toleration) => wanted.find(sameAs(toleration)) ?? toleration)
  return [...own, ...wanted.filter((toleration) => !own.some(sameAs(toleration)))]
}

/** A function that tells for each node whether the DaemonSet's pod belongs there. */
export function placementRule(daemonSet: DaemonSet): (node: Node) => Placement {
  const spec = templateSpec(daemonSet)
  const tolerations = daemonTolerations(spec)
  return (node) => {
    const { name } = node.metadata
    if (spec.nodeName !== undefined && spec.nodeName !== '' && spec.nodeName !== name) return NOWHERE
    if (!nodeIsSelected({ spec } as Pod, node)) return NOWHERE
    let stay = true
    let run = true
    for (const taint of node.spec.taints ?? []) {
      if (taint.effect === 'PreferNoSchedule' || isTolerated(taint, tolerations)) continue
      run = false
      if (taint.effect === 'NoExecute') stay = tolerations.some((toleration) => tolerates(toleration, taint))
    }
    return { run, stay: run || stay }
  }
}

/** The node a daemon pod is for: where it is, or what its affinity names. */
export function targetNode(pod: Pod): string | undefined {
  if (pod.spec.nodeName !== undefined && pod.spec.nodeName !== '') return pod.spec.nodeName
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  for (const { matchFields } of required?.nodeSelectorTerms ?? []) {
    for (const { key, operator, values } of matchFields ?? []) {
      if (key === 'metadata.name' && operator === 'In' && values?.length === 1) return values[0]
    }
  }
  return undefined
}

export function templateGeneration(daemonSet: DaemonSet): string | undefined {
  return daemonSet.metadata.annotations?.[GENERATION_ANNOTATION]
}

export function daemonPod(daemonSet: DaemonSet, nodeName: string, hash: string): NewObject<Pod> {
  const pod = podFromTemplate(
    daemonSet.spec.template,
    daemonSet,
    controllerReference(daemonSet, 'apps/v1', 'DaemonSet'),
  )
  const generation = templateGeneration(daemonSet)
  const labels = {
    ...pod.metadata.labels,
    [HASH_LABEL]: hash,
    ...(generation === undefined ? {} : { [GENERATION_LABEL]: generation }),
  }
  const spec = { ...pod.spec, affinity: boundTo(pod.spec.affinity, nodeName), tolerations: daemonTolerations(pod.spec) }
  return { ...pod, metadata: { ...pod.metadata, labels }, spec }
}

/** Required node affinity becomes the one node; everything else stays. */
function boundTo(affinity: Affinity | undefined, nodeName: string): Affinity {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [nodeName] }]
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
    },
  }
}

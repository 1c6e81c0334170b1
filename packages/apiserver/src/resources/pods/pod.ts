// Pods: strategy and registration. Defaults, admission, validation, update rules and table are files of their own here.
// Source: kubernetes registry/core/pod/strategy.go.

import type { Pod, PodCondition, PodStatus } from '../../objects/index.ts'
import { sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import type { Mutable, StrategyContext } from '../resource.ts'
import { pods } from '../served-types.ts'
import { takeAppArmorAnnotations } from './app-armor-annotations.ts'
import { admitPod, admitTolerations } from './pod-admission.ts'
import { qosClassOf } from './pod-qos.ts'
import { dropDisabledFields } from './disabled-fields.ts'
import { defaultPod } from './pod-spec-defaults.ts'
import { resizedSpec, validatePodResize } from './pod-resize.ts'
import { validatePodStatusUpdate } from './pod-status-update.ts'
import { mergeLabelKeys } from './label-keys.ts'
import { podColumns, podRowConditions } from './pod-table.ts'
import { validateEphemeralUpdate, validatePodUpdate } from './pod-update.ts'
import { validateNewPod } from './pod-validation.ts'
import { warnAboutPodName, warnAboutPodSpec } from './pod-warnings.ts'

/** What most pods begin with: theirs together, as stored objects are frozen. */
const PENDING = {
  Guaranteed: Object.freeze({ phase: 'Pending', qosClass: 'Guaranteed' }),
  Burstable: Object.freeze({ phase: 'Pending', qosClass: 'Burstable' }),
  BestEffort: Object.freeze({ phase: 'Pending', qosClass: 'BestEffort' }),
} as const satisfies Record<string, PodStatus>

function prepareForCreate(pod: Mutable<Pod>, context: StrategyContext): void {
  admitPod(pod, context)
  const qosClass = qosClassOf(pod.spec)
  if (pod.spec.schedulingGates === undefined || pod.spec.schedulingGates.length === 0) pod.status = PENDING[qosClass]
  else pod.status = { phase: 'Pending', qosClass, conditions: [gatedCondition(context)] }
  mergeLabelKeys(pod)
  if (pod.metadata.annotations !== undefined) takeAppArmorAnnotations(pod, context.warn)
}

/** Updates are not warned about: seldom is a human behind them. */
function warn({ metadata, spec }: Pod, context: StrategyContext, old: Pod | undefined): void {
  if (old !== undefined) return
  warnAboutPodName(metadata.name, context.warn)
  warnAboutPodSpec(spec, 'spec', context.warn, metadata)
}

function gatedCondition(context: StrategyContext): Mutable<PodCondition> {
  return {
    type: 'PodScheduled',
    status: 'False',
    lastTransitionTime: context.clock.timestamp(),
    reason: 'SchedulingGated',
    message: 'Scheduling is blocked due to non-empty scheduling gates',
  }
}

function prepareForUpdate(pod: Mutable<Pod>, old: Pod): void {
  if (pod.spec === old.spec) return
  admitTolerations(pod.spec)
  // Unchanged specs keep their identity, so that what follows can skip them.
  if (sameValue(pod.spec, old.spec)) pod.spec = old.spec as Mutable<Pod>['spec']
}

/** /status takes the status; spec, owners and deletion stay as they are. */
function prepareForStatusUpdate(pod: Mutable<Pod>, old: Pod): void {
  pod.spec = old.spec as Mutable<Pod>['spec']
  if (old.metadata.ownerReferences === undefined) delete pod.metadata.ownerReferences
  else pod.metadata.ownerReferences = old.metadata.ownerReferences as Mutable<Pod>['metadata']['ownerReferences'] & {}
  if (pod.status === undefined) pod.status = {}
  alignAddresses(pod.status)
  pod.status.qosClass ||= old.status?.qosClass ?? qosClassOf(old.spec)
  keepObservedGenerations(pod.status, old.status ?? {})
  // DRANodeAllocatableResources, a gate that is off.
  delete pod.status.nodeAllocatableResourceClaimStatuses
}

function defaults(pod: Mutable<Pod>): void {
  defaultPod(pod)
  if (pod.status !== undefined) alignAddresses(pod.status)
}

/** Two spellings of a pod's address, kept in step: the older one counts, as kubelets of old know no other. */
function alignAddresses(status: Mutable<PodStatus>): void {
  const { podIP = '', podIPs = [] } = status
  const [first] = podIPs
  if (podIP !== '' && podIP !== first?.ip) status.podIPs = [{ ip: podIP }]
  else if (podIP === '' && first !== undefined) status.podIP = first.ip
}

/** Clients that do not know of generations leave them as they were. */
function keepObservedGenerations(status: Mutable<PodStatus>, old: PodStatus): void {
  if (!status.observedGeneration && old.observedGeneration) status.observedGeneration = old.observedGeneration
  const { conditions = [] } = status
  if (conditions.every(({ observedGeneration }) => observedGeneration)) return
  const before = [...(old.conditions ?? [])]
  for (const [place, condition] of conditions.entries()) {
    const index = before.findIndex(({ type }) => type === condition.type)
    const [known] = index < 0 ? [] : before.splice(index, 1)
    if (!condition.observedGeneration && known?.observedGeneration) {
      // A writer may hand on what is stored, which nobody edits.
      conditions[place] = { ...condition, observedGeneration: known.observedGeneration }
    }
  }
}

/** An ephemeral container is added to the list; all else stays. */
function withEphemeralContainers({ spec }: Pod, old: Pod): Pod {
  const { ephemeralContainers: _old, ...rest } = old.spec
  const { ephemeralContainers } = spec
  return { ...old, spec: { ...rest, ...(ephemeralContainers === undefined ? {} : { ephemeralContainers }) } }
}

export const pod = defineResource<Pod>({
  type: pods,
  singular: 'pod',
  shortNames: ['po'],
  categories: ['all'],
  schema: 'io.k8s.api.core.v1.Pod',
  status: true,
  subresources: [
    { name: 'attach', kind: 'PodAttachOptions', verbs: ['create', 'get'] },
    { name: 'binding', kind: 'Binding', verbs: ['create'] },
    { name: 'ephemeralcontainers', kind: 'Pod', verbs: ['get', 'patch', 'update'] },
    { name: 'eviction', group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] },
    { name: 'exec', kind: 'PodExecOptions', verbs: ['create', 'get'] },
    { name: 'log', kind: 'Pod', verbs: ['get'] },
    { name: 'portforward', kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
    { name: 'resize', kind: 'Pod', verbs: ['get', 'patch', 'update'] },
  ],
  returnsDeletedObject: true,
  selectableFields: {
    'spec.nodeName': ({ spec }) => spec.nodeName ?? '',
    'spec.host': ({ spec }) => spec.nodeName ?? '',
    'spec.restartPolicy': ({ spec }) => spec.restartPolicy ?? '',
    'spec.schedulerName': ({ spec }) => spec.schedulerName ?? '',
    'spec.serviceAccountName': ({ spec }) => spec.serviceAccountName ?? '',
    'spec.hostNetwork': ({ spec }) => String(spec.hostNetwork === true),
    'status.phase': ({ status }) => status?.phase ?? '',
    'status.podIP': ({ status }) => status?.podIPs?.[0]?.ip ?? status?.podIP ?? '',
    // Known as a field, and empty in every pod.
    'status.podIPs': () => '',
    'status.nominatedNodeName': ({ status }) => status?.nominatedNodeName ?? '',
  },
  columns: podColumns,
  rowConditions: podRowConditions,
  strategy: {
    defaults,
    dropDisabled: ({ spec }) => dropDisabledFields(spec),
    prepareForCreate,
    prepareForUpdate,
    prepareForStatusUpdate,
    validateCreate: validateNewPod,
    validateUpdate: validatePodUpdate,
    validateStatusUpdate: validatePodStatusUpdate,
    partialUpdates: {
      ephemeralcontainers: { merge: withEphemeralContainers, validate: validateEphemeralUpdate },
      resize: {
        merge: ({ spec }, old) => ({ ...old, spec: resizedSpec(spec, old.spec) }),
        validate: validatePodResize,
      },
    },
    warn,
    bumpsGeneration: (object, old) => object.spec !== old.spec,
  },
})

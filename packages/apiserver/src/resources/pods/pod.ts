// Pods: strategy and registration. Defaults, admission, validation, update rules and table are files of their own here.
// Source: kubernetes registry/core/pod/strategy.go.

import type { Pod, PodCondition, PodStatus } from '../../objects/index.ts'
import { checkIp } from '../../validation/address-checks.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import type { Mutable, StrategyContext } from '../resource.ts'
import { pods } from '../served-types.ts'
import { admitPod, admitTolerations } from './pod-admission.ts'
import { qosClassOf } from './pod-qos.ts'
import { defaultPod } from './pod-spec-defaults.ts'
import { refuseEphemeralContainers, validatePodSpec } from './pod-spec-validation.ts'
import { podColumns, podRowConditions } from './pod-table.ts'
import { validatePodUpdate } from './pod-update.ts'
import { warnAboutPodName, warnAboutPodSpec } from './pod-warnings.ts'

function prepareForCreate(pod: Mutable<Pod>, context: StrategyContext): void {
  admitPod(pod, context)
  const status: Mutable<PodStatus> = { phase: 'Pending', qosClass: qosClassOf(pod.spec) }
  if ((pod.spec.schedulingGates ?? []).length > 0) status.conditions = [gatedCondition(context)]
  pod.status = status
}

function warn(pod: Pod, context: StrategyContext): void {
  warnAboutPodName(pod.metadata.name, context.warn)
  warnAboutPodSpec(pod.spec, 'spec', context.warn)
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
  pod.status.qosClass ??= old.status?.qosClass ?? qosClassOf(old.spec)
}

function validate(pod: Pod): readonly FieldError[] {
  const errors: FieldError[] = []
  validatePodSpec(pod.spec, 'spec', errors)
  return errors
}

function validateCreate(pod: Pod): readonly FieldError[] {
  const errors: FieldError[] = []
  refuseEphemeralContainers(pod.spec, 'spec', errors)
  return errors
}

function validateStatusUpdate(pod: Pod): readonly FieldError[] {
  const { podIPs = [] } = pod.status ?? {}
  return podIPs.flatMap(({ ip }, index) => checkIp(ip, `status.podIPs[${index}]`))
}

export const pod = defineResource<Pod>({
  type: pods,
  singular: 'pod',
  shortNames: ['po'],
  categories: ['all'],
  schema: 'io.k8s.api.core.v1.Pod',
  status: true,
  // Resize is not simulated: it is absent here, so the server refuses it by name.
  subresources: [
    { name: 'attach', kind: 'PodAttachOptions', verbs: ['create', 'get'] },
    { name: 'binding', kind: 'Binding', verbs: ['create'] },
    { name: 'ephemeralcontainers', kind: 'Pod', verbs: ['get', 'patch', 'update'] },
    { name: 'eviction', group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] },
    { name: 'exec', kind: 'PodExecOptions', verbs: ['create', 'get'] },
    { name: 'log', kind: 'Pod', verbs: ['get'] },
    { name: 'portforward', kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
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
    'status.podIPs': ({ status }) => (status?.podIPs ?? []).map(({ ip }) => ip).join(','),
    'status.nominatedNodeName': ({ status }) => status?.nominatedNodeName ?? '',
  },
  columns: podColumns,
  rowConditions: podRowConditions,
  strategy: {
    defaults: defaultPod,
    prepareForCreate,
    prepareForUpdate,
    prepareForStatusUpdate,
    // Stored specs were valid, so an update that leaves the spec alone is checked no further.
    validate,
    validateCreate,
    validateUpdate: validatePodUpdate,
    validateStatusUpdate,
    warn,
    bumpsGeneration: (object, old) => object.spec !== old.spec,
  },
})

// StatefulSets. Source: kubernetes apps/v1/defaults.go, registry/apps/statefulset, printers printStatefulSet; validation is
// a file of its own.

import type { StatefulSet } from '../../objects/index.ts'
import { scaleSubresource } from '../autoscaling/scale.ts'
import { isNewGeneration, sameValue } from '../compare.ts'
import { defaultClaim } from '../core/persistent-volume-claim.ts'
import { warnAboutFractions } from '../core/volume-warnings.ts'
import { defineResource } from '../define-resource.ts'
import { dropDisabledFields } from '../pods/disabled-fields.ts'
import { defaultPodTemplate } from '../pods/pod-spec-defaults.ts'
import { warnAboutPodSpec } from '../pods/pod-warnings.ts'
import type { Mutable, StrategyContext } from '../resource.ts'
import { statefulSets } from '../served-types.ts'
import { templateColumns } from '../tables/cells.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { validateStatefulSet, validateStatefulSetStatus, validateStatefulSetUpdate } from './stateful-set-validation.ts'
import { FIELDS_FIRST } from '../update-checks.ts'

function defaults(set: Mutable<StatefulSet>): void {
  set.spec ??= {} as Mutable<StatefulSet>['spec']
  const { spec } = set
  spec.replicas ??= 1
  spec.revisionHistoryLimit ??= 10
  spec.serviceName ??= ''
  spec.podManagementPolicy ||= 'OrderedReady'
  spec.updateStrategy ??= {}
  if ((spec.updateStrategy.type ?? '') === '') {
    spec.updateStrategy.type = 'RollingUpdate'
    // Whoever names the type is not given the rest.
    spec.updateStrategy.rollingUpdate ??= {}
  }
  const { type, rollingUpdate } = spec.updateStrategy
  if (type === 'RollingUpdate' && rollingUpdate !== undefined) rollingUpdate.partition ??= 0
  spec.persistentVolumeClaimRetentionPolicy ??= {}
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain'
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain'
  if (spec.ordinals !== undefined) spec.ordinals.start ??= 0
  spec.template ??= {}
  defaultPodTemplate(spec.template)
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion = 'v1'
    claim.kind = 'PersistentVolumeClaim'
    defaultClaim(claim)
    claim.status ??= {}
    claim.status.phase ||= 'Pending'
  }
  defaultStatus(set)
}

/** Both counts are always printed. */
function defaultStatus(set: Mutable<StatefulSet>): void {
  if (set.status === undefined) return
  set.status.replicas ??= 0
  set.status.availableReplicas ??= 0
}

/** MaxUnavailableStatefulSet is off since 1.35.4: who did not have the field cannot set it. */
function dropMaxUnavailable(set: Mutable<StatefulSet>, old?: StatefulSet): void {
  if (old?.spec.updateStrategy?.rollingUpdate?.maxUnavailable !== undefined) return
  delete set.spec.updateStrategy?.rollingUpdate?.maxUnavailable
}

function warn(set: StatefulSet, context: StrategyContext, old?: StatefulSet): void {
  const { template, revisionHistoryLimit, volumeClaimTemplates = [] } = set.spec
  // Names that are no labels are refused, not warned about.
  if (template.spec !== undefined && isNewGeneration(set, old)) {
    warnAboutPodSpec(template.spec, 'spec.template.spec', context.warn, template.metadata)
  }
  for (const [index, claim] of volumeClaimTemplates.entries()) {
    warnAboutFractions(claim.spec, `spec.volumeClaimTemplates[${index}]`, context.warn)
  }
  if (revisionHistoryLimit !== undefined && revisionHistoryLimit < 0) {
    context.warn(
      'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended',
    )
  }
}

export const statefulSet = defineResource<StatefulSet>({
  type: statefulSets,
  singular: 'statefulset',
  shortNames: ['sts'],
  categories: ['all'],
  schema: 'io.k8s.api.apps.v1.StatefulSet',
  // Pods are named after it.
  nameRule: 'dns-label',
  status: true,
  subresources: [scaleSubresource],
  columns: [
    nameColumn(),
    column(
      'Ready',
      { description: 'Number of the pod with ready state' },
      ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
    ),
    ageColumn(),
    // The selector is the only wide column of workloads that StatefulSets lack.
    ...templateColumns<StatefulSet>(({ spec }) => spec.template, { description: '-', text: () => '' }).slice(0, 2),
  ],
  strategy: {
    defaults,
    dropDisabled: ({ spec }) => dropDisabledFields(spec.template.spec),
    prepareForCreate: (set) => {
      set.status = { replicas: 0, availableReplicas: 0 }
      dropMaxUnavailable(set)
    },
    prepareForUpdate: dropMaxUnavailable,
    prepareForStatusUpdate: (set, old) => {
      set.spec = old.spec as Mutable<StatefulSet>['spec']
      set.status ??= { replicas: 0 }
      defaultStatus(set)
    },
    validate: (set, _context, old) => validateStatefulSet(set, old),
    validateUpdate: validateStatefulSetUpdate,
    validateStatusUpdate: validateStatefulSetStatus,
    warn,
    bumpsGeneration: ({ spec }, { spec: old }) => !sameValue(spec, old),
    updateChecks: FIELDS_FIRST,
  },
})

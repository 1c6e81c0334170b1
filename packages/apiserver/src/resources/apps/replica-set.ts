// ReplicaSets. Source: kubernetes apps/validation ValidateReplicaSet, registry/apps/replicaset, printers printReplicaSet.

import type { ReplicaSet } from '../../objects/index.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import { formatLabelSelector } from '../../selectors/label-selector-object.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { scaleSubresource } from '../autoscaling/scale.ts'
import { sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import { dropDisabledFields } from '../pods/disabled-fields.ts'
import { defaultPodTemplate } from '../pods/pod-spec-defaults.ts'
import type { Mutable, StrategyContext } from '../resource.ts'
import { replicaSets } from '../served-types.ts'
import { templateColumns } from '../tables/cells.ts'
import { replicaColumns } from './replica-columns.ts'
import { validateReplicaStatus } from './status-validation.ts'
import {
  validateNonNegative,
  validateSelector,
  validateSelectorUpdate,
  validateTemplate,
} from './workload-validation.ts'
import { warnAboutWorkload } from './workload-warnings.ts'
import { FIELDS_FIRST } from '../update-checks.ts'

function defaults(set: Mutable<ReplicaSet>): void {
  set.spec ??= {} as Mutable<ReplicaSet>['spec']
  set.spec.replicas ??= 1
  set.spec.template ??= {}
  defaultPodTemplate(set.spec.template)
}

function prepareForCreate(set: Mutable<ReplicaSet>): void {
  set.status = { replicas: 0 }
}

function warn(set: ReplicaSet, context: StrategyContext, old?: ReplicaSet): void {
  warnAboutWorkload(set, set.spec.template, context.warn, old)
}

function validate({ spec }: ReplicaSet): readonly FieldError[] {
  const errors: FieldError[] = []
  validateNonNegative(spec.replicas, 'spec.replicas', errors)
  validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors)
  // The kind in the text is wrong; the real server says so too.
  validateSelector(spec.selector, 'deployment', errors)
  validateTemplate(spec.template, spec.selector, errors)
  return errors
}

export const replicaSet = defineResource<ReplicaSet>({
  type: replicaSets,
  singular: 'replicaset',
  shortNames: ['rs'],
  categories: ['all'],
  schema: 'io.k8s.api.apps.v1.ReplicaSet',
  status: true,
  subresources: [scaleSubresource],
  columns: [
    ...replicaColumns<ReplicaSet>({
      desired: columnDescriptions['ReplicaSetSpec.replicas'],
      current: columnDescriptions['ReplicaSetStatus.replicas'],
      ready: columnDescriptions['ReplicaSetStatus.readyReplicas'],
    }),
    ...templateColumns<ReplicaSet>(({ spec }) => spec.template, {
      description:
        'Selector is a label query over pods that should match the replica count. Label keys and values that must match in ' +
        "order to be controlled by this replica set. It must match the pod template's labels. More info: " +
        'https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors',
      text: ({ spec }) => formatLabelSelector(spec.selector),
    }),
  ],
  strategy: {
    defaults,
    dropDisabled: ({ spec }) => dropDisabledFields(spec.template?.spec),
    prepareForCreate,
    validate,
    validateUpdate: validateSelectorUpdate(),
    validateStatusUpdate: validateReplicaStatus,
    warn,
    bumpsGeneration: ({ spec }, { spec: old }) => !sameValue(spec, old),
    updateChecks: FIELDS_FIRST,
  },
})

// ReplicationControllers. Source: kubernetes core/v1/defaults.go, core/validation ValidateReplicationController, printers.

import type { ReplicationController } from '../../objects/index.ts'
import { printedLabels } from '../../decode/sent-empty.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import { matchesLabels } from '../../selectors/label-selector-object.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported, required } from '../../validation/field-errors.ts'
import { replicaColumns } from '../apps/replica-columns.ts'
import { validateReplicaStatus } from '../apps/status-validation.ts'
import { validateNonNegative } from '../apps/workload-validation.ts'
import { warnAboutWorkload } from '../apps/workload-warnings.ts'
import { scaleSubresource } from '../autoscaling/scale.ts'
import { sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import { dropDisabledFields } from '../pods/disabled-fields.ts'
import { defaultPodTemplate } from '../pods/pod-spec-defaults.ts'
import { validatePodTemplate } from '../pods/pod-spec-validation.ts'
import type { Mutable, StrategyContext } from '../resource.ts'
import { replicationControllers } from '../served-types.ts'
import { labelsText, templateColumns } from '../tables/cells.ts'
import { FIELDS_FIRST } from '../update-checks.ts'

function defaults(controller: Mutable<ReplicationController>): void {
  controller.spec ??= {}
  const { spec } = controller
  spec.replicas ??= 1
  if (spec.template === undefined) return
  defaultPodTemplate(spec.template)
  const labels = spec.template.metadata?.labels
  if (labels === undefined) return
  if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels }
  if (Object.keys(controller.metadata.labels ?? {}).length === 0) controller.metadata.labels = { ...labels }
}

function prepareForCreate(controller: Mutable<ReplicationController>): void {
  controller.status = { replicas: 0 }
}

function warn(controller: ReplicationController, context: StrategyContext, old?: ReplicationController): void {
  warnAboutWorkload(controller, controller.spec.template, context.warn, old)
}

function validate({ spec }: ReplicationController): readonly FieldError[] {
  const errors: FieldError[] = []
  const { selector = {}, template } = spec
  validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors)
  // What the labels look like is not asked: they have to match the template's, which are checked.
  if (Object.keys(selector).length === 0) errors.push(required('spec.selector'))
  validateNonNegative(spec.replicas, 'spec.replicas', errors)
  if (template === undefined) {
    errors.push(required('spec.template'))
    return errors
  }
  const labels = template.metadata?.labels
  if (Object.keys(selector).length > 0 && !matchesLabels(selector, labels)) {
    errors.push(
      invalid(
        'spec.template.metadata.labels',
        printedLabels(template.metadata),
        '`selector` does not match template `labels`',
      ),
    )
  }
  validatePodTemplate(template, 'spec.template', errors)
  const restartPolicy = template.spec?.restartPolicy ?? ''
  if (restartPolicy !== 'Always')
    errors.push(notSupported('spec.template.spec.restartPolicy', restartPolicy, ['Always']))
  if (template.spec?.activeDeadlineSeconds !== undefined) {
    const text = 'activeDeadlineSeconds in ReplicationController is not Supported'
    errors.push(forbiddenField('spec.template.spec.activeDeadlineSeconds', text))
  }
  return errors
}

export const replicationController = defineResource<ReplicationController>({
  type: replicationControllers,
  nameRule: 'long-name',
  singular: 'replicationcontroller',
  shortNames: ['rc'],
  categories: ['all'],
  orphansByDefault: true,
  schema: 'io.k8s.api.core.v1.ReplicationController',
  status: true,
  subresources: [scaleSubresource],
  selectableFields: { 'status.replicas': ({ status }) => String(status?.replicas ?? 0) },
  columns: [
    ...replicaColumns<ReplicationController>({
      desired: columnDescriptions['ReplicationControllerSpec.replicas'],
      current: columnDescriptions['ReplicationControllerStatus.replicas'],
      ready: columnDescriptions['ReplicationControllerStatus.readyReplicas'],
    }),
    ...templateColumns<ReplicationController>(({ spec }) => spec.template, {
      description: columnDescriptions['ReplicationControllerSpec.selector'],
      text: ({ spec }) => labelsText(spec.selector),
    }),
  ],
  strategy: {
    defaults,
    dropDisabled: ({ spec }) => dropDisabledFields(spec.template?.spec),
    prepareForCreate,
    validate,
    validateStatusUpdate: validateReplicaStatus,
    warn,
    bumpsGeneration: ({ spec }, { spec: old }) => !sameValue(spec, old),
    updateChecks: FIELDS_FIRST,
  },
})

// Deployments. Source: kubernetes apps/v1/defaults.go, apps/validation ValidateDeployment, registry/apps/deployment,
// printers printDeployment.

import { goStruct } from '../../internal-structs/index.ts'
import type { Deployment, DeploymentSpec } from '../../objects/index.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import { formatLabelSelector } from '../../selectors/label-selector-object.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported, required } from '../../validation/field-errors.ts'
import { scaleSubresource } from '../autoscaling/scale.ts'
import { sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import { dropDisabledFields } from '../pods/disabled-fields.ts'
import { defaultPodTemplate } from '../pods/pod-spec-defaults.ts'
import type { Mutable, StrategyContext } from '../resource.ts'
import { deployments } from '../served-types.ts'
import { templateColumns } from '../tables/cells.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { amount, validateAtMostAll, validateCount } from './rolling-counts.ts'
import { validateDeploymentStatus } from './status-validation.ts'
import {
  validateNonNegative,
  validateSelector,
  validateSelectorUpdate,
  validateTemplate,
} from './workload-validation.ts'
import { warnAboutWorkload } from './workload-warnings.ts'
import { FIELDS_FIRST } from '../update-checks.ts'

function defaults(deployment: Mutable<Deployment>): void {
  deployment.spec ??= {} as Mutable<Deployment>['spec']
  const { spec } = deployment
  spec.replicas ??= 1
  spec.revisionHistoryLimit ??= 10
  spec.progressDeadlineSeconds ??= 600
  spec.strategy ??= {}
  spec.strategy.type ||= 'RollingUpdate'
  if (spec.strategy.type === 'RollingUpdate') {
    spec.strategy.rollingUpdate ??= {}
    spec.strategy.rollingUpdate.maxUnavailable ??= '25%'
    spec.strategy.rollingUpdate.maxSurge ??= '25%'
  }
  spec.template ??= {}
  defaultPodTemplate(spec.template)
}

function prepareForCreate(deployment: Mutable<Deployment>): void {
  deployment.status = {}
}

function warn(deployment: Deployment, context: StrategyContext, old?: Deployment): void {
  warnAboutWorkload(deployment, deployment.spec.template, context.warn, old)
}

function validate({ spec }: Deployment): readonly FieldError[] {
  const errors: FieldError[] = []
  validateNonNegative(spec.replicas, 'spec.replicas', errors)
  validateSelector(spec.selector, 'deployment', errors)
  validateTemplate(spec.template, spec.selector, errors)
  validateStrategy(spec, errors)
  validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors)
  validateNonNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit', errors)
  const { progressDeadlineSeconds: deadline } = spec
  if (deadline !== undefined) {
    validateNonNegative(deadline, 'spec.progressDeadlineSeconds', errors)
    if (deadline <= (spec.minReadySeconds ?? 0)) {
      errors.push(invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'))
    }
  }
  return errors
}

function validateStrategy({ strategy }: DeploymentSpec, errors: FieldError[]): void {
  const { type = '', rollingUpdate } = strategy ?? {}
  const path = 'spec.strategy.rollingUpdate'
  if (type === 'Recreate') {
    if (rollingUpdate === undefined) return
    errors.push(forbiddenField(path, "may not be specified when strategy `type` is 'Recreate'"))
  } else if (type === 'RollingUpdate') {
    if (rollingUpdate === undefined) errors.push(required(path, 'this should be defaulted and never be nil'))
    else validateRollingUpdate(rollingUpdate, path, errors)
  } else {
    // Printed as the server's own struct.
    const value = goStruct('apps.DeploymentStrategy', strategy)
    errors.push(notSupported('spec.strategy', value, ['Recreate', 'RollingUpdate']))
  }
}

function validateRollingUpdate(
  { maxUnavailable = 0, maxSurge = 0 }: NonNullable<NonNullable<DeploymentSpec['strategy']>['rollingUpdate']>,
  path: string,
  errors: FieldError[],
): void {
  validateCount(maxUnavailable, `${path}.maxUnavailable`, errors)
  validateCount(maxSurge, `${path}.maxSurge`, errors)
  if (amount(maxUnavailable) === 0 && amount(maxSurge) === 0) {
    errors.push(invalid(`${path}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'))
  }
  validateAtMostAll(maxUnavailable, `${path}.maxUnavailable`, errors)
}

function selectorText({ spec }: Deployment): string {
  const text = formatLabelSelector(spec.selector)
  return text === '<none>' ? '' : text === '<error>' ? '<invalid>' : text
}

/** Who writes a status may annotate, and not label. */
function prepareForStatusUpdate(deployment: Mutable<Deployment>, old: Deployment): void {
  deployment.spec = old.spec as Mutable<Deployment>['spec']
  const { labels } = old.metadata
  if (labels === undefined) delete deployment.metadata.labels
  else deployment.metadata.labels = labels
  deployment.status ??= {}
}

export const deployment = defineResource<Deployment>({
  type: deployments,
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  schema: 'io.k8s.api.apps.v1.Deployment',
  status: true,
  subresources: [scaleSubresource],
  columns: [
    nameColumn(),
    column(
      'Ready',
      { description: 'Number of the pod with ready state' },
      ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
    ),
    column(
      'Up-to-date',
      { description: columnDescriptions['DeploymentStatus.updatedReplicas'] },
      ({ status }) => status?.updatedReplicas ?? 0,
    ),
    column(
      'Available',
      { description: columnDescriptions['DeploymentStatus.availableReplicas'] },
      ({ status }) => status?.availableReplicas ?? 0,
    ),
    ageColumn(),
    ...templateColumns<Deployment>(({ spec }) => spec.template, {
      description:
        'Label selector for pods. Existing ReplicaSets whose pods are selected by this will be the ones affected by this ' +
        "deployment. It must match the pod template's labels.",
      text: selectorText,
    }),
  ],
  strategy: {
    defaults,
    dropDisabled: ({ spec }) => dropDisabledFields(spec.template.spec),
    prepareForCreate,
    prepareForStatusUpdate,
    validate,
    validateUpdate: validateSelectorUpdate(['extensions/v1beta1', 'apps/v1beta1']),
    validateStatusUpdate: validateDeploymentStatus,
    warn,
    bumpsGeneration: (object, old) =>
      !sameValue(object.spec, old.spec) ||
      !sameValue(object.metadata.annotations ?? {}, old.metadata.annotations ?? {}),
    updateChecks: FIELDS_FIRST,
  },
})

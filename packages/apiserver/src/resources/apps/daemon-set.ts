// DaemonSets. Source: kubernetes apps/v1/defaults.go, apps/validation ValidateDaemonSet, registry/apps/daemonset,
// printers printDaemonSet.

import { goPointer, goStruct } from '../../internal-structs/index.ts'
import type { DaemonSet, DaemonSetSpec } from '../../objects/index.ts'
import { printedLabels } from '../../decode/sent-empty.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import { formatLabelSelector, matchesLabelSelector } from '../../selectors/label-selector-object.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid, notSupported, required } from '../../validation/field-errors.ts'
import { validateLabelSelector } from '../../validation/labels.ts'
import { sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import { dropDisabledFields } from '../pods/disabled-fields.ts'
import { defaultPodTemplate } from '../pods/pod-spec-defaults.ts'
import { warnAboutPodSpec } from '../pods/pod-warnings.ts'
import type { Mutable, StrategyContext } from '../resource.ts'
import { daemonSets } from '../served-types.ts'
import { labelsText, templateColumns } from '../tables/cells.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { amount, validateAtMostAll, validateCount } from './rolling-counts.ts'
import { validateCollisions } from './status-validation.ts'
import {
  isEmpty,
  isUsable,
  validateNonNegative,
  validatePerpetual,
  validateSelectorUpdate,
} from './workload-validation.ts'

/** Counts changes of the template; a field of the beta API that lives on as an annotation. */
export const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation'

function defaults(set: Mutable<DaemonSet>): void {
  set.spec ??= {} as Mutable<DaemonSet>['spec']
  const { spec } = set
  spec.revisionHistoryLimit ??= 10
  spec.updateStrategy ??= {}
  spec.updateStrategy.type ||= 'RollingUpdate'
  if (spec.updateStrategy.type === 'RollingUpdate') {
    spec.updateStrategy.rollingUpdate ??= {}
    spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1
    spec.updateStrategy.rollingUpdate.maxSurge ??= 0
  }
  spec.template ??= {}
  defaultPodTemplate(spec.template)
  // The annotation is how v1 writes a field of its own, so it is always there, and owned by who wrote the object.
  setTemplateGeneration(set, templateGeneration(set))
}

function prepareForCreate(set: Mutable<DaemonSet>): void {
  set.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 }
  setTemplateGeneration(set, Math.max(1, templateGeneration(set)))
}

function prepareForUpdate(set: Mutable<DaemonSet>, old: DaemonSet): void {
  setTemplateGeneration(set, templateGeneration(old) + (sameValue(set.spec.template, old.spec.template) ? 0 : 1))
}

/** The count is part of the spec, whatever the request's annotations say. */
function prepareForStatusUpdate(set: Mutable<DaemonSet>, old: DaemonSet): void {
  set.spec = old.spec as Mutable<DaemonSet>['spec']
  setTemplateGeneration(set, templateGeneration(old))
}

function templateGeneration({ metadata }: DaemonSet | Mutable<DaemonSet>): number {
  const text = metadata.annotations?.[TEMPLATE_GENERATION] ?? ''
  return /^\d+$/.test(text) ? Number(text) : 0
}

function setTemplateGeneration({ metadata }: Mutable<DaemonSet>, value: number): void {
  metadata.annotations = { ...metadata.annotations, [TEMPLATE_GENERATION]: String(value) }
}

function warn(set: DaemonSet, context: StrategyContext, old?: DaemonSet): void {
  const { template } = set.spec
  if (template.spec === undefined || (old !== undefined && sameValue(template, old.spec.template))) return
  warnAboutPodSpec(template.spec, 'spec.template.spec', context.warn, template.metadata)
}

function validate({ spec }: DaemonSet): readonly FieldError[] {
  const errors: FieldError[] = []
  validateSelection(spec, errors)
  if (spec.template !== undefined) validatePerpetual(spec.template, 'DaemonSet', errors)
  validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors)
  validateUpdateStrategy(spec, errors)
  validateNonNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit', errors)
  return errors
}

/** A selector that is missing selects nothing; one that cannot be read is not asked what it selects. */
function validateSelection({ selector, template }: DaemonSetSpec, errors: FieldError[]): void {
  if (selector !== undefined) validateLabelSelector(selector, 'spec.selector', errors)
  const labels = template?.metadata?.labels
  if (isUsable(selector) && !matchesLabelSelector(selector, labels)) {
    const text = '`selector` does not match template `labels`'
    errors.push(invalid('spec.template.metadata.labels', printedLabels(template?.metadata), text))
  }
  if (selector !== undefined && isEmpty(selector)) {
    errors.push(
      invalid('spec.selector', goPointer('meta.LabelSelector', selector), 'empty selector is invalid for daemonset'),
    )
  }
}

function validateUpdateStrategy({ updateStrategy = {} }: DaemonSetSpec, errors: FieldError[]): void {
  const { type = '', rollingUpdate } = updateStrategy
  const path = 'spec.updateStrategy.rollingUpdate'
  if (type === 'OnDelete') return
  if (type !== 'RollingUpdate') {
    // Printed as the server's own struct.
    const value = goStruct('apps.DaemonSetUpdateStrategy', updateStrategy)
    errors.push(notSupported('spec.updateStrategy', value, ['RollingUpdate', 'OnDelete']))
    return
  }
  if (rollingUpdate === undefined) {
    errors.push(required(path))
    return
  }
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate
  validateCount(maxUnavailable, `${path}.maxUnavailable`, errors)
  validateCount(maxSurge, `${path}.maxSurge`, errors)
  validateAtMostAll(maxUnavailable, `${path}.maxUnavailable`, errors)
  validateAtMostAll(maxSurge, `${path}.maxSurge`, errors)
  const [down, surge] = [amount(maxUnavailable) !== 0, amount(maxSurge) !== 0]
  if (down && surge) {
    errors.push(invalid(`${path}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'))
  } else if (!down && !surge) errors.push(required(`${path}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'))
}

function validateStatusUpdate({ status }: DaemonSet, { status: old }: DaemonSet): readonly FieldError[] {
  const errors: FieldError[] = []
  validateNonNegative(status?.currentNumberScheduled, 'status.currentNumberScheduled', errors)
  validateNonNegative(status?.numberMisscheduled, 'status.numberMisscheduled', errors)
  validateNonNegative(status?.desiredNumberScheduled, 'status.desiredNumberScheduled', errors)
  validateNonNegative(status?.numberReady, 'status.numberReady', errors)
  validateNonNegative(status?.observedGeneration, 'status.observedGeneration', errors)
  validateNonNegative(status?.updatedNumberScheduled, 'status.updatedNumberScheduled', errors)
  validateNonNegative(status?.numberAvailable, 'status.numberAvailable', errors)
  validateNonNegative(status?.numberUnavailable, 'status.numberUnavailable', errors)
  validateNonNegative(status?.collisionCount, 'status.collisionCount', errors)
  validateCollisions(status?.collisionCount, old?.collisionCount, errors)
  return errors
}

type Counter =
  'desiredNumberScheduled' | 'currentNumberScheduled' | 'numberReady' | 'updatedNumberScheduled' | 'numberAvailable'

const COUNTERS: readonly (readonly [string, Counter])[] = [
  ['Desired', 'desiredNumberScheduled'],
  ['Current', 'currentNumberScheduled'],
  ['Ready', 'numberReady'],
  ['Up-to-date', 'updatedNumberScheduled'],
  ['Available', 'numberAvailable'],
]

export const daemonSet = defineResource<DaemonSet>({
  type: daemonSets,
  singular: 'daemonset',
  shortNames: ['ds'],
  categories: ['all'],
  schema: 'io.k8s.api.apps.v1.DaemonSet',
  status: true,
  columns: [
    nameColumn(),
    ...COUNTERS.map(([name, field]) =>
      column<DaemonSet>(
        name,
        { type: 'integer', description: columnDescriptions[`DaemonSetStatus.${field}`] },
        ({ status }) => status?.[field] ?? 0,
      ),
    ),
    column('Node Selector', { description: columnDescriptions['PodSpec.nodeSelector'] }, ({ spec }) =>
      labelsText(spec.template.spec?.nodeSelector),
    ),
    ageColumn(),
    ...templateColumns<DaemonSet>(({ spec }) => spec.template, {
      description:
        'A label query over pods that are managed by the daemon set. Must match in order to be controlled. It must match ' +
        "the pod template's labels. More info: " +
        'https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors',
      text: ({ spec }) => formatLabelSelector(spec.selector),
    }),
  ],
  strategy: {
    defaults,
    dropDisabled: ({ spec }) => dropDisabledFields(spec.template.spec),
    prepareForCreate,
    prepareForUpdate,
    prepareForStatusUpdate,
    validate,
    validateUpdate: validateSelectorUpdate(),
    validateStatusUpdate,
    warn,
    bumpsGeneration: ({ spec }, { spec: old }) => !sameValue(spec, old),
    updateChecks: ['meta-update', 'changes', 'whole'],
  },
})

// Rules Deployments, ReplicaSets and ReplicationControllers share. Source: kubernetes apps/validation, core/validation.

import { goPointer } from '../../internal-structs/index.ts'
import type { LabelSelector, PodTemplateSpec } from '../../objects/index.ts'
import { printedLabels } from '../../decode/sent-empty.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported, required } from '../../validation/field-errors.ts'
import { validateLabelSelector } from '../../validation/labels.ts'
import { matchesLabelSelector } from '../../selectors/label-selector-object.ts'
import { sameValue } from '../compare.ts'
import { validatePodTemplate } from '../pods/pod-spec-validation.ts'
import type { StrategyContext } from '../resource.ts'

export function validateNonNegative(value: number | undefined, path: string, errors: FieldError[]): void {
  if (value !== undefined && value < 0) errors.push(invalid(path, value, 'must be greater than or equal to 0'))
}

/** The selector of a workload: present, valid, and not empty. */
export function validateSelector(selector: LabelSelector | undefined, kind: string, errors: FieldError[]): void {
  if (selector === undefined) {
    errors.push(required('spec.selector'))
    return
  }
  validateLabelSelector(selector, 'spec.selector', errors)
  if (isEmpty(selector))
    errors.push(
      invalid('spec.selector', goPointer('meta.LabelSelector', selector), `empty selector is invalid for ${kind}`),
    )
}

/** A selector stays what it is; the first versions of a kind let it change. */
export function validateSelectorUpdate<T extends { readonly spec: { readonly selector?: LabelSelector } }>(
  firstVersions: readonly string[] = ['extensions/v1beta1'],
): (object: T, old: T, context: Pick<StrategyContext, 'spoken'>) => readonly FieldError[] {
  return ({ spec: { selector } }, { spec: old }, { spoken = '' }) =>
    firstVersions.includes(spoken) || sameValue(selector, old.selector)
      ? []
      : [invalid('spec.selector', goPointer('meta.LabelSelector', selector), 'field is immutable')]
}

/** Selects everything. */
export function isEmpty({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0
}

/** Whether the selector can be understood at all. */
export function isUsable(selector: LabelSelector | undefined): boolean {
  const errors: FieldError[] = []
  if (selector !== undefined) validateLabelSelector(selector, '', errors)
  return errors.length === 0
}

/** The template of a workload that runs for ever: its labels match, its pods always restart. */
export function validateTemplate(
  template: PodTemplateSpec | undefined,
  selector: LabelSelector | undefined,
  errors: FieldError[],
  kind = 'ReplicaSet',
): void {
  const path = 'spec.template'
  if (!isUsable(selector)) {
    errors.push(invalid('spec.selector', goPointer('meta.LabelSelector', selector), 'invalid label selector'))
    return
  }
  if (template === undefined) {
    errors.push(required(path))
    return
  }
  const labels = template.metadata?.labels
  const selectsAll = selector !== undefined && isEmpty(selector)
  if (!selectsAll && !matchesLabelSelector(selector, labels)) {
    errors.push(
      invalid(
        `${path}.metadata.labels`,
        printedLabels(template.metadata),
        '`selector` does not match template `labels`',
      ),
    )
  }
  validatePerpetual(template, kind, errors)
}

/** A template whose pods run for ever. */
export function validatePerpetual(template: PodTemplateSpec, kind: string, errors: FieldError[]): void {
  validatePodTemplate(template, 'spec.template', errors)
  validateForEver(template, kind, errors)
}

export function validateForEver(template: PodTemplateSpec, kind: string, errors: FieldError[]): void {
  const path = 'spec.template'
  const restartPolicy = template.spec?.restartPolicy ?? ''
  if (restartPolicy !== 'Always') errors.push(notSupported(`${path}.spec.restartPolicy`, restartPolicy, ['Always']))
  if (template.spec?.activeDeadlineSeconds !== undefined) {
    errors.push(
      forbiddenField(`${path}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`),
    )
  }
}

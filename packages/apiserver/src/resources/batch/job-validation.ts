// What a Job may say and what of it may change. Source: kubernetes batch/validation (ValidateJob, validateJobSpec,
// validateGeneratedSelector, ValidateJobSpecUpdate). Departure: failure policy rules are checked by action and shape alone.

import type { Job, JobSpec, LabelSelector, PodTemplateSpec } from '../../objects/index.ts'
import { matchesLabelSelector } from '../../selectors/label-selector-object.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid, notSupported, required } from '../../validation/field-errors.ts'
import { validateLabelSelector } from '../../validation/labels.ts'
import { validateNonNegative } from '../apps/workload-validation.ts'
import { sameValue } from '../compare.ts'
import { validatePodTemplate } from '../pods/pod-spec-validation.ts'

const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore']
const REPLACEMENT_POLICIES = ['Failed', 'TerminatingOrFailed']

export function validateJob(job: Job): readonly FieldError[] {
  const errors: FieldError[] = []
  validateGeneratedSelector(job, errors)
  validateJobSpec(job.spec, errors)
  return errors
}

function validateJobSpec(spec: JobSpec, errors: FieldError[]): void {
  validateJobFields(spec, 'spec', errors)
  const { selector, template } = spec
  if (selector === undefined) errors.push(required('spec.selector'))
  else validateLabelSelector(selector, 'spec.selector', errors)
  const labels = template.metadata?.labels
  if (selector !== undefined && !matchesLabelSelector(selector, labels)) {
    const text = '`selector` does not match template `labels`'
    errors.push(invalid('spec.template.metadata.labels', labels ?? null, text))
  }
}

function validateGeneratedSelector({ metadata, spec }: Job, errors: FieldError[]): void {
  if (spec.manualSelector === true || spec.selector === undefined) return
  const expected: LabelSelector = { matchLabels: { 'batch.kubernetes.io/controller-uid': metadata.uid } }
  const older: LabelSelector = { matchLabels: { 'controller-uid': metadata.uid } }
  if (sameValue(spec.selector, expected) || sameValue(spec.selector, older)) return
  errors.push(invalid('spec.selector', spec.selector, '`selector` not auto-generated'))
}

/** Also for the jobs a CronJob makes. */
export function validateJobFields(spec: JobSpec, path: string, errors: FieldError[]): void {
  validateNonNegative(spec.parallelism, `${path}.parallelism`, errors)
  validateNonNegative(spec.completions, `${path}.completions`, errors)
  validateNonNegative(spec.activeDeadlineSeconds, `${path}.activeDeadlineSeconds`, errors)
  validateNonNegative(spec.backoffLimit, `${path}.backoffLimit`, errors)
  validateNonNegative(spec.ttlSecondsAfterFinished, `${path}.ttlSecondsAfterFinished`, errors)
  validateNonNegative(spec.backoffLimitPerIndex, `${path}.backoffLimitPerIndex`, errors)
  if (spec.maxFailedIndexes !== undefined) {
    validateNonNegative(spec.maxFailedIndexes, `${path}.maxFailedIndexes`, errors)
    if (spec.backoffLimitPerIndex === undefined) {
      errors.push(required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'))
    }
  }
  validateMode(spec, path, errors)
  validatePolicies(spec, path, errors)
  if (spec.template !== undefined) validateJobTemplate(spec, spec.template, `${path}.template`, errors)
}

function validateMode(spec: JobSpec, path: string, errors: FieldError[]): void {
  const { completionMode, completions, backoffLimitPerIndex, maxFailedIndexes } = spec
  if (completionMode === undefined) return
  if (completionMode !== 'NonIndexed' && completionMode !== 'Indexed') {
    errors.push(notSupported(`${path}.completionMode`, completionMode, ['NonIndexed', 'Indexed']))
    return
  }
  if (completionMode === 'Indexed') {
    if (completions === undefined) {
      errors.push(required(`${path}.completions`, 'when completion mode is Indexed'))
    }
    return
  }
  const text = 'requires indexed completion mode'
  if (backoffLimitPerIndex !== undefined) {
    errors.push(invalid(`${path}.backoffLimitPerIndex`, backoffLimitPerIndex, text))
  }
  if (maxFailedIndexes !== undefined) errors.push(invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, text))
}

function validatePolicies(spec: JobSpec, path: string, errors: FieldError[]): void {
  for (const [index, rule] of (spec.podFailurePolicy?.rules ?? []).entries()) {
    const at = `${path}.podFailurePolicy.rules[${index}]`
    if (rule.action === '') errors.push(required(`${at}.action`, `valid values: ${quotedList(ACTIONS)}`))
    else if (!ACTIONS.includes(rule.action)) errors.push(notSupported(`${at}.action`, rule.action, ACTIONS))
    if (rule.onExitCodes === undefined && (rule.onPodConditions ?? []).length === 0) {
      errors.push(invalid(at, rule, 'specifying one of OnExitCodes and OnPodConditions is required'))
    }
  }
  const { podReplacementPolicy, podFailurePolicy } = spec
  if (podReplacementPolicy === undefined) return
  const at = `${path}.podReplacementPolicy`
  const allowed = podFailurePolicy === undefined ? REPLACEMENT_POLICIES : ['Failed']
  if (!allowed.includes(podReplacementPolicy)) errors.push(notSupported(at, podReplacementPolicy, allowed))
}

function quotedList(values: readonly string[]): string {
  return values.map((value) => `"${value}"`).join(', ')
}

function validateJobTemplate(spec: JobSpec, template: PodTemplateSpec, path: string, errors: FieldError[]): void {
  validatePodTemplate(template, path, errors)
  const policy = template.spec?.restartPolicy ?? ''
  const at = `${path}.spec.restartPolicy`
  if (policy !== 'OnFailure' && policy !== 'Never') {
    errors.push(required(at, 'valid values: "OnFailure", "Never"'))
  } else if (spec.podFailurePolicy !== undefined && policy !== 'Never') {
    errors.push(invalid(at, policy, 'only "Never" is supported when podFailurePolicy is specified'))
  }
}

const IMMUTABLE = 'field is immutable'

export function validateJobUpdate({ spec }: Job, { spec: old, status }: Job): readonly FieldError[] {
  const errors: FieldError[] = []
  // The server checks the spec a second time here and lists what it finds twice.
  validateJobSpec(spec, errors)
  const fixed = (field: keyof JobSpec): void => {
    if (!sameValue(spec[field], old[field])) errors.push(invalid(`spec.${field}`, spec[field] ?? null, IMMUTABLE))
  }
  // An elastic indexed job changes both counts together.
  const elastic = spec.completionMode === 'Indexed' && spec.completions === spec.parallelism
  if (!elastic) fixed('completions')
  fixed('selector')
  const suspended = old.suspend === true && status?.startTime === undefined
  if (!sameValue(templateFixed(spec, suspended), templateFixed(old, suspended))) {
    errors.push(invalid('spec.template', spec.template, IMMUTABLE))
  }
  fixed('completionMode')
  fixed('podFailurePolicy')
  fixed('backoffLimitPerIndex')
  fixed('managedBy')
  fixed('successPolicy')
  return errors
}

/** Before it ever started, a suspended job may still be told where its pods go. */
function templateFixed({ template }: JobSpec, suspended: boolean): unknown {
  if (!suspended || template.spec === undefined) return template
  const { affinity: _a, nodeSelector: _n, tolerations: _t, schedulingGates: _g, ...rest } = template.spec
  return { ...rest, labels: undefined }
}

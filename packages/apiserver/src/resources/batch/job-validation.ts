// What a Job may say. Source: kubernetes batch/validation (ValidateJob, ValidateJobSpec, validateJobSpec,
// validateGeneratedSelector). Policies are files of their own, and so is what may change.

import { goPointer } from '../../internal-structs/index.ts'
import type { Job, JobSpec, LabelSelector, PodTemplateSpec } from '../../objects/index.ts'
import { printedLabels } from '../../decode/sent-empty.ts'
import { matchesLabelSelector } from '../../selectors/label-selector-object.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid, notSupported, required, tooLong } from '../../validation/field-errors.ts'
import { validateLabelSelector } from '../../validation/labels.ts'
import { byteLength, dnsLabel } from '../../validation/names.ts'
import { validateDomainPrefixedPath } from '../../validation/domain-prefixed-path.ts'
import { validateNonNegative } from '../apps/workload-validation.ts'
import { validatePodTemplate } from '../pods/pod-spec-validation.ts'
import { validateFailurePolicy, validateReplacement } from './pod-failure-policy.ts'
import { validateSuccessPolicy } from './success-policy.ts'

const MAX_MANAGER_BYTES = 63
const MAX_INDEXED_PARALLELISM = 100_000
const MAX_FAILED_INDEXES = 100_000
/** Above it, jobs that count failures by index are limited further. */
const MANY_COMPLETIONS = 100_000
const MAX_PARALLELISM_OF_MANY = 10_000
const MAX_FAILED_OF_MANY = 10_000

/** Labels of a job's pods, in the present spelling and in the one from before there were prefixes. */
export const JOB_LABELS = {
  uid: 'batch.kubernetes.io/controller-uid',
  name: 'batch.kubernetes.io/job-name',
  oldUid: 'controller-uid',
  oldName: 'job-name',
} as const

export function validateJob(job: Job, old?: Job): readonly FieldError[] {
  const errors: FieldError[] = []
  validateGeneratedSelector(job, old, errors)
  validateJobSpec(job.spec, errors)
  validateHostnames(job, errors)
  return errors
}

/** Pods of an indexed job are called after it and their index. */
function validateHostnames({ metadata: { name }, spec }: Job, errors: FieldError[]): void {
  const { completionMode, completions = 0 } = spec
  if (completionMode !== 'Indexed' || completions <= 0) return
  const longest = `${name}-${completions - 1}`
  if (dnsLabel(longest).length === 0) return
  errors.push(invalid('metadata.name', name, `will not able to create pod with invalid DNS label: ${longest}`))
}

export function validateJobSpec(spec: JobSpec, errors: FieldError[]): void {
  validateJobFields(spec, 'spec', errors)
  const { selector, template } = spec
  if (selector === undefined) errors.push(required('spec.selector'))
  else validateLabelSelector(selector, 'spec.selector', errors)
  const labels = template.metadata?.labels
  if ((selector === undefined || isUsable(selector)) && !matchesLabelSelector(selector, labels)) {
    const text = '`selector` does not match template `labels`'
    errors.push(invalid('spec.template.metadata.labels', printedLabels(template.metadata), text))
  }
}

function validateGeneratedSelector({ metadata, spec }: Job, old: Job | undefined, errors: FieldError[]): void {
  if (spec.manualSelector === true || spec.selector === undefined) return
  const { name, uid } = metadata
  const expected: Record<string, string> = { [JOB_LABELS.oldUid]: uid, [JOB_LABELS.oldName]: name }
  const labels = spec.template.metadata?.labels
  requireLabel(labels, JOB_LABELS.oldUid, uid, errors)
  requireLabel(labels, JOB_LABELS.oldName, name, errors)
  if (hasPrefixedLabels(old)) {
    requireLabel(labels, JOB_LABELS.uid, uid, errors)
    requireLabel(labels, JOB_LABELS.name, name, errors)
    expected[JOB_LABELS.uid] = uid
    expected[JOB_LABELS.name] = name
  }
  if (!isUsable(spec.selector) || matchesLabelSelector(spec.selector, expected)) return
  errors.push(invalid('spec.selector', goPointer('meta.LabelSelector', spec.selector), '`selector` not auto-generated'))
}

/** New jobs have them; an old one may be from before. */
function hasPrefixedLabels(old: Job | undefined): boolean {
  const labels = old?.spec.template.metadata?.labels
  return old === undefined || (labels?.[JOB_LABELS.uid] !== undefined && labels[JOB_LABELS.name] !== undefined)
}

function requireLabel(
  labels: Readonly<Record<string, string>> | undefined,
  key: string,
  expected: string,
  errors: FieldError[],
): void {
  const path = `spec.template.metadata.labels[${key}]`
  const actual = labels?.[key]
  if (actual === undefined) errors.push(required(path, `must be '${expected}'`))
  else if (actual !== expected) errors.push(invalid(path, labels, `must be '${expected}'`))
}

function isUsable(selector: LabelSelector): boolean {
  const errors: FieldError[] = []
  validateLabelSelector(selector, '', errors)
  return errors.length === 0
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
  if (spec.managedBy !== undefined) {
    validateDomainPrefixedPath(spec.managedBy, `${path}.managedBy`, errors)
    if (byteLength(spec.managedBy) > MAX_MANAGER_BYTES) errors.push(tooLong(`${path}.managedBy`, MAX_MANAGER_BYTES))
  }
  validateMode(spec, path, errors)
  if (spec.podFailurePolicy !== undefined) validateFailurePolicy(spec, `${path}.podFailurePolicy`, errors)
  validateSuccessPolicy(spec, `${path}.successPolicy`, errors)
  validateReplacement(spec, `${path}.podReplacementPolicy`, errors)
  if (spec.template !== undefined) validateJobTemplate(spec, spec.template, `${path}.template`, errors)
}

function validateMode(spec: JobSpec, path: string, errors: FieldError[]): void {
  const { completionMode: mode, backoffLimitPerIndex, maxFailedIndexes } = spec
  if (mode !== undefined && mode !== 'NonIndexed' && mode !== 'Indexed') {
    errors.push(notSupported(`${path}.completionMode`, mode, ['NonIndexed', 'Indexed']))
  }
  if (mode === 'Indexed') validateIndexed(spec, path, errors)
  if (mode !== undefined && mode !== 'NonIndexed') return
  const text = 'requires indexed completion mode'
  if (backoffLimitPerIndex !== undefined) {
    errors.push(invalid(`${path}.backoffLimitPerIndex`, backoffLimitPerIndex, text))
  }
  if (maxFailedIndexes !== undefined) errors.push(invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, text))
}

function validateIndexed(spec: JobSpec, path: string, errors: FieldError[]): void {
  const { completions, parallelism, maxFailedIndexes: failed, backoffLimitPerIndex } = spec
  const atMost = (field: 'parallelism' | 'maxFailedIndexes', limit: number, when: string): void => {
    const value = spec[field]
    if (value === undefined || value <= limit) return
    errors.push(invalid(`${path}.${field}`, value, `must be less than or equal to ${limit}${when}`))
  }
  if (completions === undefined) errors.push(required(`${path}.completions`, 'when completion mode is Indexed'))
  atMost('parallelism', MAX_INDEXED_PARALLELISM, ' when completion mode is Indexed')
  if (completions !== undefined && failed !== undefined && failed > completions) {
    errors.push(invalid(`${path}.maxFailedIndexes`, failed, 'must be less than or equal to completions'))
  }
  atMost('maxFailedIndexes', MAX_FAILED_INDEXES, '')
  if (completions === undefined || completions <= MANY_COMPLETIONS || backoffLimitPerIndex === undefined) return
  if (failed === undefined) {
    const text = `must be specified when completions is above ${MANY_COMPLETIONS}`
    errors.push(required(`${path}.maxFailedIndexes`, text))
  }
  const when = ` when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`
  if (parallelism !== undefined) atMost('parallelism', MAX_PARALLELISM_OF_MANY, when)
  atMost('maxFailedIndexes', MAX_FAILED_OF_MANY, when)
}

function validateJobTemplate(spec: JobSpec, template: PodTemplateSpec, path: string, errors: FieldError[]): void {
  validatePodTemplate(template, path, errors)
  const policy = template.spec?.restartPolicy ?? ''
  const at = `${path}.spec.restartPolicy`
  if (policy === '' || policy === 'Always') errors.push(required(at, 'valid values: "OnFailure", "Never"'))
  else if (policy !== 'OnFailure' && policy !== 'Never') {
    errors.push(notSupported(at, policy, ['OnFailure', 'Never']))
  } else if (spec.podFailurePolicy !== undefined && policy !== 'Never') {
    errors.push(invalid(at, policy, 'only "Never" is supported when podFailurePolicy is specified'))
  }
}

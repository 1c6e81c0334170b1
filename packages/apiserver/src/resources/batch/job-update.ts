// What of a Job may change. Source: kubernetes batch/validation (ValidateJobSpecUpdate, validatePodTemplateUpdate,
// validateCompletions), registry/batch/job/strategy.go (validationOptionsForJob).

import { goPointer, goStruct } from '../../internal-structs/index.ts'
import type { Container, Job, JobSpec, PodSpec } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid } from '../../validation/field-errors.ts'
import { sameValue } from '../compare.ts'
import type { StrategyContext } from '../resource.ts'
import { validateJobSpec } from './job-validation.ts'

const IMMUTABLE = 'field is immutable'
/** The minor version since which a suspended Job's resources may change. */
const RESOURCES_SINCE = 36

export function validateJobUpdate(
  { spec }: Job,
  old: Job,
  { kubernetesVersion: { minor } }: Pick<StrategyContext, 'kubernetesVersion'>,
): readonly FieldError[] {
  const errors: FieldError[] = []
  // The server checks the spec a second time here and lists what it finds twice.
  validateJobSpec(spec, errors)
  const fixed = (field: keyof JobSpec, printed: unknown = spec[field]): void => {
    if (!sameValue(spec[field], old.spec[field])) errors.push(invalid(`spec.${field}`, printed ?? null, IMMUTABLE))
  }
  if (spec.completionMode === 'Indexed') validateCompletions(spec, old.spec, errors)
  else fixed('completions')
  fixed('selector', goPointer('meta.LabelSelector', spec.selector))
  validateTemplate(spec, old, minor, errors)
  fixed('completionMode')
  fixed('podFailurePolicy', goPointer('batch.PodFailurePolicy', spec.podFailurePolicy))
  fixed('backoffLimitPerIndex')
  fixed('managedBy')
  fixed('successPolicy', goPointer('batch.SuccessPolicy', spec.successPolicy))
  return errors
}

/** An elastic indexed job changes both counts together. */
function validateCompletions({ completions, parallelism }: JobSpec, old: JobSpec, errors: FieldError[]): void {
  if (completions === undefined || completions === old.completions || completions === parallelism) return
  errors.push(invalid('spec.completions', completions, 'can only be modified in tandem with spec.parallelism'))
}

function validateTemplate({ template }: JobSpec, old: Job, minor: number, errors: FieldError[]): void {
  const { metadata = {}, spec } = template
  const { metadata: oldMetadata = {}, spec: oldSpec } = old.spec.template
  if (minor >= RESOURCES_SINCE) {
    if (isHeld(old)) {
      if (!sameValue(spec, withResources(withDirectives(oldSpec, spec), spec)))
        errors.push(invalid('spec.template.spec', goStruct('core.PodSpec', printedSpec(spec)), IMMUTABLE))
      return
    }
  } else if (isUnstarted(old)) {
    const { labels, annotations } = metadata
    if (
      !sameValue(metadata, { ...oldMetadata, labels, annotations }) ||
      !sameValue(spec, withDirectives(oldSpec, spec))
    )
      errors.push(
        invalid('spec.template', goStruct('core.PodTemplateSpec', { ...template, spec: printedSpec(spec) }), IMMUTABLE),
      )
    return
  }
  if (!sameValue(metadata, oldMetadata) || !sameValue(spec, oldSpec))
    errors.push(
      invalid('spec.template', goStruct('core.PodTemplateSpec', { ...template, spec: printedSpec(spec) }), IMMUTABLE),
    )
}

/** Containers nobody sent are nil in Go. */
function printedSpec(spec: PodSpec | undefined): object | undefined {
  if (spec === undefined || spec.containers.length > 0) return spec
  const { containers: _none, ...rest } = spec
  return rest
}

/** Suspended before it ever started: it may still be told where its pods go. */
function isUnstarted({ spec, status }: Job): boolean {
  return spec.suspend === true && status?.startTime === undefined
}

/** Suspended, and no pod of it runs: where its pods go and what they are given may change. */
function isHeld(job: Job): boolean {
  const { active = 0, conditions = [] } = job.status ?? {}
  const isKnown = conditions.some(({ type, status }) => type === 'Suspended' && status === 'True')
  return job.spec.suspend === true && active === 0 && (isUnstarted(job) || isKnown)
}

/** `old` with what of `spec` decides where pods go. Of the affinity, that is the part about nodes. */
function withDirectives(old: PodSpec | undefined, spec: PodSpec | undefined): PodSpec | undefined {
  if (old === undefined || spec === undefined) return old
  const { affinity: oldAffinity, ...rest } = old
  const { nodeSelector, tolerations, schedulingGates, affinity } = spec
  const { nodeAffinity: _nodes, ...others } = oldAffinity ?? {}
  const kept = affinity?.nodeAffinity === undefined ? others : { ...others, nodeAffinity: affinity.nodeAffinity }
  const dropped = affinity === undefined && Object.keys(others).length === 0
  const same = affinity === undefined && oldAffinity === undefined
  const merged = { ...rest, nodeSelector, tolerations, schedulingGates, affinity: same || dropped ? undefined : kept }
  return merged as PodSpec
}

/** `old` with the resources `spec` gives to containers of the same names. */
function withResources(old: PodSpec | undefined, spec: PodSpec | undefined): PodSpec | undefined {
  if (old === undefined || spec === undefined) return old
  const merge = (before: readonly Container[] = [], now: readonly Container[] = []): readonly Container[] =>
    before.length !== now.length
      ? before
      : before.map((container, index) => {
          const { name, resources } = now[index] ?? { name: '' }
          return name === container.name ? ({ ...container, resources } as Container) : container
        })
  const { initContainers } = old
  return {
    ...old,
    containers: merge(old.containers, spec.containers),
    ...(initContainers === undefined ? {} : { initContainers: merge(initContainers, spec.initContainers) }),
  }
}

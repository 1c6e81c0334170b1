// Jobs: defaults, the selector the server makes, and the table. Source: kubernetes batch/v1/defaults.go,
// registry/batch/job/strategy.go, printers printJob; validation is a file of its own.

import { compareKeys } from '@podwire/engine'
import type { Clock } from '@podwire/engine'
import type { Job } from '../../objects/index.ts'
import { quote } from '../../validation/field-errors.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import { formatLabelSelector } from '../../selectors/label-selector-object.ts'
import { isNewGeneration, sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import { dropDisabledFields } from '../pods/disabled-fields.ts'
import { defaultPodTemplate } from '../pods/pod-spec-defaults.ts'
import { warnAboutWorkloadName } from '../pods/pod-warnings.ts'
import type { Mutable, StrategyContext } from '../resource.ts'
import { jobs } from '../served-types.ts'
import { templateColumns } from '../tables/cells.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { age, humanDuration } from '../tables/human-duration.ts'
import { validateJobStatus } from './job-status-validation.ts'
import { validateJobUpdate } from './job-update.ts'
import { JOB_LABELS, validateJob } from './job-validation.ts'
import { warnAboutJob } from './job-warnings.ts'
import { defaultFailurePolicy } from './pod-failure-policy.ts'
import { WHOLE_THEN_UPDATE } from '../update-checks.ts'

const MAX_INT32 = 2_147_483_647

/** CronJobs show it too. */
export const JOB_SELECTOR_DESCRIPTION =
  'A label query over pods that should match the pod count. Normally, the system sets this field for you. More info: ' +
  'https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors'

function defaults(job: Mutable<Job>): void {
  job.spec ??= {} as Mutable<Job>['spec']
  const { spec } = job
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1
  spec.parallelism ??= 1
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : MAX_INT32
  spec.completionMode ??= 'NonIndexed'
  spec.suspend ??= false
  spec.manualSelector ??= false
  spec.podReplacementPolicy ??= spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed'
  defaultFailurePolicy(spec.podFailurePolicy)
  spec.template ??= {}
  defaultPodTemplate(spec.template)
  defaultLabels(job)
}

/** A job without labels of its own takes its template's: the very same map, as in Go. */
function defaultLabels(job: Mutable<Job>): void {
  const labels = job.spec.template.metadata?.labels
  if (labels === undefined || Object.keys(job.metadata.labels ?? {}).length > 0) return
  job.metadata.labels = labels
}

/** What is stored is given its defaults again: labels that were left out come back. */
function prepareForStatusUpdate(job: Mutable<Job>, old: Job): void {
  job.spec = old.spec as Mutable<Job>['spec']
  defaultLabels(job)
}

function prepareForCreate(job: Mutable<Job>): void {
  job.status = {}
  const { labels } = job.metadata
  const isShared = labels !== undefined && labels === job.spec.template.metadata?.labels
  if (job.spec.manualSelector !== true) generateSelector(job)
  // What is generated into a map shows wherever the map does; a job without any labels gets its template's when it is read.
  if (isShared) delete job.metadata.labels
}

/** Pods of a job carry its uid, in the present spelling and in the one from before there were prefixes. */
function generateSelector({ metadata, spec }: Mutable<Job>): void {
  const { name, uid } = metadata
  spec.template.metadata ??= {}
  spec.template.metadata.labels = sorted({
    [JOB_LABELS.uid]: uid,
    [JOB_LABELS.name]: name,
    [JOB_LABELS.oldUid]: uid,
    [JOB_LABELS.oldName]: name,
    ...spec.template.metadata.labels,
  })
  spec.selector ??= {}
  spec.selector.matchLabels = sorted({ [JOB_LABELS.uid]: uid, ...spec.selector.matchLabels })
}

/** Error texts print maps in this order. */
function sorted(map: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).sort(compareKeys))
}

function warn(job: Job, context: StrategyContext, old?: Job): void {
  if (old === undefined) warnAboutWorkloadName(job.metadata.name, context.warn)
  if (isNewGeneration(job, old)) warnAboutJob(job.spec, 'spec', context.warn)
}

const CONDITIONS = ['Complete', 'Failed', 'Suspended', 'FailureTarget', 'SuccessCriteriaMet'] as const

function statusText({ metadata, status }: Job): string {
  const holds = (type: string): boolean =>
    (status?.conditions ?? []).some((condition) => condition.type === type && condition.status === 'True')
  if (holds('Complete')) return 'Complete'
  if (holds('Failed')) return 'Failed'
  if (metadata.deletionTimestamp !== undefined) return 'Terminating'
  return CONDITIONS.find(holds) ?? 'Running'
}

function completionsText({ spec, status }: Job): string {
  const done = status?.succeeded ?? 0
  if (spec.completions !== undefined) return `${done}/${spec.completions}`
  return (spec.parallelism ?? 0) > 1 ? `${done}/1 of ${spec.parallelism}` : `${done}/1`
}

function durationText({ status }: Job, clock: Clock): string {
  const { startTime, completionTime } = status ?? {}
  if (startTime === undefined) return ''
  if (completionTime === undefined) return age(startTime, clock)
  return humanDuration((Date.parse(completionTime) - Date.parse(startTime)) / 1000)
}

export const job = defineResource<Job>({
  type: jobs,
  singular: 'job',
  categories: ['all'],
  schema: 'io.k8s.api.batch.v1.Job',
  status: true,
  orphansByDefault: true,
  unsaidPropagationWarning:
    'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set ' +
    'propagationPolicy=Orphan to suppress this warning',
  selectableFields: { 'status.successful': ({ status }) => String(status?.succeeded ?? 0) },
  unknownFieldText: (field) => `field label ${quote(field)} not supported for Job`,
  columns: [
    nameColumn(),
    column('Status', { description: 'Status of the job.' }, statusText),
    column('Completions', { description: columnDescriptions['JobStatus.succeeded'] }, completionsText),
    column('Duration', { description: 'Time required to complete the job.' }, (object, { clock }) =>
      durationText(object, clock),
    ),
    ageColumn(),
    ...templateColumns<Job>(({ spec }) => spec.template, {
      description: JOB_SELECTOR_DESCRIPTION,
      text: ({ spec }) => formatLabelSelector(spec.selector),
    }),
  ],
  strategy: {
    defaults,
    dropDisabled: ({ spec }) => dropDisabledFields(spec.template.spec),
    prepareForCreate,
    completeCreate: defaultLabels,
    validate: (object, _context, old) => validateJob(object, old),
    validateUpdate: validateJobUpdate,
    prepareForStatusUpdate,
    validateStatusUpdate: validateJobStatus,
    warn,
    bumpsGeneration: ({ spec }, { spec: old }) => !sameValue(spec, old),
    updateChecks: WHOLE_THEN_UPDATE,
  },
})

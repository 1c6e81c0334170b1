// CronJobs. Source: kubernetes batch/v1/defaults.go, batch/validation ValidateCronJob, printers printCronJob.

import { goPointer } from '../../internal-structs/index.ts'
import type { CronJob, CronJobSpec } from '../../objects/index.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import { formatLabelSelector } from '../../selectors/label-selector-object.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid, notSupported, required } from '../../validation/field-errors.ts'
import { validateNonNegative } from '../apps/workload-validation.ts'
import { isNewGeneration, sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import { dropDisabledFields } from '../pods/disabled-fields.ts'
import { defaultPodTemplate } from '../pods/pod-spec-defaults.ts'
import { warnAboutWorkloadName } from '../pods/pod-warnings.ts'
import type { Mutable, StrategyContext } from '../resource.ts'
import { cronJobs } from '../served-types.ts'
import { NONE, templateColumns } from '../tables/cells.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { age } from '../tables/human-duration.ts'
import { cronScheduleProblem } from './cron-schedule.ts'
import { JOB_SELECTOR_DESCRIPTION } from './job.ts'
import { validateJobFields } from './job-validation.ts'
import { warnAboutJob } from './job-warnings.ts'
import { defaultFailurePolicy } from './pod-failure-policy.ts'
import { timeZoneProblem } from './time-zone.ts'
import { FIELDS_FIRST } from '../update-checks.ts'

// Jobs are named after it, with eleven characters added.
const MAX_NAME = 52
const CONCURRENCY = ['Allow', 'Forbid', 'Replace']

function defaults(cron: Mutable<CronJob>): void {
  cron.spec ??= {} as Mutable<CronJob>['spec']
  const { spec } = cron
  spec.schedule ??= ''
  spec.concurrencyPolicy ||= 'Allow'
  spec.suspend ??= false
  spec.successfulJobsHistoryLimit ??= 3
  spec.failedJobsHistoryLimit ??= 1
  spec.jobTemplate ??= {}
  spec.jobTemplate.metadata ??= {}
  spec.jobTemplate.spec ??= {} as Mutable<NonNullable<CronJobSpec['jobTemplate']['spec']>>
  spec.jobTemplate.spec.template ??= {}
  defaultPodTemplate(spec.jobTemplate.spec.template)
  defaultFailurePolicy(spec.jobTemplate.spec.podFailurePolicy)
}

function validate({ spec }: CronJob, _context: StrategyContext, old?: CronJob): readonly FieldError[] {
  const errors: FieldError[] = []
  if (spec.schedule === '') errors.push(required('spec.schedule'))
  else validateSchedule(spec, old?.spec.schedule.includes('TZ') === true, errors)
  validateNonNegative(spec.startingDeadlineSeconds, 'spec.startingDeadlineSeconds', errors)
  if (spec.timeZone !== undefined && spec.timeZone !== old?.spec.timeZone) validateTimeZone(spec.timeZone, errors)
  const { concurrencyPolicy = '' } = spec
  if (concurrencyPolicy === '') errors.push(required('spec.concurrencyPolicy'))
  else if (!CONCURRENCY.includes(concurrencyPolicy)) {
    errors.push(notSupported('spec.concurrencyPolicy', concurrencyPolicy, CONCURRENCY))
  }
  validateJobTemplate(spec, errors)
  validateNonNegative(spec.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit', errors)
  validateNonNegative(spec.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit', errors)
  return errors
}

/** @param hadZone one that named a zone before may go on to do so */
function validateSchedule({ schedule, timeZone }: CronJobSpec, hadZone: boolean, errors: FieldError[]): void {
  const path = 'spec.schedule'
  const problem = cronScheduleProblem(schedule)
  if (problem !== undefined) errors.push(invalid(path, schedule, problem))
  if (!schedule.includes('TZ')) return
  if (!hadZone) {
    errors.push(invalid(path, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'))
  } else if (timeZone !== undefined) {
    errors.push(invalid(path, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule'))
  }
}

// What a part of a zone's name may look like (https://data.iana.org/time-zones/theory.html#naming).
const ZONE_PART = /^[A-Za-z.\-_0-9+]{1,14}$/

function validateTimeZone(zone: string, errors: FieldError[]): void {
  const path = 'spec.timeZone'
  if (zone === '') {
    errors.push(invalid(path, zone, 'timeZone must be nil or non-empty string'))
    return
  }
  const malformed = zone
    .split('/')
    .some((part) => part === '.' || part === '..' || part.startsWith('-') || !ZONE_PART.test(part))
  if (malformed) {
    errors.push(invalid(path, zone, `unknown time zone ${zone}`))
    return
  }
  if (zone.toLowerCase() === 'local') {
    const text = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'
    errors.push(invalid(path, zone, text))
  }
  const problem = timeZoneProblem(zone)
  if (problem !== undefined) errors.push(invalid(path, zone, problem))
}

function validateJobTemplate({ jobTemplate }: CronJobSpec, errors: FieldError[]): void {
  const path = 'spec.jobTemplate.spec'
  const { spec } = jobTemplate
  if (spec === undefined) return
  validateJobFields(spec, path, errors)
  if (spec.selector !== undefined) {
    errors.push(
      invalid(`${path}.selector`, goPointer('meta.LabelSelector', spec.selector), '`selector` will be auto-generated'),
    )
  }
  if (spec.manualSelector === true) {
    errors.push(notSupported(`${path}.manualSelector`, spec.manualSelector, ['nil', 'false']))
  }
}

function validateCreate({ metadata: { name } }: CronJob): readonly FieldError[] {
  if (name.length <= MAX_NAME) return []
  return [invalid('metadata.name', name, `must be no more than ${MAX_NAME} characters`)]
}

function warn(cron: CronJob, context: StrategyContext, old?: CronJob): void {
  if (old === undefined) warnAboutWorkloadName(cron.metadata.name, context.warn)
  const { schedule, jobTemplate } = cron.spec
  if (jobTemplate.spec !== undefined && isNewGeneration(cron, old)) {
    warnAboutJob(jobTemplate.spec, 'spec.jobTemplate.spec', context.warn)
  }
  if (old !== undefined && schedule.includes('TZ')) {
    context.warn(
      'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see ' +
        'https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details',
    )
  }
}

export const cronJob = defineResource<CronJob>({
  type: cronJobs,
  singular: 'cronjob',
  shortNames: ['cj'],
  categories: ['all'],
  schema: 'io.k8s.api.batch.v1.CronJob',
  status: true,
  columns: [
    nameColumn(),
    column('Schedule', { description: columnDescriptions['CronJobSpec.schedule'] }, ({ spec }) => spec.schedule),
    column(
      'Timezone',
      { description: columnDescriptions['CronJobSpec.timeZone'] },
      ({ spec }) => spec.timeZone ?? NONE,
    ),
    column('Suspend', { type: 'boolean', description: columnDescriptions['CronJobSpec.suspend'] }, ({ spec }) =>
      spec.suspend === true ? 'True' : 'False',
    ),
    column(
      'Active',
      { type: 'integer', description: columnDescriptions['CronJobStatus.active'] },
      ({ status }) => status?.active?.length ?? 0,
    ),
    column(
      'Last Schedule',
      { description: columnDescriptions['CronJobStatus.lastScheduleTime'] },
      ({ status }, { clock }) => (status?.lastScheduleTime === undefined ? NONE : age(status.lastScheduleTime, clock)),
    ),
    ageColumn(),
    ...templateColumns<CronJob>(({ spec }) => spec.jobTemplate.spec?.template, {
      description: JOB_SELECTOR_DESCRIPTION,
      text: ({ spec }) => formatLabelSelector(spec.jobTemplate.spec?.selector),
    }),
  ],
  strategy: {
    defaults,
    dropDisabled: ({ spec }) => dropDisabledFields(spec.jobTemplate.spec?.template.spec),
    prepareForCreate: (cron) => {
      cron.status = {}
    },
    validate,
    validateCreate,
    warn,
    bumpsGeneration: ({ spec }, { spec: old }) => !sameValue(spec, old),
    updateChecks: FIELDS_FIRST,
  },
})

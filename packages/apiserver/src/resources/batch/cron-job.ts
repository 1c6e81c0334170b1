// CronJobs. Source: kubernetes batch/v1/defaults.go, batch/validation ValidateCronJob, printers printCronJob.

import type { CronJob, CronJobSpec } from '../../objects/index.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import { formatLabelSelector } from '../../selectors/label-selector-object.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid, notSupported, required } from '../../validation/field-errors.ts'
import { validateNonNegative } from '../apps/workload-validation.ts'
import { sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import { defaultPodTemplate } from '../pods/pod-spec-defaults.ts'
import { warnAboutPodSpec, warnAboutWorkloadName } from '../pods/pod-warnings.ts'
import type { Mutable, StrategyContext } from '../resource.ts'
import { cronJobs } from '../served-types.ts'
import { NONE, templateColumns } from '../tables/cells.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { age } from '../tables/human-duration.ts'
import { cronScheduleProblem } from './cron-schedule.ts'
import { JOB_SELECTOR_DESCRIPTION } from './job.ts'
import { validateJobFields } from './job-validation.ts'
import { FIELDS_FIRST } from '../update-checks.ts'

// Jobs are named after it, with eleven characters added.
const MAX_NAME = 52
const CONCURRENCY = ['Allow', 'Forbid', 'Replace']

function defaults(cron: Mutable<CronJob>): void {
  cron.spec ??= {} as Mutable<CronJob>['spec']
  const { spec } = cron
  spec.schedule ??= ''
  spec.concurrencyPolicy ??= 'Allow'
  spec.suspend ??= false
  spec.successfulJobsHistoryLimit ??= 3
  spec.failedJobsHistoryLimit ??= 1
  spec.jobTemplate ??= {}
  spec.jobTemplate.metadata ??= {}
  spec.jobTemplate.spec ??= {} as Mutable<NonNullable<CronJobSpec['jobTemplate']['spec']>>
  spec.jobTemplate.spec.template ??= {}
  defaultPodTemplate(spec.jobTemplate.spec.template)
}

function validate({ spec }: CronJob): readonly FieldError[] {
  const errors: FieldError[] = []
  if (spec.schedule === '') errors.push(required('spec.schedule'))
  else validateSchedule(spec, errors)
  validateNonNegative(spec.startingDeadlineSeconds, 'spec.startingDeadlineSeconds', errors)
  if (spec.timeZone !== undefined) validateTimeZone(spec.timeZone, errors)
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

function validateSchedule({ schedule, timeZone }: CronJobSpec, errors: FieldError[]): void {
  if (schedule.includes('TZ')) {
    const text =
      timeZone === undefined
        ? 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'
        : 'cannot use both timeZone field and TZ or CRON_TZ in schedule'
    errors.push(invalid('spec.schedule', schedule, text))
    return
  }
  const problem = cronScheduleProblem(schedule)
  if (problem !== undefined) errors.push(invalid('spec.schedule', schedule, problem))
}

function validateTimeZone(zone: string, errors: FieldError[]): void {
  const path = 'spec.timeZone'
  if (zone === '') errors.push(invalid(path, zone, 'timeZone must be nil or non-empty string'))
  else if (zone.toLowerCase() === 'local') {
    const text = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'
    errors.push(invalid(path, zone, text))
  } else if (!isTimeZone(zone)) errors.push(invalid(path, zone, `unknown time zone ${zone}`))
}

function isTimeZone(zone: string): boolean {
  try {
    // Throws for a zone that is none.
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

function validateJobTemplate({ jobTemplate }: CronJobSpec, errors: FieldError[]): void {
  const path = 'spec.jobTemplate.spec'
  const { spec } = jobTemplate
  if (spec === undefined) return
  validateJobFields(spec, path, errors)
  if (spec.manualSelector === true) {
    errors.push(notSupported(`${path}.manualSelector`, spec.manualSelector, ['nil', 'false']))
  }
  if (spec.selector !== undefined) {
    errors.push(invalid(`${path}.selector`, spec.selector, '`selector` will be auto-generated'))
  }
}

function validateCreate({ metadata: { name } }: CronJob): readonly FieldError[] {
  if (name.length <= MAX_NAME) return []
  return [invalid('metadata.name', name, `must be no more than ${MAX_NAME} characters`)]
}

function warn(cron: CronJob, context: StrategyContext): void {
  warnAboutWorkloadName(cron.metadata.name, context.warn)
  const template = cron.spec.jobTemplate.spec?.template.spec
  if (template !== undefined) warnAboutPodSpec(template, 'spec.jobTemplate.spec.template.spec', context.warn)
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

// The core of the CronJob controller: which scheduled moment to start now, what the policy says, which Jobs are history. Pure.
// Source: kubernetes pkg/controller/cronjob/cronjob_controllerv2.go, utils.go.

import { compareText } from '@podwire/engine'
import type { CronJob, Job } from '@podwire/apiserver'
import { jobCondition } from '../job/job-facts.ts'
import { nextMoment, type Schedule } from './schedule.ts'
import type { Zone } from './zone.ts'

/** More missed moments than this are worth a warning. */
const TOO_MANY_MISSED = 100

export interface Due {
  /** The latest moment that has passed and was not started; undefined: nothing to start. */
  readonly latestMs: number | undefined
  readonly missedTooMany: boolean
  /** The next moment after now. */
  readonly nextMs: number | undefined
}

export function dueMoments(cron: CronJob, schedule: Schedule, zone: Zone, nowMs: number): Due {
  const { startingDeadlineSeconds } = cron.spec
  let fromMs = Date.parse(cron.status?.lastScheduleTime ?? cron.metadata.creationTimestamp)
  // Moments too old to start are not even looked for.
  if (startingDeadlineSeconds !== undefined) fromMs = Math.max(fromMs, nowMs - startingDeadlineSeconds * 1000)
  let missed = 0
  let latestMs: number | undefined
  for (let ms = nextMoment(schedule, fromMs, zone); ms !== undefined && ms <= nowMs && missed <= TOO_MANY_MISSED;) {
    latestMs = ms
    missed++
    ms = nextMoment(schedule, ms, zone)
  }
  if (missed > TOO_MANY_MISSED) latestMs = lastMoment(schedule, fromMs, zone, nowMs) ?? latestMs
  const nextMs = nextMoment(schedule, latestMs ?? fromMs, zone)
  return { latestMs, missedTooMany: missed > TOO_MANY_MISSED, nextMs }
}

/** The last moment after `fromMs` and up to `nowMs`, looked for backwards in growing windows: a long pause costs little. */
function lastMoment(schedule: Schedule, fromMs: number, zone: Zone, nowMs: number): number | undefined {
  if (schedule.kind === 'every') return nowMs - ((nowMs - fromMs) % schedule.everyMs)
  for (let windowMs = 60_000; ; windowMs *= 2) {
    const startMs = Math.max(fromMs, nowMs - windowMs)
    let latestMs: number | undefined
    for (let ms = nextMoment(schedule, startMs, zone); ms !== undefined && ms <= nowMs;) {
      latestMs = ms
      ms = nextMoment(schedule, ms, zone)
    }
    if (latestMs !== undefined || startMs === fromMs) return latestMs
  }
}

/** Too late for the starting deadline. */
export function isTooLate(cron: CronJob, scheduledMs: number, nowMs: number): boolean {
  const { startingDeadlineSeconds } = cron.spec
  return startingDeadlineSeconds !== undefined && scheduledMs + startingDeadlineSeconds * 1000 < nowMs
}

export type JobOutcome = 'Complete' | 'Failed' | undefined

export function outcomeOf(job: Job): JobOutcome {
  if (jobCondition(job, 'Complete') !== undefined) return 'Complete'
  return jobCondition(job, 'Failed') === undefined ? undefined : 'Failed'
}

/** Finished Jobs beyond the history limits, oldest first. */
export function historySurplus(cron: CronJob, jobs: readonly Job[]): readonly Job[] {
  const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = cron.spec
  return [...oldest(jobs, 'Complete', successfulJobsHistoryLimit), ...oldest(jobs, 'Failed', failedJobsHistoryLimit)]
}

function oldest(jobs: readonly Job[], outcome: JobOutcome, limit: number | undefined): readonly Job[] {
  if (limit === undefined) return []
  const finished = jobs.filter((job) => outcomeOf(job) === outcome)
  // One that never started counts as the newest.
  const started = (job: Job): string => job.status?.startTime ?? '~'
  finished.sort((a, b) => compareText(started(a), started(b)) || compareText(a.metadata.name, b.metadata.name))
  return finished.slice(0, Math.max(0, finished.length - limit))
}

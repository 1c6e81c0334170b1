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

/** Undefined: the schedule has no moments. */
export function dueMoments(cron: CronJob, schedule: Schedule, zone: Zone, nowMs: number): Due | undefined {
  const { startingDeadlineSeconds } = cron.spec
  const lastMs = Date.parse(cron.status?.lastScheduleTime ?? cron.metadata.creationTimestamp)
  // Moments too old to start are not even looked for.
  const fromMs =
    startingDeadlineSeconds === undefined ? lastMs : Math.max(lastMs, nowMs - startingDeadlineSeconds * 1000)
  const due = missedMoments(schedule, zone, fromMs, nowMs)
  const all = fromMs === lastMs ? due : missedMoments(schedule, zone, lastMs, nowMs)
  if (due === undefined || all === undefined) return undefined
  const { latestMs } = due
  const soughtFromMs = all.latestMs ?? (all.missed === 0 ? lastMs : nowMs)
  return {
    latestMs,
    missedTooMany: latestMs !== undefined && due.missed > TOO_MANY_MISSED,
    nextMs: nextMoment(schedule, soughtFromMs, zone),
  }
}

/**
 * The latest moment after `fromMs` and up to now, and how many were missed, where one alone is none. As upstream, the number is what
 * fits in when all moments are as far apart as the first two; where they are not, the latest one may not be found.
 */
function missedMoments(
  schedule: Schedule,
  zone: Zone,
  fromMs: number,
  nowMs: number,
): { readonly latestMs: number | undefined; readonly missed: number } | undefined {
  const firstMs = nextMoment(schedule, fromMs, zone)
  const secondMs = firstMs === undefined ? undefined : nextMoment(schedule, firstMs, zone)
  if (firstMs === undefined || secondMs === undefined) return undefined
  if (nowMs < firstMs) return { latestMs: undefined, missed: 0 }
  if (nowMs < secondMs) return { latestMs: firstMs, missed: 0 }
  const apartSeconds = Math.round((secondMs - firstMs) / 1000)
  const missed = Math.floor(Math.floor((nowMs - firstMs) / 1000) / apartSeconds) + 1
  let latestMs: number | undefined
  const startMs = firstMs + (missed - 2) * apartSeconds * 1000
  for (let ms = nextMoment(schedule, startMs, zone); ms !== undefined && ms <= nowMs;) {
    latestMs = ms
    ms = nextMoment(schedule, ms, zone)
  }
  return { latestMs, missed }
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

// Which Jobs of a CronJob run now, and which of those it knew have finished. Pure.
// Source: kubernetes pkg/controller/cronjob/cronjob_controllerv2.go (syncCronJob, the part before scheduling).

import type { CronJob, CronJobStatus, Job } from '@podwire/apiserver'
import { outcomeOf } from './reconcile.ts'

export interface ActiveJobs {
  readonly status: CronJobStatus
  readonly finished: readonly { readonly name: string; readonly outcome: 'Complete' | 'Failed' }[]
  /** Jobs it knew that nobody finished and that are gone. */
  readonly missing: readonly string[]
  /** Running Jobs of its own that it did not start, as `kubectl create job --from` makes them. */
  readonly unexpected: readonly string[]
}

/** @param removed uids of Jobs that were deleted a moment ago: nobody is told that they had finished */
export function nextActive(cron: CronJob, own: readonly Job[], removed: ReadonlySet<string>): ActiveJobs {
  const byUid = new Map(own.map((job) => [job.metadata.uid, job]))
  const finished: { name: string; outcome: 'Complete' | 'Failed' }[] = []
  let lastSuccessfulTime = cron.status?.lastSuccessfulTime
  const missing: string[] = []
  const known = new Set<string>()
  const active = (cron.status?.active ?? []).filter(({ uid = '', name = '' }) => {
    known.add(uid)
    if (removed.has(uid)) return false
    const job = byUid.get(uid)
    if (job === undefined) {
      missing.push(name)
      return false
    }
    const outcome = outcomeOf(job)
    if (outcome === undefined) return true
    finished.push({ name: job.metadata.name, outcome })
    return false
  })
  for (const job of own) {
    const end = outcomeOf(job) === 'Complete' ? job.status?.completionTime : undefined
    // Timestamps of one form compare as text.
    if (end !== undefined && (lastSuccessfulTime === undefined || end > lastSuccessfulTime)) lastSuccessfulTime = end
  }
  const unexpected = own.filter((job) => outcomeOf(job) === undefined && !known.has(job.metadata.uid))
  const { active: _, ...rest } = cron.status ?? {}
  const status = {
    ...rest,
    ...(active.length > 0 ? { active } : {}),
    ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }),
  }
  return { status, finished, missing, unexpected: unexpected.map(({ metadata }) => metadata.name) }
}

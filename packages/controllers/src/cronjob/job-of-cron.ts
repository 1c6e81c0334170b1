// The Job a CronJob starts for one scheduled moment. Pure. Source: kubernetes pkg/controller/cronjob/utils.go.

import type { CronJob, Job, NewObject } from '@podwire/apiserver'
import { invariant } from '@podwire/engine'
import { controllerReference } from '../objects/owner.ts'

const SCHEDULED_AT = 'batch.kubernetes.io/cronjob-scheduled-timestamp'

/** Unix minutes of the scheduled moment: the same moment never starts twice. */
export function jobNameFor(cron: CronJob, scheduledMs: number): string {
  return `${cron.metadata.name}-${Math.floor(scheduledMs / 60_000)}`
}

/** @param scheduledAt the scheduled moment as the annotation shows it, in the schedule's time zone */
export function jobOfCron(cron: CronJob, scheduledMs: number, scheduledAt: string): NewObject<Job> {
  const { metadata, spec } = cron.spec.jobTemplate
  invariant(spec !== undefined, 'a stored Job template has a spec')
  const { namespace } = cron.metadata
  return {
    metadata: {
      name: jobNameFor(cron, scheduledMs),
      ...(namespace === undefined ? {} : { namespace }),
      ...(metadata?.labels === undefined ? {} : { labels: metadata.labels }),
      annotations: { ...metadata?.annotations, [SCHEDULED_AT]: scheduledAt },
      ownerReferences: [controllerReference(cron, 'batch/v1', 'CronJob')],
    },
    spec,
  }
}

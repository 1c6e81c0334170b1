// Which finished Jobs a CronJob's history limits take away.

import type { CronJob, Job } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { historySurplus } from './reconcile.ts'

const metadata = { uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' }
const cron = (successfulJobsHistoryLimit: number, failedJobsHistoryLimit: number): CronJob => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { ...metadata, name: 'c' },
  spec: { schedule: '* * * * *', jobTemplate: {}, successfulJobsHistoryLimit, failedJobsHistoryLimit },
})
const job = (name: string, type: string, startTime?: string): Job => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { ...metadata, name },
  spec: { template: { spec: { containers: [] } } },
  status: { conditions: [{ type, status: 'True' }], ...(startTime === undefined ? {} : { startTime }) },
})

test('the oldest go; one that never started counts as the newest, and running ones do not count', () => {
  const jobs = [
    job('never-started', 'Complete'),
    job('second', 'Complete', '2026-01-01T00:02:00Z'),
    job('first', 'Complete', '2026-01-01T00:01:00Z'),
    job('running', 'Suspended', '2026-01-01T00:00:00Z'),
    job('failed', 'Failed', '2026-01-01T00:03:00Z'),
  ]
  const names = (successful: number, failed: number): readonly string[] =>
    historySurplus(cron(successful, failed), jobs).map((one) => one.metadata.name)
  expect(names(1, 1)).toEqual(['first', 'second'])
  expect(names(2, 0)).toEqual(['first', 'failed'])
  expect(names(3, 1)).toEqual([])
})

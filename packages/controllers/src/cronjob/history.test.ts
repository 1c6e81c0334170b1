// Which finished Jobs a CronJob's history limits take away, and which moments are due.

import type { CronJob, Job } from '@podwire/apiserver'
import { describe, expect, test } from 'vitest'
import { dueMoments, historySurplus } from './reconcile.ts'
import { parseSchedule } from './schedule.ts'
import { rfc3339, UTC } from './zone.ts'

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

describe('what is due', () => {
  const due = (schedule: string, created: string, now: string, startingDeadlineSeconds?: number): string => {
    const { metadata: known, ...rest } = cron(1, 1)
    const spec = { ...rest.spec, ...(startingDeadlineSeconds === undefined ? {} : { startingDeadlineSeconds }) }
    const one: CronJob = { ...rest, metadata: { ...known, creationTimestamp: created }, spec }
    const parsed = parseSchedule(schedule)
    const found = parsed === undefined ? undefined : dueMoments(one, parsed, UTC, Date.parse(now))
    if (found === undefined) return 'never'
    const text = (ms: number | undefined): string => (ms === undefined ? 'none' : rfc3339(ms).slice(5, 16))
    return `${text(found.latestMs)}, then ${text(found.nextMs)}${found.missedTooMany ? ', too many' : ''}`
  }
  test.each([
    ['not yet', '* * * * *', '2026-01-01T00:00:10Z', '2026-01-01T00:00:50Z', 'none, then 01-01T00:01'],
    ['the first', '* * * * *', '2026-01-01T00:00:10Z', '2026-01-01T00:01:00Z', '01-01T00:01, then 01-01T00:02'],
    ['the latest', '*/5 * * * *', '2026-01-01T00:00:10Z', '2026-01-01T01:01:00Z', '01-01T01:00, then 01-01T01:05'],
    ['a hundred', '* * * * *', '2026-01-01T00:00:00Z', '2026-01-01T01:40:30Z', '01-01T01:40, then 01-01T01:41'],
    [
      'a hundred and one',
      '* * * * *',
      '2026-01-01T00:00:00Z',
      '2026-01-01T01:41:00Z',
      '01-01T01:41, then 01-01T01:42, too many',
    ],
    [
      'an estimate that overshoots',
      '0 9,10 * * *',
      '2026-01-01T00:00:00Z',
      '2026-01-06T08:00:00Z',
      'none, then 01-06T09:00',
    ],
    ['no such day', '0 0 30 2 *', '2026-01-01T00:00:00Z', '2026-01-06T08:00:00Z', 'never'],
  ])('%s', (_, schedule, created, now, wanted) => {
    expect(due(schedule, created, now)).toBe(wanted)
  })
  test('with a starting deadline older moments are not looked for', () => {
    const seen = due('0 * * * *', '2026-01-01T00:00:00Z', '2026-01-01T05:30:00Z', 600)
    expect(seen).toBe('none, then 01-01T06:00')
  })
})

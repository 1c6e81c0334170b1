import { describe, expect, test } from 'vitest'
import { nextMoment, parseSchedule } from './schedule.ts'
import { rfc3339, zoneNamed } from './zone.ts'

function nextTimes(schedule: string, after: string, count: number, zoneName?: string): readonly string[] {
  const parsed = parseSchedule(schedule)
  const zone = zoneNamed(zoneName)
  const times: string[] = []
  let ms: number | undefined = Date.parse(after)
  while (parsed !== undefined && times.length < count) {
    ms = nextMoment(parsed, ms, zone)
    if (ms === undefined) break
    times.push(rfc3339(ms, zone))
  }
  return times
}

describe('the moments after', () => {
  test.each([
    ['* * * * *', '2026-01-01T00:00:00Z', ['2026-01-01T00:01:00Z', '2026-01-01T00:02:00Z']],
    ['* * * * *', '2026-01-01T00:00:59Z', ['2026-01-01T00:01:00Z']],
    ['*/15 * * * *', '2026-01-01T00:50:00Z', ['2026-01-01T01:00:00Z', '2026-01-01T01:15:00Z']],
    ['5/20 * * * *', '2026-01-01T00:00:00Z', ['2026-01-01T00:05:00Z', '2026-01-01T00:25:00Z', '2026-01-01T00:45:00Z']],
    ['0 9-17/4 * * mon-fri', '2026-01-02T17:00:00Z', ['2026-01-05T09:00:00Z', '2026-01-05T13:00:00Z']],
    ['30 2 29 feb *', '2026-01-01T00:00:00Z', ['2028-02-29T02:30:00Z', '2032-02-29T02:30:00Z']],
    ['0 0 13 * 5', '2026-02-01T00:00:00Z', ['2026-02-06T00:00:00Z', '2026-02-13T00:00:00Z', '2026-02-20T00:00:00Z']],
    ['0 0 * * 0', '2026-01-01T00:00:00Z', ['2026-01-04T00:00:00Z']],
    ['0 0 31 * *', '2026-01-31T00:00:00Z', ['2026-03-31T00:00:00Z']],
    ['0,30 23 31 DEC ?', '2026-01-01T00:00:00Z', ['2026-12-31T23:00:00Z', '2026-12-31T23:30:00Z']],
    ['@hourly', '2026-01-01T23:10:00Z', ['2026-01-02T00:00:00Z']],
    ['@daily', '2026-02-28T10:00:00Z', ['2026-03-01T00:00:00Z']],
    ['@weekly', '2026-01-01T00:00:00Z', ['2026-01-04T00:00:00Z']],
    ['@monthly', '2026-01-01T00:00:00Z', ['2026-02-01T00:00:00Z']],
    ['@yearly', '2026-01-01T00:00:00Z', ['2027-01-01T00:00:00Z']],
    ['@every 1h30m', '2026-01-01T00:00:10Z', ['2026-01-01T01:30:10Z', '2026-01-01T03:00:10Z']],
    ['0 0 30 feb *', '2026-01-01T00:00:00Z', []],
  ])('%s, %s', (schedule, after, wanted) => {
    expect(nextTimes(schedule, after, Math.max(1, wanted.length))).toEqual(wanted)
  })
})

describe('in a zone with summer time', () => {
  test.each([
    ['an hour that does not exist is skipped', '30 2 * * *', '2026-03-28T12:00:00Z', ['2026-03-30T02:30:00+02:00']],
    [
      'an hour that comes twice counts twice',
      '30 2 * * *',
      '2026-10-24T12:00:00Z',
      ['2026-10-25T02:30:00+02:00', '2026-10-25T02:30:00+01:00', '2026-10-26T02:30:00+01:00'],
    ],
    ['noon follows the clocks', '0 12 * * *', '2026-03-28T12:00:00Z', ['2026-03-29T12:00:00+02:00']],
  ])('%s', (_, schedule, after, wanted) => {
    expect(nextTimes(schedule, after, wanted.length, 'Europe/Vienna')).toEqual(wanted)
  })
})

test.each([
  '',
  '* * * *',
  '60 * * * *',
  '* 24 * * *',
  '* * 0 * *',
  '5-1 * * * *',
  '*/0 * * * *',
  'x * * * *',
  '@never',
])('%j is no schedule', (text) => {
  expect(parseSchedule(text)).toBeUndefined()
})

test('an unknown zone is a mistake with a name', () => {
  expect(() => zoneNamed('Mars/Olympus')).toThrow(/"Mars\/Olympus" is not in this Node's time zone data/)
})

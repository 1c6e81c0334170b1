import { describe, expect, test } from 'vitest'
import { parseGoTime } from './go-time.ts'

const TIME = '2006-01-02T15:04:05Z07:00'

describe('times of clients', () => {
  test.each([
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02T3:04:05Z', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02T03:04:05.25Z', '2026-01-02T03:04:05.250Z'],
    ['2026-01-02T03:04:05,1234567Z', '2026-01-02T03:04:05.123Z'],
    ['2026-01-02T00:04:05+02:00', '2026-01-01T22:04:05.000Z'],
    ['2026-01-02T00:04:05-01:30', '2026-01-02T01:34:05.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ])('%s', (text, wanted) => {
    const found = parseGoTime(text)
    expect(typeof found === 'string' ? found : new Date(found.milliseconds).toISOString()).toBe(wanted)
  })

  test.each([
    ['yesterday', `parsing time "yesterday" as "${TIME}": cannot parse "yesterday" as "2006"`],
    ['2026-01-02', `parsing time "2026-01-02" as "${TIME}": cannot parse "" as "T"`],
    ['2026-01-02 03:04:05Z', `parsing time "2026-01-02 03:04:05Z" as "${TIME}": cannot parse " 03:04:05Z" as "T"`],
    ['2026-01-02T03:04:05', `parsing time "2026-01-02T03:04:05" as "${TIME}": cannot parse "" as "Z07:00"`],
    ['2026-13-02T03:04:05Z', 'parsing time "2026-13-02T03:04:05Z": month out of range'],
    ['2026-02-31T03:04:05Z', 'parsing time "2026-02-31T03:04:05Z": day out of range'],
    ['2026-02-00T03:04:05Z', 'parsing time "2026-02-00T03:04:05Z": day out of range'],
    ['2026-02-03T24:00:00Z', 'parsing time "2026-02-03T24:00:00Z": hour out of range'],
    ['2026-02-03T03:60:00Z', 'parsing time "2026-02-03T03:60:00Z": minute out of range'],
    ['2026-02-03T03:04:60Z', 'parsing time "2026-02-03T03:04:60Z": second out of range'],
    ['2026-02-03T03:04:05Z!', 'parsing time "2026-02-03T03:04:05Z!": extra text: "!"'],
    ['"é', `parsing time "\\"\\xc3\\xa9" as "${TIME}": cannot parse "\\"\\xc3\\xa9" as "2006"`],
  ])('%s is none', (text, error) => {
    expect(parseGoTime(text)).toBe(error)
  })

  test.each([
    ['2026-01-02T03:04:05.123456Z', '123456'],
    ['2026-01-02T03:04:05Z', 'cannot parse "Z" as ".000000"'],
    ['2026-01-02T03:04:05.123Z', 'cannot parse ".123Z" as ".000000"'],
    ['2026-01-02T03:04:05.123456789Z', 'cannot parse "789Z" as "Z07:00"'],
  ])('%s in microseconds', (text, wanted) => {
    const found = parseGoTime(text, 'micro-time')
    expect(typeof found === 'string' ? found.split(': ')[1] : found.fraction).toBe(wanted)
  })
})

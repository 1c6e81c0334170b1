import { MINUTE, SECOND } from '@podwire/engine'
import { expect, test } from 'vitest'
import { EventCorrelator } from './event-correlator.ts'

/** What reaches the API: `count message`, in the order of first sight. */
function written(seen: readonly (readonly [atUs: number, message: string])[]): readonly string[] {
  const correlator = new EventCorrelator()
  const events = new Map<string, string>()
  for (const [atUs, message] of seen) {
    const about = { about: 'Pod web', fieldPath: '', type: 'Normal', reason: 'Scaled', message }
    const result = correlator.observe(about, atUs)
    // As the recorder does it: who is told for the first time gets a name, and keeps it.
    if (!result.skip)
      events.set((result.record.name ??= `e${atUs} ${message}`), `${result.record.count} ${result.message}`)
  }
  return [...events.values()]
}

const different = (count: number, everyUs: number): readonly (readonly [number, string])[] =>
  Array.from({ length: count }, (_, index) => [index * everyUs, `m${index + 1}`] as const)
const nine = Array.from({ length: 9 }, (_, index) => `1 m${index + 1}`)

test.each([
  [
    'a repeat raises the count',
    [
      [0, 'a'],
      [SECOND, 'a'],
      [2 * SECOND, 'b'],
    ],
    ['2 a', '1 b'],
  ],
  ['nine similar events are told each', different(9, SECOND), nine],
  ['from the tenth on one stands for all', different(12, SECOND), [...nine, '3 (combined from similar events): m12']],
  ['a quiet time of more than ten minutes starts anew', [...different(9, 0), [11 * MINUTE, 'm10']], [...nine, '1 m10']],
  [
    'similar events count as long as the next comes within ten minutes',
    [...different(9, 0), [10 * MINUTE, 'm10']],
    [...nine, '1 (combined from similar events): m10'],
  ],
  ['about one object there are 25 in a burst', different(40, 0), [...nine, '16 (combined from similar events): m25']],
  [
    'and then one in five minutes; what was not told counts',
    [...different(40, 0), [5 * MINUTE, 'm41']],
    [...nine, '32 (combined from similar events): m41'],
  ],
] as const)('%s', (_, seen, told) => expect(written(seen)).toEqual(told))

test('objects, reasons and containers do not share their counts', () => {
  const correlator = new EventCorrelator()
  const event = { about: 'a', fieldPath: '', type: 'Normal', reason: 'Pulled', message: 'm' }
  for (const other of [event, { ...event, about: 'b' }, { ...event, reason: 'x' }, { ...event, fieldPath: 'c' }]) {
    expect(correlator.observe(other, 0).record.count).toBe(1)
  }
  expect(correlator.observe(event, 0).record.count).toBe(2)
})

test('what was not seen for 4,096 others is forgotten', () => {
  const correlator = new EventCorrelator()
  const event = (about: string): number =>
    correlator.observe({ about, fieldPath: '', type: 'Normal', reason: 'r', message: 'm' }, 0).record.count
  for (let index = 0; index < 4096; index++) event(`pod ${index}`)
  expect(event('pod 0')).toBe(2)
  event('one more')
  expect([event('pod 0'), event('pod 1')]).toEqual([3, 1])
})

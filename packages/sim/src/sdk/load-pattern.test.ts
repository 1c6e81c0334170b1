import { SECOND } from '@podwire/engine'
import { expect, test } from 'vitest'
import { LatencyHistogram } from './latency-histogram.ts'
import { readPattern, type LoadPatternOptions } from './load-pattern.ts'

const dueAt = (options: LoadPatternOptions, ...counts: number[]): (number | undefined)[] => {
  const pattern = readPattern(options)
  if (pattern.kind === 'closed') throw new Error('an open pattern')
  return counts.map((count) => {
    const due = pattern.dueUs(count)
    return due === undefined ? undefined : Number((due / SECOND).toFixed(3))
  })
}

test('steady: 10 ms apart unless said otherwise', () => {
  expect(dueAt({}, 0, 1, 100)).toEqual([0, 0.01, 1])
  expect(dueAt({ everyMs: 250 }, 0, 4)).toEqual([0, 1])
  expect(dueAt({ rate: 3 }, 0, 1, 3)).toEqual([0, 0.333, 1])
})

test('ramp: by the end of it the area under the line is sent, then the last rate goes on', () => {
  // From 0 to 10 a second over 10 s: 50 requests; the first half second's area is 0.125, the first request comes at √0.2·… = 1.414 s.
  expect(dueAt({ ramp: { from: 0, to: 10, over: '10s' } }, 1, 50, 60)).toEqual([1.414, 10, 11])
  // Falling to nothing: 50 requests, and no more.
  expect(dueAt({ ramp: { from: 10, to: 0, over: '10s' } }, 0, 50, 51)).toEqual([0, 10, undefined])
  expect(dueAt({ ramp: { from: 5, to: 5, over: '2s' } }, 5, 10, 15)).toEqual([1, 2, 3])
})

test('closed loop', () => {
  expect(readPattern({ clients: 3, thinkMs: 1.5 })).toEqual({ kind: 'closed', clients: 3, thinkUs: 1500 })
})

test.each<[LoadPatternOptions, string]>([
  [
    { rate: 1, clients: 2 },
    'Failed to start a load: it has rate and clients. Give one of everyMs, rate, ramp and clients.',
  ],
  [{ rate: 0 }, 'Failed to start a load: rate is 0. Give a number above 0.'],
  [{ everyMs: Number.NaN }, 'Failed to start a load: everyMs is NaN. Give a number above 0.'],
  [{ clients: 1.5 }, 'Failed to start a load: clients is 1.5. Give a whole number from 1.'],
  [{ clients: 1, thinkMs: -1 }, 'Failed to start a load: thinkMs is -1. Give 0 or more.'],
  [{ thinkMs: 1 }, 'Failed to start a load: it has thinkMs and no clients. Give clients, who think.'],
  [
    { ramp: { from: 0, to: 0, over: '1s' } },
    `Failed to start a load: ramp goes from 0 to 0 over 1s. Give rates that are not both 0, and a time: { from: 10, to: 100, over: '30s' }.`,
  ],
])('%j is refused', (options, message) => {
  expect(() => readPattern(options)).toThrow(message)
})

test('percentiles are exact, buckets go by 1, 2, 5 without gaps', () => {
  const latency = new LatencyHistogram([1000, 3000, 900, 40_000])
  expect([50, 75, 99, 100].map((percent) => latency.percentileMs(percent))).toEqual([1, 3, 40, 40])
  expect(latency.meanMs).toBe(11.225)
  expect(latency.buckets()).toEqual([
    { upToMs: 1, count: 2 },
    { upToMs: 2, count: 0 },
    { upToMs: 5, count: 1 },
    { upToMs: 10, count: 0 },
    { upToMs: 20, count: 0 },
    { upToMs: 50, count: 1 },
  ])
  expect([new LatencyHistogram([]).percentileMs(50), new LatencyHistogram([]).buckets()]).toEqual([0, []])
})

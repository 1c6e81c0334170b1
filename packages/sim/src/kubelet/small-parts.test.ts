import { SECOND } from '@podwire/engine'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AddressPool } from './address-pool.ts'
import { backOffRemaining, nextBackOff, type BackOffEntry } from './back-off.ts'
import { initialVerdict, nextVerdict } from './probes/probe-verdict.ts'

test('back-off doubles from 10 seconds to 5 minutes', () => {
  const delays: number[] = []
  let entry: BackOffEntry | undefined
  for (let now = 0; delays.length < 8; now += (entry?.delayUs ?? 0) + SECOND) {
    entry = nextBackOff(entry, now)
    delays.push(entry.delayUs / SECOND)
  }
  expect(delays).toEqual([10, 20, 40, 80, 160, 300, 300, 300])
})

test.each([
  { name: 'no entry: start', entry: undefined, failed: 5, now: 6, remaining: 0 },
  { name: 'counted from the exit', entry: { delayUs: 10, updatedUs: 0 }, failed: 5, now: 6, remaining: 9 },
  { name: 'over', entry: { delayUs: 10, updatedUs: 0 }, failed: 5, now: 20, remaining: 0 },
  {
    name: 'forgotten after ten quiet minutes',
    entry: { delayUs: 10, updatedUs: 0 },
    failed: 601 * SECOND,
    now: 601 * SECOND,
    remaining: 0,
  },
])('back-off remaining: $name', ({ entry, failed, now, remaining }) => {
  expect(backOffRemaining(entry, failed, now)).toBe(remaining)
})

test('addresses: never twice at a time, released ones come last', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 40 }), (steps) => {
      const pool = new AddressPool(['10.244.3.0/28', 'fd00:10:244::/64'])
      const used: (readonly string[])[] = []
      for (const take of steps) {
        if (take) {
          const addresses = pool.allocate()
          if (addresses === undefined) expect(used).toHaveLength(13)
          else {
            for (const address of addresses) expect(used.flat()).not.toContain(address)
            used.push(addresses)
          }
        } else if (used.length > 0) pool.release(used.shift() ?? [])
      }
    }),
    { seed: 5 },
  )
})

test.each([
  { cidr: '10.244.0.0/24', first: '10.244.0.2' },
  { cidr: '10.245.7.0/24', first: '10.245.7.2' },
  { cidr: '10.244.1.128/25', first: '10.244.1.130' },
  { cidr: 'fd00:10:244:1::/64', first: 'fd00:10:244:1::2' },
  { cidr: 'fd00:10:244::/64,10.244.0.0/24', first: 'fd00:10:244::2,10.244.0.2' },
])('the first pod of $cidr has $first', ({ cidr, first }) =>
  expect(new AddressPool(cidr.split(',')).allocate()?.join(',')).toBe(first),
)

test.each([
  { name: 'readiness passes at once', kind: 'readiness', results: [true], passing: true },
  { name: 'two failures are not three', kind: 'readiness', results: [true, false, false], passing: true },
  { name: 'three in a row are', kind: 'readiness', results: [true, false, false, false], passing: false },
  {
    name: 'a success in between starts anew',
    kind: 'readiness',
    results: [true, false, false, true, false],
    passing: true,
  },
  { name: 'liveness starts alive', kind: 'liveness', results: [], passing: true },
  { name: 'startup knows nothing', kind: 'startup', results: [false], passing: undefined },
] as const)('verdict: $name', ({ kind, results, passing }) => {
  let verdict = initialVerdict(kind)
  for (const result of results) verdict = nextVerdict(verdict, result, { failureThreshold: 3 })
  expect(verdict.passing).toBe(passing)
})

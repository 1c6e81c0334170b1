import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NAME_SUFFIX_ALPHABET, Random } from './random.ts'

const draws = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.uint32())

describe('random', () => {
  test('property: the same seed gives the same draws, another seed gives others', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(draws(new Random(seed), 8)).toEqual(draws(new Random(seed), 8))
        expect(draws(new Random(seed), 8)).not.toEqual(draws(new Random(seed ^ 1), 8))
      }),
    )
  })

  test('property: draws from one stream do not move another', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(50), fc.string(), (seed, others, name) => {
        const quiet = new Random(seed)
        const busy = new Random(seed)
        draws(busy, others)
        draws(busy.fork('dns'), others)
        expect(draws(busy.fork(name), 5)).toEqual(draws(quiet.fork(name), 5))
      }),
    )
  })

  test('streams of different names differ', () => {
    const root = new Random(1)
    const first = new Set(
      ['a', 'b', 'aa', 'ab', 'ba', 'proxy/node-1', 'proxy/node-2'].map((name) => root.fork(name).uint32()),
    )
    expect(first.size).toBe(7)
  })

  test('a clone goes on exactly where the original is', () => {
    const original = new Random(9)
    draws(original, 13)
    const clone = original.clone()
    expect(draws(clone, 5)).toEqual(draws(original, 5))
  })

  test('property: integers stay in their range, both ends included', () => {
    const random = new Random(3)
    fc.assert(
      fc.property(fc.integer({ min: -100, max: 100 }), fc.nat(50), (low, span) => {
        const drawn = random.integer(low, low + span)
        expect(drawn).toBeGreaterThanOrEqual(low)
        expect(drawn).toBeLessThanOrEqual(low + span)
      }),
    )
  })

  test('uniform draws fill ten buckets evenly (chi-square, 9 degrees of freedom, p = 0.001)', () => {
    const random = new Random(5)
    const buckets = Array.from({ length: 10 }, () => 0)
    const count = 20_000
    for (let i = 0; i < count; i++) {
      const bucket = Math.floor(random.real() * 10)
      buckets[bucket] = (buckets[bucket] ?? 0) + 1
    }
    const chiSquare = buckets.reduce((sum, seen) => sum + (seen - count / 10) ** 2 / (count / 10), 0)
    expect(chiSquare).toBeLessThan(27.9)
  })

  test('the median of a log-normal draw is the median asked for', () => {
    const random = new Random(6)
    const drawn = Array.from({ length: 4001 }, () => random.logNormal(100, 0.5)).sort((a, b) => a - b)
    expect(drawn[2000]).toBeGreaterThan(95)
    expect(drawn[2000]).toBeLessThan(105)
  })

  test('name endings use Kubernetes’ alphabet, uids are version 4 UUIDs', () => {
    const random = new Random(7)
    expect(random.nameSuffix()).toMatch(new RegExp(`^[${NAME_SUFFIX_ALPHABET}]{5}$`))
    expect(random.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})

// How long requests took: exact percentiles (nearest rank), and a histogram in steps of 1, 2, 5, 10 … for people to look at.

import type { Microseconds } from '@podwire/engine'

export interface LatencyBucket {
  /** Up to here, milliseconds; the first bucket begins at 0. */
  readonly upToMs: number
  readonly count: number
}

export class LatencyHistogram {
  readonly #sorted: readonly Microseconds[]

  constructor(latencies: readonly Microseconds[]) {
    this.#sorted = [...latencies].sort((a, b) => a - b)
  }

  get count(): number {
    return this.#sorted.length
  }

  get meanMs(): number {
    const sum = this.#sorted.reduce((total, one) => total + one, 0)
    return this.count === 0 ? 0 : sum / this.count / 1000
  }

  /** @param percent 0 to 100; 50 is the median. Milliseconds; 0 of nothing */
  percentileMs(percent: number): number {
    const rank = Math.max(1, Math.ceil((percent / 100) * this.count))
    return (this.#sorted[rank - 1] ?? 0) / 1000
  }

  /** From the first bucket that has something to the last one. */
  buckets(): readonly LatencyBucket[] {
    const buckets: { upToMs: number; count: number }[] = []
    for (const latencyUs of this.#sorted) {
      const upToMs = boundOf(latencyUs)
      const last = buckets.at(-1)
      if (last?.upToMs === upToMs) last.count++
      else {
        for (let bound = last?.upToMs; bound !== undefined && nextBound(bound) < upToMs;) {
          bound = nextBound(bound)
          buckets.push({ upToMs: bound, count: 0 })
        }
        buckets.push({ upToMs, count: 1 })
      }
    }
    return buckets
  }
}

// Microseconds, so that the bounds are whole numbers.
const BOUNDS: readonly number[] = Array.from({ length: 10 }, (_, power) =>
  [1, 2, 5].map((step) => step * 10 ** power),
).flat()

function boundOf(latencyUs: Microseconds): number {
  return (BOUNDS.find((bound) => latencyUs <= bound) ?? latencyUs) / 1000
}

function nextBound(upToMs: number): number {
  return (BOUNDS.find((bound) => bound > upToMs * 1000) ?? Infinity) / 1000
}

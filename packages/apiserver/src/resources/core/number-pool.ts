// Which numbers of a range are taken: the bitmap under the allocators of ClusterIPs and node ports. A clone shares them until one of
// the two changes. Source: kubernetes registry/core/service/allocator/bitmap.go.

import type { Random } from '@podwire/engine'

/** How many of `size` are kept for explicit requests. */
export function staticBand(size: number, share: number, min: number, max: number): number {
  return size <= min ? 0 : Math.min(Math.max(min, Math.floor(size / share)), max)
}

export class NumberPool {
  #taken: Set<number>
  #shared: boolean

  constructor(taken?: Set<number>) {
    this.#taken = taken ?? new Set()
    this.#shared = taken !== undefined
  }

  clone(): NumberPool {
    this.#shared = true
    return new NumberPool(this.#taken)
  }

  has(number: number): boolean {
    return this.#taken.has(number)
  }

  taken(): Iterable<number> {
    return this.#taken
  }

  take(number: number): void {
    this.#own().add(number)
  }

  release(number: number): void {
    if (this.#taken.has(number)) this.#own().delete(number)
  }

  /** Takes a free one, from a random start on; undefined: all from `low` to `high` are taken, or there are none. */
  takeBetween(low: number, high: number, random: Random): number | undefined {
    const free = this.#freeBetween(low, high, random)
    if (free !== undefined) this.take(free)
    return free
  }

  #freeBetween(low: number, high: number, random: Random): number | undefined {
    if (high < low) return undefined
    const start = random.integer(low, high)
    for (let number = start; number <= high; number++) if (!this.#taken.has(number)) return number
    for (let number = low; number < start; number++) if (!this.#taken.has(number)) return number
    return undefined
  }

  #own(): Set<number> {
    if (this.#shared) {
      this.#taken = new Set(this.#taken)
      this.#shared = false
    }
    return this.#taken
  }
}

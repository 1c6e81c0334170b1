// Hands out node ports: one pool for all protocols. Source: kubernetes registry/core/service/portallocator.
// Copy-on-write like the IP allocator.

import { PodwireError, type Random } from '@podwire/engine'
import type { PortAllocator } from '../resource.ts'
import { staticBand } from './range-allocator.ts'

const MIN_BAND = 16
const MAX_BAND = 128
const BAND_SHARE = 32

export interface CloneablePortAllocator extends PortAllocator {
  clone(): CloneablePortAllocator
}

/** @param range e.g. 30000-32767 */
export function createPortAllocator(range: string): CloneablePortAllocator {
  const match = /^(\d+)-(\d+)$/.exec(range)
  const first = Number(match?.[1])
  const last = Number(match?.[2])
  if (match === null || first < 1 || last > 65535 || first > last) {
    throw new PodwireError('create the node port range', `${range} is no range of ports`, 'Try 30000-32767')
  }
  return new RangeAllocator(first, last)
}

class RangeAllocator implements CloneablePortAllocator {
  readonly #first: number
  readonly #last: number
  readonly #dynamic: number
  #taken: Set<number>
  #shared: boolean

  constructor(first: number, last: number, taken?: Set<number>) {
    this.#first = first
    this.#last = last
    this.#dynamic = first + staticBand(last - first + 1, BAND_SHARE, MIN_BAND, MAX_BAND)
    this.#taken = taken ?? new Set()
    this.#shared = taken !== undefined
  }

  get range(): string {
    return `${this.#first}-${this.#last}`
  }

  clone(): CloneablePortAllocator {
    this.#shared = true
    return new RangeAllocator(this.#first, this.#last, this.#taken)
  }

  take(port: number): string | undefined {
    if (!Number.isInteger(port) || port < this.#first || port > this.#last) {
      return `provided port is not in the valid range. The range of valid ports is ${this.range}`
    }
    if (this.#taken.has(port)) return 'provided port is already allocated'
    this.#own().add(port)
    return undefined
  }

  takeNext(random: Random): number | undefined {
    const port =
      this.#freeBetween(this.#dynamic, this.#last, random) ?? this.#freeBetween(this.#first, this.#dynamic - 1, random)
    if (port !== undefined) this.#own().add(port)
    return port
  }

  release(port: number): void {
    if (this.#taken.has(port)) this.#own().delete(port)
  }

  has(port: number): boolean {
    return this.#taken.has(port)
  }

  #freeBetween(low: number, high: number, random: Random): number | undefined {
    if (high < low) return undefined
    const start = random.integer(low, high)
    for (let port = start; port <= high; port++) if (!this.#taken.has(port)) return port
    for (let port = low; port < start; port++) if (!this.#taken.has(port)) return port
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

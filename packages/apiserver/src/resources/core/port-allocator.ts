// Hands out node ports: one pool for all protocols. Source: kubernetes registry/core/service/portallocator.
// Copy-on-write like the IP allocator.

import { PodwireError, type Random } from '@podwire/engine'
import type { PortAllocator } from '../resource.ts'
import { NumberPool, staticBand } from './number-pool.ts'

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
    throw new PodwireError('create the node port range', `${range} is no range of ports`, 'Try 30000-32767.')
  }
  return new NodePortPool(first, last)
}

class NodePortPool implements CloneablePortAllocator {
  readonly #first: number
  readonly #last: number
  readonly #dynamic: number
  readonly #pool: NumberPool

  constructor(first: number, last: number, pool = new NumberPool()) {
    this.#first = first
    this.#last = last
    this.#dynamic = first + staticBand(last - first + 1, BAND_SHARE, MIN_BAND, MAX_BAND)
    this.#pool = pool
  }

  get range(): string {
    return `${this.#first}-${this.#last}`
  }

  clone(): CloneablePortAllocator {
    return new NodePortPool(this.#first, this.#last, this.#pool.clone())
  }

  take(port: number): string | undefined {
    if (!Number.isInteger(port) || port < this.#first || port > this.#last) {
      return `provided port is not in the valid range. The range of valid ports is ${this.range}`
    }
    if (this.#pool.has(port)) return 'provided port is already allocated'
    this.#pool.take(port)
    return undefined
  }

  takeNext(random: Random): number | undefined {
    const pool = this.#pool
    return (
      pool.takeBetween(this.#dynamic, this.#last, random) ?? pool.takeBetween(this.#first, this.#dynamic - 1, random)
    )
  }

  release(port: number): void {
    this.#pool.release(port)
  }

  has(port: number): boolean {
    return this.#pool.has(port)
  }
}

// Hands out the addresses of the service range. The low band is left for addresses people choose; automatic ones come at
// random from the rest, then from the low band. Source: kubernetes registry/core/service/ipallocator.
// An allocator is a value with copy-on-write: `clone` costs nothing until one side changes.

import { PodwireError, type Random } from '@podwire/engine'
import { formatIp, networkAddress, parseCidr, parseIp } from '../../validation/addresses.ts'
import type { IpAllocator } from '../resource.ts'

const MIN_BAND = 16
const MAX_BAND = 256
const BAND_SHARE = 16
// More hosts than this are never needed; upstream caps IPv6 ranges likewise.
const MAX_HOST_BITS = 20

/** How many of `size` are kept for explicit requests. */
export function staticBand(size: number, share: number, min: number, max: number): number {
  return size <= min ? 0 : Math.min(Math.max(min, Math.floor(size / share)), max)
}

export interface CloneableIpAllocator extends IpAllocator {
  clone(): CloneableIpAllocator
}

/** @param cidr e.g. 10.96.0.0/12 */
export function createIpAllocator(cidr: string): CloneableIpAllocator {
  const range = parseCidr(cidr)
  if (range === undefined) throw new PodwireError('create the service range', `${cidr} is no CIDR`, 'Try 10.96.0.0/12')
  const hostBits = Math.min(range.address.bytes.length * 8 - range.prefix, MAX_HOST_BITS)
  const size = 2 ** hostBits
  // Offsets that can be given: all but the network's own and, for IPv4, the broadcast address.
  const last = range.address.family === 'IPv4' ? size - 2 : size - 1
  return new RangeAllocator(cidr, networkAddress(range).bytes, last, staticBand(size, BAND_SHARE, MIN_BAND, MAX_BAND))
}

class RangeAllocator implements CloneableIpAllocator {
  readonly cidr: string
  readonly #base: readonly number[]
  readonly #last: number
  readonly #band: number
  #taken: Set<number>
  #shared: boolean

  constructor(cidr: string, base: readonly number[], last: number, band: number, taken?: Set<number>) {
    this.cidr = cidr
    this.#base = base
    this.#last = last
    this.#band = band
    this.#taken = taken ?? new Set()
    this.#shared = taken !== undefined
  }

  clone(): CloneableIpAllocator {
    this.#shared = true
    return new RangeAllocator(this.cidr, this.#base, this.#last, this.#band, this.#taken)
  }

  take(address: string): string | undefined {
    const offset = this.#offsetOf(address)
    if (offset === undefined) return 'the provided network does not match the current range'
    if (this.#taken.has(offset)) return 'provided IP is already allocated'
    this.#own().add(offset)
    return undefined
  }

  takeNext(random: Random): string | undefined {
    const low = Math.max(1, this.#band)
    const offset = this.#freeBetween(low, this.#last, random) ?? this.#freeBetween(1, low - 1, random)
    if (offset === undefined) return undefined
    this.#own().add(offset)
    return this.#addressAt(offset)
  }

  release(address: string): void {
    const offset = this.#offsetOf(address)
    if (offset !== undefined && this.#taken.has(offset)) this.#own().delete(offset)
  }

  has(address: string): boolean {
    const offset = this.#offsetOf(address)
    return offset !== undefined && this.#taken.has(offset)
  }

  /** A random start, then the next free one. */
  #freeBetween(low: number, high: number, random: Random): number | undefined {
    if (high < low) return undefined
    const start = random.integer(low, high)
    for (let offset = start; offset <= high; offset++) if (!this.#taken.has(offset)) return offset
    for (let offset = low; offset < start; offset++) if (!this.#taken.has(offset)) return offset
    return undefined
  }

  #own(): Set<number> {
    if (this.#shared) {
      this.#taken = new Set(this.#taken)
      this.#shared = false
    }
    return this.#taken
  }

  #offsetOf(text: string): number | undefined {
    const address = parseIp(text)
    if (address === undefined || address.bytes.length !== this.#base.length) return undefined
    let offset = 0
    for (const [index, byte] of address.bytes.entries()) {
      offset = offset * 256 + byte - (this.#base[index] ?? 0)
      if (Math.abs(offset) > 2 ** MAX_HOST_BITS) return undefined
    }
    return offset >= 1 && offset <= this.#last ? offset : undefined
  }

  #addressAt(offset: number): string {
    const bytes = [...this.#base]
    let rest = offset
    for (let index = bytes.length - 1; index >= 0 && rest > 0; index--) {
      const sum = (bytes[index] ?? 0) + (rest % 256)
      bytes[index] = sum % 256
      rest = Math.floor(rest / 256) + Math.floor(sum / 256)
    }
    return formatIp({ family: bytes.length === 4 ? 'IPv4' : 'IPv6', bytes, sloppy: false, mapped: false })
  }
}

// Hands out the addresses of the service ranges, one range a family. The low band is left for addresses people choose; automatic
// ones come at random from the rest, then from the low band. Source: kubernetes registry/core/service/ipallocator.
// An allocator is a value with copy-on-write: `clone` costs nothing until one side changes.

import type { Random } from '@podwire/engine'
import { type Cidr, formatCidr, formatIp, networkAddress, parseIp } from '../../validation/addresses.ts'
import type { Family, IpAllocator, ServiceRange } from '../resource.ts'
import { readServiceRanges, SERVICE_HOST_BITS } from './service-ranges.ts'

const MIN_BAND = 16
const MAX_BAND = 256
const BAND_SHARE = 16

/** How many of `size` are kept for explicit requests. */
export function staticBand(size: number, share: number, min: number, max: number): number {
  return size <= min ? 0 : Math.min(Math.max(min, Math.floor(size / share)), max)
}

export interface CloneableIpAllocator extends IpAllocator {
  clone(): CloneableIpAllocator
}

/** @param cidrs `--service-cluster-ip-range`: one range, or one of each family; `10.96.0.0/16,fd00:10:96::/112` */
export function createIpAllocator(cidrs: string): CloneableIpAllocator {
  return new ServiceAddresses(readServiceRanges(cidrs).map((range) => rangeAllocator(range)))
}

function rangeAllocator(range: Cidr): RangeAllocator {
  const size = 2 ** (range.address.bytes.length * 8 - range.prefix)
  // Offsets that can be given: all but the network's own and, for IPv4, the broadcast address.
  const last = range.address.family === 'IPv4' ? size - 2 : size - 1
  const band = staticBand(size, BAND_SHARE, MIN_BAND, MAX_BAND)
  return new RangeAllocator(range, networkAddress(range).bytes, last, band)
}

class ServiceAddresses implements CloneableIpAllocator {
  readonly ranges: readonly ServiceRange[]
  readonly families: readonly Family[]
  readonly #allocators: readonly RangeAllocator[]

  constructor(allocators: readonly RangeAllocator[]) {
    this.#allocators = allocators
    this.ranges = allocators.map(({ family, cidr }) => ({ family, cidr }))
    this.families = allocators.map(({ family }) => family)
  }

  clone(): CloneableIpAllocator {
    return new ServiceAddresses(this.#allocators.map((allocator) => allocator.clone()))
  }

  take(address: string): string | undefined {
    const allocator = this.#holderOf(address)
    return allocator === undefined ? OUT_OF_RANGE : allocator.take(address)
  }

  takeNext(random: Random, family?: Family): string | undefined {
    const allocator = family === undefined ? this.#allocators[0] : this.#allocators.find((one) => one.family === family)
    return allocator?.takeNext(random)
  }

  release(address: string): void {
    this.#holderOf(address)?.release(address)
  }

  has(address: string): boolean {
    return this.#holderOf(address)?.has(address) ?? false
  }

  #holderOf(address: string): RangeAllocator | undefined {
    const family: Family = address.includes(':') ? 'IPv6' : 'IPv4'
    return this.#allocators.find((allocator) => allocator.family === family)
  }
}

const OUT_OF_RANGE = 'the provided network does not match the current range'

class RangeAllocator {
  readonly family: Family
  readonly cidr: string
  readonly #range: Cidr
  readonly #base: readonly number[]
  readonly #last: number
  readonly #band: number
  #taken: Set<number>
  #shared: boolean

  constructor(range: Cidr, base: readonly number[], last: number, band: number, taken?: Set<number>) {
    this.#range = range
    this.family = range.address.family
    this.cidr = formatCidr(range)
    this.#base = base
    this.#last = last
    this.#band = band
    this.#taken = taken ?? new Set()
    this.#shared = taken !== undefined
  }

  clone(): RangeAllocator {
    this.#shared = true
    return new RangeAllocator(this.#range, this.#base, this.#last, this.#band, this.#taken)
  }

  take(address: string): string | undefined {
    const offset = this.#offsetOf(address)
    if (offset === undefined) return OUT_OF_RANGE
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
      if (Math.abs(offset) > 2 ** SERVICE_HOST_BITS) return undefined
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

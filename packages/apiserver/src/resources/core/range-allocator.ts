// One range of ClusterIPs: which of its addresses are taken. The low band is left for addresses people choose; automatic ones come at
// random from the rest, then from the low band. Source: kubernetes registry/core/service/ipallocator/ipallocator.go.
// A value with copy-on-write. Departure: of a range with more than 2^20 addresses the first ones are used.

import type { Random } from '@podwire/engine'
import { type Cidr, formatCidr, formatIp, networkAddress, parseIp } from '../../validation/addresses.ts'
import type { Family } from '../resource.ts'
import { NumberPool, staticBand } from './number-pool.ts'
import { SERVICE_HOST_BITS } from './service-ranges.ts'

const MIN_BAND = 16
const MAX_BAND = 256
const BAND_SHARE = 16

export class RangeAllocator {
  readonly family: Family
  readonly cidr: string
  readonly #range: Cidr
  readonly #base: readonly number[]
  readonly #last: number
  readonly #band: number
  /** By their place in the range. */
  readonly #pool: NumberPool

  constructor(range: Cidr, pool = new NumberPool()) {
    const size = 2 ** Math.min(range.address.bytes.length * 8 - range.prefix, SERVICE_HOST_BITS)
    this.#range = range
    this.family = range.address.family
    this.cidr = formatCidr(range)
    this.#base = networkAddress(range).bytes
    // Offsets that can be given: all but the network's own and, for IPv4, the broadcast address.
    this.#last = range.address.family === 'IPv4' ? size - 2 : size - 1
    this.#band = staticBand(size, BAND_SHARE, MIN_BAND, MAX_BAND)
    this.#pool = pool
  }

  clone(): RangeAllocator {
    return new RangeAllocator(this.#range, this.#pool.clone())
  }

  contains(address: string): boolean {
    return this.#offsetOf(address) !== undefined
  }

  /** Addresses outside the range are passed over. */
  take(address: string): void {
    const offset = this.#offsetOf(address)
    if (offset !== undefined) this.#pool.take(offset)
  }

  taken(): readonly string[] {
    return [...this.#pool.taken()].map((offset) => this.#addressAt(offset))
  }

  takeNext(random: Random): string | undefined {
    const low = Math.max(1, this.#band)
    const pool = this.#pool
    const offset = pool.takeBetween(low, this.#last, random) ?? pool.takeBetween(1, low - 1, random)
    return offset === undefined ? undefined : this.#addressAt(offset)
  }

  release(address: string): void {
    const offset = this.#offsetOf(address)
    if (offset !== undefined) this.#pool.release(offset)
  }

  has(address: string): boolean {
    const offset = this.#offsetOf(address)
    return offset !== undefined && this.#pool.has(offset)
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

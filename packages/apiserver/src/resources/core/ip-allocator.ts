// Hands out ClusterIPs: from the ranges the server was started with, one a family, and from those of further ServiceCIDRs that are
// ready. Ranges may overlap; an address is taken in all of them. Source: kubernetes registry/core/service/ipallocator/cidrallocator.go.
// Departure: ranges are used up in order, those of the server first, where upstream's order is chance.

import type { Random } from '@podwire/engine'
import { parseCidr } from '../../validation/addresses.ts'
import type { Family, FurtherRange, IpAllocator, ServiceRange } from '../resource.ts'
import { RangeAllocator } from './range-allocator.ts'
import { readServiceRanges } from './service-ranges.ts'

export interface CloneableIpAllocator extends IpAllocator {
  clone(): CloneableIpAllocator
}

/** @param cidrs `--service-cluster-ip-range`: one range, or one of each family; `10.96.0.0/16,fd00:10:96::/112` */
export function createIpAllocator(cidrs: string): CloneableIpAllocator {
  return new ServiceAddresses(readServiceRanges(cidrs).map((range) => new RangeAllocator(range)))
}

interface Further {
  readonly allocator: RangeAllocator
  /** Nothing new is taken from it otherwise. */
  readonly ready: boolean
}

const OUT_OF_RANGE = 'the provided network does not match the current range'

class ServiceAddresses implements CloneableIpAllocator {
  readonly ranges: readonly ServiceRange[]
  readonly families: readonly Family[]
  readonly #own: readonly RangeAllocator[]
  #further: readonly Further[]

  constructor(own: readonly RangeAllocator[], further: readonly Further[] = []) {
    this.#own = own
    this.#further = further
    this.ranges = own.map(({ family, cidr }) => ({ family, cidr }))
    this.families = own.map(({ family }) => family)
  }

  clone(): CloneableIpAllocator {
    return new ServiceAddresses(
      this.#own.map((allocator) => allocator.clone()),
      this.#further.map(({ allocator, ready }) => ({ allocator: allocator.clone(), ready })),
    )
  }

  setFurtherRanges(ranges: readonly FurtherRange[]): void {
    const known = new Map(this.#further.map(({ allocator }) => [allocator.cidr, allocator]))
    this.#further = ranges.flatMap(({ cidr, ready }) => {
      const allocator = known.get(cidr) ?? this.#newRange(cidr)
      return allocator === undefined ? [] : [{ allocator, ready }]
    })
  }

  take(address: string): string | undefined {
    const usable = this.#usable().some((allocator) => allocator.contains(address))
    if (!usable) return OUT_OF_RANGE
    if (this.has(address)) return 'provided IP is already allocated'
    for (const allocator of this.#all()) allocator.take(address)
    return undefined
  }

  takeNext(random: Random, family: Family | undefined = this.families[0]): string | undefined {
    for (const allocator of this.#usable()) {
      if (allocator.family !== family) continue
      const address = allocator.takeNext(random)
      if (address === undefined) continue
      if (this.#further.length > 0) for (const other of this.#all()) other.take(address)
      return address
    }
    return undefined
  }

  release(address: string): void {
    for (const allocator of this.#all()) allocator.release(address)
  }

  has(address: string): boolean {
    return this.#all().some((allocator) => allocator.has(address))
  }

  #usable(): readonly RangeAllocator[] {
    if (this.#further.length === 0) return this.#own
    return [...this.#own, ...this.#further.flatMap(({ allocator, ready }) => (ready ? [allocator] : []))]
  }

  #all(): readonly RangeAllocator[] {
    if (this.#further.length === 0) return this.#own
    return [...this.#own, ...this.#further.map(({ allocator }) => allocator)]
  }

  /** What others have given of it already is taken in it, too. Families the server does not serve have no use. */
  #newRange(cidr: string): RangeAllocator | undefined {
    const range = parseCidr(cidr)
    if (range === undefined || !this.families.includes(range.address.family)) return undefined
    const made = new RangeAllocator(range)
    for (const allocator of this.#all()) for (const address of allocator.taken()) made.take(address)
    return made
  }
}

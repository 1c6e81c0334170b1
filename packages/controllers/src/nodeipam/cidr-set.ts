// The subnets of one pod range: which are in use, and the next free one. Each turn begins behind the last subnet that was given
// out. Pure. Source: kubernetes pkg/controller/nodeipam/ipam/cidrset/cidr_set.go.

import { invariant } from '@podwire/engine'
import ipaddr from 'ipaddr.js'

interface Range {
  readonly bits: number
  readonly first: bigint
  readonly prefix: number
}

/** undefined: it is no range. */
function readRange(cidr: string): Range | undefined {
  // Asked for both, the library tries IPv6 first, and finds out by an error that it is none.
  const family = cidr.includes(':') ? ipaddr.IPv6 : ipaddr.IPv4
  if (!family.isValidCIDR(cidr)) return undefined
  const [network, prefix] = family.parseCIDR(cidr)
  const bytes = network.toByteArray()
  let first = 0n
  for (const byte of bytes) first = first * 256n + BigInt(byte)
  return { bits: bytes.length * 8, first, prefix }
}

function textOf(number: bigint, bytes: number): string {
  const parts = Array.from({ length: bytes }, (_, index) => Number((number >> BigInt(8 * (bytes - 1 - index))) & 255n))
  return ipaddr.fromByteArray(parts).toString()
}

export class CidrSet {
  readonly #first: bigint
  readonly #bits: number
  readonly #mask: number
  readonly #count: number
  readonly #used = new Set<number>()
  #next = 0

  /**
   * @param range `10.244.0.0/16`
   * @param mask of each subnet: 24
   */
  constructor(range: string, mask: number) {
    const read = readRange(range)
    invariant(read !== undefined, `${range} is a pod range`)
    const { bits, first, prefix } = read
    this.#bits = bits
    this.#mask = mask
    this.#count = 2 ** (mask - prefix)
    const size = BigInt(bits - prefix)
    this.#first = (first >> size) << size
  }

  /** Takes the next free subnet; undefined: there is none. */
  allocate(): string | undefined {
    for (let i = 0; i < this.#count; i++) {
      const index = (this.#next + i) % this.#count
      if (this.#used.has(index)) continue
      this.#used.add(index)
      this.#next = (index + 1) % this.#count
      return `${textOf(this.#first + BigInt(index) * this.#size, this.#bits / 8)}/${this.#mask}`
    }
    return undefined
  }

  /** Marks what somebody has. A range outside this one is no matter. */
  occupy(cidr: string): void {
    for (const index of this.#indexesOf(cidr)) this.#used.add(index)
  }

  release(cidr: string): void {
    for (const index of this.#indexesOf(cidr)) this.#used.delete(index)
  }

  get #size(): bigint {
    return 1n << BigInt(this.#bits - this.#mask)
  }

  *#indexesOf(cidr: string): Generator<number> {
    const range = readRange(cidr)
    if (range?.bits !== this.#bits) return
    const start = range.first - this.#first
    const last = start + (1n << BigInt(this.#bits - range.prefix)) - 1n
    const end = this.#size * BigInt(this.#count)
    if (last < 0n || start >= end) return
    const from = start < 0n ? 0n : start / this.#size
    const to = last >= end ? BigInt(this.#count) - 1n : last / this.#size
    for (let index = from; index <= to; index++) yield Number(index)
  }
}

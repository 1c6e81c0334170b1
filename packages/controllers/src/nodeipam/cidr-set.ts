// The subnets of one pod range: which are in use, and the next free one. Each turn begins behind the last subnet that was given
// out. Pure. Source: kubernetes pkg/controller/nodeipam/ipam/cidrset/cidr_set.go.

import ipaddr from 'ipaddr.js'

function numberOf(address: string): bigint {
  let number = 0n
  for (const byte of ipaddr.parse(address).toByteArray()) number = number * 256n + BigInt(byte)
  return number
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
    const [network, prefix] = ipaddr.parseCIDR(range)
    this.#bits = network.kind() === 'ipv4' ? 32 : 128
    this.#mask = mask
    this.#count = 2 ** (mask - prefix)
    const size = BigInt(this.#bits - prefix)
    this.#first = (numberOf(network.toString()) >> size) << size
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
    if (!ipaddr.isValidCIDR(cidr)) return
    const [network, prefix] = ipaddr.parseCIDR(cidr)
    if ((network.kind() === 'ipv4' ? 32 : 128) !== this.#bits) return
    const start = numberOf(network.toString()) - this.#first
    const last = start + (1n << BigInt(this.#bits - prefix)) - 1n
    const end = this.#size * BigInt(this.#count)
    if (last < 0n || start >= end) return
    const from = start < 0n ? 0n : start / this.#size
    const to = last >= end ? BigInt(this.#count) - 1n : last / this.#size
    for (let index = from; index <= to; index++) yield Number(index)
  }
}

// A node's pod addresses: one of each of its podCIDRs for a pod, each handed out once before a released one comes again, as the
// host-local CNI plugin does. The network's own address, the gateway (.1) and IPv4's broadcast address are never given.

import { addressInPrefix, addressValue, parsePrefix, type Prefix } from '../fabric/address.ts'

export class AddressPool {
  readonly #ranges: readonly RangePool[]

  /** @param cidrs one a family, e.g. `10.244.1.0/24`, `fd00:10:244:1::/64` */
  constructor(cidrs: readonly string[]) {
    this.#ranges = cidrs.map((cidr) => new RangePool(parsePrefix(cidr)))
  }

  /** Free addresses, one of each range in order; undefined when one of them has none left. */
  allocate(): readonly string[] | undefined {
    let addresses: readonly string[] = []
    for (const range of this.#ranges) {
      const address = range.allocate()
      if (address === undefined) {
        this.release(addresses)
        return undefined
      }
      // Concatenated: an array that grows keeps room for more, and a pod keeps this one.
      addresses = addresses.concat(address)
    }
    return addresses.length === 0 ? undefined : addresses
  }

  release(addresses: readonly string[]): void {
    for (const address of addresses) for (const range of this.#ranges) range.release(address)
  }
}

// More than this a node never counts through; a /64 is not walked to its end.
const MOST_HOST_BITS = 24

class RangePool {
  readonly #prefix: Prefix
  readonly #last: number
  readonly #used = new Set<number>()
  #next = FIRST

  constructor(prefix: Prefix) {
    const size = 2 ** Math.min((prefix.family === 4 ? 32 : 128) - prefix.bits, MOST_HOST_BITS)
    this.#prefix = prefix
    this.#last = prefix.family === 4 ? size - 2 : size - 1
  }

  allocate(): string | undefined {
    const count = this.#last - FIRST + 1
    for (let tries = 0; tries < count; tries++) {
      const candidate = this.#next
      this.#next = candidate >= this.#last ? FIRST : candidate + 1
      if (!this.#used.has(candidate)) {
        this.#used.add(candidate)
        return addressInPrefix(this.#prefix, candidate)
      }
    }
    return undefined
  }

  release(address: string): void {
    const family = address.includes(':') ? 6 : 4
    if (family === this.#prefix.family) this.#used.delete(Number(addressValue(address) - this.#prefix.network))
  }
}

// After the network's own address and the gateway's.
const FIRST = 2

// A node's pod addresses: from its podCIDR, each one handed out once before a released one comes again, as the host-local
// CNI plugin does. The network, gateway (.1) and broadcast addresses are never given.

import { invariant } from '@podwire/engine'

export class AddressPool {
  readonly #first: number
  readonly #last: number
  readonly #used = new Set<number>()
  #next: number

  /** @param cidr IPv4, e.g. `10.244.1.0/24` */
  constructor(cidr: string) {
    const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr)
    invariant(match !== null, `a pod CIDR, not ${cidr}`)
    const [, a, b, c, d, prefix] = match
    const size = 2 ** (32 - Number(prefix))
    const base = ((Number(a) * 256 + Number(b)) * 256 + Number(c)) * 256 + Number(d)
    const network = base - (base % size)
    this.#first = network + 2
    this.#last = network + size - 2
    this.#next = this.#first
  }

  /** A free address; undefined when all are in use. */
  allocate(): string | undefined {
    const count = this.#last - this.#first + 1
    for (let tries = 0; tries < count; tries++) {
      const candidate = this.#next
      this.#next = candidate === this.#last ? this.#first : candidate + 1
      if (!this.#used.has(candidate)) {
        this.#used.add(candidate)
        return format(candidate)
      }
    }
    return undefined
  }

  release(address: string): void {
    this.#used.delete(address.split('.').reduce((value, part) => value * 256 + Number(part), 0))
  }
}

function format(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')
}

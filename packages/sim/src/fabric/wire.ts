// The node network: one Ethernet segment all hosts are on. It knows who answers ARP for which address; addresses announced by
// a load balancer (MetalLB in layer 2 mode) are answered for without being on any device of the host.

import type { Host } from './host.ts'

export class Wire {
  readonly #owners = new Map<string, Host>()
  readonly #announced = new Map<string, Host>()
  /** Grows whenever a path that worked may no longer work, or the other way round. */
  generation = 0

  /** Who answers ARP for the address. */
  ownerOf(address: string): Host | undefined {
    return this.#owners.get(address) ?? this.#announced.get(address)
  }

  /** True for addresses reached on the link without a route of their own. */
  isAnnounced(address: string): boolean {
    return this.#announced.has(address)
  }

  attach(address: string, host: Host): void {
    this.#owners.set(address, host)
    this.generation++
  }

  detach(address: string): void {
    this.#owners.delete(address)
    this.generation++
  }

  announce(address: string, host: Host): void {
    if (this.#announced.get(address) === host) return
    this.#announced.set(address, host)
    this.generation++
  }

  /** @param host only if this one answers for it; another may have taken over */
  withdraw(address: string, host?: Host): void {
    if (host !== undefined && this.#announced.get(address) !== host) return
    this.#announced.delete(address)
    this.generation++
  }

  withdrawAll(host: Host): void {
    for (const [address, owner] of this.#announced) if (owner === host) this.#announced.delete(address)
    for (const [address, owner] of this.#owners) if (owner === host) this.#owners.delete(address)
    this.generation++
  }
}

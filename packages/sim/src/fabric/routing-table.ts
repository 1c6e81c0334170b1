// A host's routes: longest prefix first, as `ip route get` chooses. Routes to other nodes' pods are the same on every node,
// so they live in one table that all hosts share (a cluster of 5,000 nodes has 5,000 of them, not 25 million).

import { addressValue, familyOf, maskValue, parsePrefix, type AddressFamily } from './address.ts'

export interface Route {
  /** `default`, or a prefix as `ip route` prints it. */
  readonly destination: string
  readonly device: string
  /** Next hop; absent for networks on the link. */
  readonly via?: string
  /** Preferred source address. */
  readonly source?: string
  /** Equal-cost next hops in place of `via`, as a router learns them over BGP; each connection keeps to one. */
  readonly nexthops?: readonly string[]
}

/** `10.244.1.0/24 via 172.18.0.3 dev eth0`; several next hops on lines of their own. */
export function formatRoute(route: Route): string {
  if (route.nexthops !== undefined) {
    const hops = route.nexthops.map((via) => `\n\tnexthop via ${via} dev ${route.device} weight 1`)
    return `${route.destination} proto bgp metric 20${hops.join('')}`
  }
  const via = route.via === undefined ? '' : ` via ${route.via}`
  const source = route.source === undefined ? '' : ` src ${route.source}`
  return `${route.destination}${via} dev ${route.device}${source}`
}

// Lookups repeat for the same few destinations; a scan of addresses must not make the cache grow for ever.
const CACHE_LIMIT = 4096

export class RoutingTable {
  readonly #shared: RoutingTable | undefined
  /** family → prefix length → network → route */
  readonly #byLength = new Map<AddressFamily, Map<number, Map<bigint, Route>>>()
  readonly #cache = new Map<string, Route | undefined>()
  /** The prefix lengths there are routes of, longest first; kept as long as the answers are. */
  readonly #lengths = new Map<AddressFamily, readonly number[]>()
  #sharedVersion = 0
  #version = 0

  /** @param shared routes every host has; this table's own win where both have a prefix */
  constructor(shared?: RoutingTable) {
    this.#shared = shared
  }

  /** Replaces a route to the same destination. */
  add(route: Route, family: AddressFamily = 4): void {
    const { network, bits, family: routeFamily } = readDestination(route.destination, family)
    const lengths = this.#byLength.get(routeFamily) ?? new Map<number, Map<bigint, Route>>()
    const routes = lengths.get(bits) ?? new Map<bigint, Route>()
    routes.set(network, route)
    lengths.set(bits, routes)
    this.#byLength.set(routeFamily, lengths)
    this.#changed()
  }

  remove(destination: string, family: AddressFamily = 4): void {
    const { network, bits, family: routeFamily } = readDestination(destination, family)
    this.#byLength.get(routeFamily)?.get(bits)?.delete(network)
    this.#changed()
  }

  lookup(address: string): Route | undefined {
    if (this.#shared !== undefined && this.#shared.#version !== this.#sharedVersion) {
      this.#sharedVersion = this.#shared.#version
      this.#forget()
    }
    const cached = this.#cache.get(address)
    if (cached !== undefined || this.#cache.has(address)) return cached
    const route = this.#search(address)
    if (this.#cache.size >= CACHE_LIMIT) this.#cache.clear()
    this.#cache.set(address, route)
    return route
  }

  /** Every route, longest prefix last within a family, then by network: the order of `ip route`. */
  routes(): readonly Route[] {
    const found: { readonly route: Route; readonly family: number; readonly bits: number; readonly network: bigint }[] =
      []
    for (const table of this.#shared === undefined ? [this] : [this.#shared, this]) {
      for (const [family, lengths] of table.#byLength) {
        for (const [bits, routes] of lengths) {
          for (const [network, route] of routes) found.push({ route, family, bits, network })
        }
      }
    }
    const isDefault = (bits: number): number => (bits === 0 ? 0 : 1)
    found.sort(
      (a, b) =>
        a.family - b.family ||
        isDefault(a.bits) - isDefault(b.bits) ||
        (a.network < b.network ? -1 : a.network > b.network ? 1 : a.bits - b.bits),
    )
    return found.filter((entry, i) => !sameDestination(entry, found[i + 1])).map((entry) => entry.route)
  }

  #search(address: string): Route | undefined {
    const family = familyOf(address)
    const value = addressValue(address)
    const width = family === 4 ? 32 : 128
    const own = this.#byLength.get(family)
    const shared = this.#shared === undefined ? undefined : this.#shared.#byLength.get(family)
    let lengths = this.#lengths.get(family)
    if (lengths === undefined) {
      lengths = [...new Set([...(own?.keys() ?? []), ...(shared?.keys() ?? [])])].sort((a, b) => b - a)
      this.#lengths.set(family, lengths)
    }
    for (const bits of lengths) {
      const network = maskValue(value, bits, width)
      const route = own?.get(bits)?.get(network) ?? shared?.get(bits)?.get(network)
      if (route !== undefined) return route
    }
    return undefined
  }

  #changed(): void {
    this.#version++
    this.#forget()
  }

  #forget(): void {
    this.#cache.clear()
    this.#lengths.clear()
  }
}

interface Destination {
  readonly family: number
  readonly bits: number
  readonly network: bigint
}

function sameDestination(a: Destination, b: Destination | undefined): boolean {
  return b !== undefined && a.family === b.family && a.bits === b.bits && a.network === b.network
}

function readDestination(
  destination: string,
  family: AddressFamily,
): { readonly network: bigint; readonly bits: number; readonly family: AddressFamily } {
  if (destination === 'default') return { network: 0n, bits: 0, family }
  if (destination.includes('/')) return parsePrefix(destination)
  return parsePrefix(`${destination}/${familyOf(destination) === 4 ? 32 : 128}`)
}

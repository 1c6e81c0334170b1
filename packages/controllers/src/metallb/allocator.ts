// Which Service has which address of the pools. Addresses are handed out lowest first; a pool kept for certain Services comes
// before the others. Departure: upstream takes pools of equal rank from a map at random; here they come in order of name.
// Source: metallb internal/allocator/allocator.go.

import { matchesLabelSelector, type Service } from '@podwire/apiserver'
import { type Address, type AddressFamily, addressesOf, formatAddress } from './address-range.ts'
import { type AddressPool, poolOf } from './configuration.ts'
import { sharingProblem, type SharingTerms } from './sharing.ts'

export interface Assignment {
  readonly pool: string
  readonly addresses: readonly Address[]
  readonly terms: SharingTerms
}

/** What allocation has to know of a Service beyond its sharing terms. */
export interface AllocationRequest {
  readonly terms: SharingTerms
  readonly service: Service
  /** Families wanted, preferred first. */
  readonly families: readonly AddressFamily[]
  /** All families, or as many as there are addresses for (ipFamilyPolicy PreferDualStack). */
  readonly needsAll: boolean
  readonly namespaceLabels: Readonly<Record<string, string>> | undefined
}

/** An address could not be given, in MetalLB's words. */
export class AllocationError extends Error {
  override readonly name = 'AllocationError'
}

export class Allocator {
  #pools: readonly AddressPool[] = []
  readonly #assigned = new Map<string, Assignment>()
  /** address → terms of the Services on it, in the order they came */
  readonly #users = new Map<string, SharingTerms[]>()

  /** Assignments outside the new pools are forgotten. */
  setPools(pools: readonly AddressPool[]): void {
    this.#pools = pools
    for (const [key, assignment] of [...this.#assigned]) {
      const pool = poolOf(pools, assignment.addresses)
      if (pool === undefined) this.unassign(key)
      else if (pool.name !== assignment.pool) this.#assigned.set(key, { ...assignment, pool: pool.name })
    }
  }

  poolOf(key: string): string | undefined {
    return this.#assigned.get(key)?.pool
  }

  /** @throws AllocationError when the Service may not have these addresses */
  assign(request: AllocationRequest, addresses: readonly Address[]): void {
    const { terms } = request
    const pool = poolOf(this.#pools, addresses)
    if (pool === undefined) throw new AllocationError(`${quotedList(addresses)} is not allowed in config`)
    if (!servesService(pool, request)) {
      throw new AllocationError(`pool ${pool.name} not compatible for ip assignment`)
    }
    for (const address of addresses) {
      const problem = sharingProblem(address, terms, this.#usersOf(address))
      if (problem !== undefined) throw new AllocationError(problem)
    }
    this.unassign(terms.service)
    this.#assigned.set(terms.service, { pool: pool.name, addresses, terms })
    for (const address of addresses) {
      const users = this.#users.get(keyOf(address))
      if (users === undefined) this.#users.set(keyOf(address), [terms])
      else users.push(terms)
    }
  }

  /** @returns true when there was something to free */
  unassign(key: string): boolean {
    const assignment = this.#assigned.get(key)
    if (assignment === undefined) return false
    this.#assigned.delete(key)
    for (const address of assignment.addresses) {
      const left = this.#usersOf(address).filter(({ service }) => service !== key)
      if (left.length === 0) this.#users.delete(keyOf(address))
      else this.#users.set(keyOf(address), left)
    }
    return true
  }

  /** @param pool by name, though it is not for automatic assignment. @throws AllocationError */
  allocateFrom(pool: string, request: AllocationRequest): readonly Address[] {
    const found = this.#pools.find(({ name }) => name === pool)
    if (found === undefined) throw new AllocationError(`unknown pool ${JSON.stringify(pool)}`)
    const addresses = this.#freeIn(found, request)
    if (addresses === undefined) throw new AllocationError(`no available IPs in pool ${pool}`)
    this.assign(request, addresses)
    return addresses
  }

  /** @throws AllocationError `no available IPs` */
  allocate(request: AllocationRequest): readonly Address[] {
    for (const pools of [this.#pinned(request), this.#pools.filter(isForAll)]) {
      const addresses = this.#bestOf(pools, request)
      if (addresses === undefined) continue
      this.assign(request, addresses)
      return addresses
    }
    throw new AllocationError('no available IPs')
  }

  /** Pools kept for this Service, by priority; 0 is last. */
  #pinned(request: AllocationRequest): readonly AddressPool[] {
    const rank = ({ serviceAllocation }: AddressPool): number => serviceAllocation?.priority || Infinity
    return this.#pools
      .filter((pool) => pool.autoAssign && pool.serviceAllocation !== undefined && servesService(pool, request))
      .toSorted((a, b) => rank(a) - rank(b) || 0)
  }

  /** A pool with every family wanted; failing that, where the policy allows it, one with the preferred family. */
  #bestOf(pools: readonly AddressPool[], request: AllocationRequest): readonly Address[] | undefined {
    const found = pools.flatMap((pool) => {
      const addresses = this.#freeIn(pool, { ...request, needsAll: false })
      return addresses === undefined ? [] : [addresses]
    })
    const whole = found.find((addresses) => addresses.length === request.families.length)
    if (whole !== undefined || request.needsAll) return whole
    const [preferred] = request.families
    return found.find(([first]) => first?.family === preferred) ?? found[0]
  }

  #freeIn(pool: AddressPool, { terms, families, needsAll }: AllocationRequest): readonly Address[] | undefined {
    const found = families.flatMap((family) => {
      const address = this.#firstFree(pool, family, terms)
      return address === undefined ? [] : [address]
    })
    if (found.length === 0 || (needsAll && found.length < families.length)) return undefined
    return found
  }

  #firstFree(pool: AddressPool, family: AddressFamily, terms: SharingTerms): Address | undefined {
    for (const block of pool.blocks) {
      if (block.family !== family) continue
      for (const address of addressesOf(block, pool.avoidBuggyIPs)) {
        if (sharingProblem(address, terms, this.#usersOf(address)) === undefined) return address
      }
    }
    return undefined
  }

  #usersOf(address: Address): readonly SharingTerms[] {
    return this.#users.get(keyOf(address)) ?? []
  }
}

const keyOf = ({ family, value }: Address): string => `${family}/${value}`

const isForAll = ({ autoAssign, serviceAllocation }: AddressPool): boolean =>
  autoAssign && serviceAllocation === undefined

/** `["10.10.10.200"]`, as Go prints a list of addresses. */
export function quotedList(addresses: readonly Address[]): string {
  return `[${addresses.map((address) => JSON.stringify(formatAddress(address))).join(' ')}]`
}

function servesService({ serviceAllocation }: AddressPool, request: AllocationRequest): boolean {
  if (serviceAllocation === undefined) return true
  const { namespaces, namespaceSelectors, serviceSelectors } = serviceAllocation
  const limitsNamespaces = namespaces.length > 0 || namespaceSelectors.length > 0
  const { metadata } = request.service
  const inNamespace =
    namespaces.includes(metadata.namespace ?? '') ||
    namespaceSelectors.some((selector) => matchesLabelSelector(selector, request.namespaceLabels))
  const isSelected = serviceSelectors.some((selector) => matchesLabelSelector(selector, metadata.labels))
  if (!limitsNamespaces && serviceSelectors.length === 0) return true
  if (!limitsNamespaces) return isSelected
  return serviceSelectors.length === 0 ? inNamespace : inNamespace && isSelected
}

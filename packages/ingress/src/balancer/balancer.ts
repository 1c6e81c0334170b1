// Which endpoint gets a request: the backend or its canary first, then an endpoint by cookie, by hash, by speed or by turn. The
// rules are those of the Ingress whose backend it is. Source: ingress-nginx rootfs/etc/nginx/lua/balancer.lua (get_balancer,
// get_implementation) and balancer/*.lua.

import type { Clock, Microseconds, Random } from '@podwire/engine'
import type { LocationRules } from '../nginx/annotations/location-rules.ts'
import { expandVariables, type VariableContext } from '../nginx/variables.ts'
import type { Backend, BackendEndpoint } from '../routing/index.ts'
import { goesToCanary } from './canary.ts'
import { ConsistentHash } from './consistent-hash.ts'
import { Ewma } from './ewma.ts'
import { RoundRobin } from './round-robin.ts'
import { backendKey, md5, readSession, sessionCookie, type SessionKey } from './session-cookie.ts'

/** A backend with what stands behind it and the rules it is balanced by. */
export interface Candidate {
  readonly backend: Backend
  readonly endpoints: readonly BackendEndpoint[]
  readonly rules: LocationRules
}

export interface Picked {
  readonly backend: Backend
  /** The endpoint, then those to try when it fails; an endpoint may come again. */
  readonly order: readonly BackendEndpoint[]
  /** A value for Set-Cookie. */
  readonly cookie: string | undefined
}

interface Ring {
  readonly hash: ConsistentHash
  readonly sets: ReadonlyMap<string, readonly BackendEndpoint[]>
  readonly byId: ReadonlyMap<string, BackendEndpoint>
}

/** What was made of a list of endpoints; it goes with the list. */
interface Made {
  /** By size of the sets that stand for single endpoints; 0: none. */
  readonly rings: Map<number, Ring>
  /** By the key a persistent session has; empty until one is asked for. */
  readonly bySession: Map<string, BackendEndpoint>
}

export class Balancer {
  readonly #clock: Clock
  readonly #random: Random
  readonly #turns: RoundRobin
  readonly #ewma: Ewma
  readonly #made = new WeakMap<readonly BackendEndpoint[], Made>()

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
    this.#turns = new RoundRobin(random)
    this.#ewma = new Ewma(clock, random)
  }

  /** @param locationPath as the Ingress has it. Both candidates have at least one endpoint. */
  pick(primary: Candidate, canary: Candidate | undefined, context: VariableContext, locationPath: string): Picked {
    const chosen = canary !== undefined && this.#prefersCanary(primary, canary, context) ? canary : primary
    const { backend, endpoints, rules } = chosen
    const tries = rules.upstream.tries === 0 ? endpoints.length : rules.upstream.tries
    if (rules.affinity.enabled) return this.#sticky(chosen, context, locationPath, tries)
    if (rules.upstream.hashBy !== '') return { backend, order: this.#hashed(chosen, context, tries), cookie: undefined }
    const order =
      rules.upstream.balance === 'ewma' ? this.#ewma.pick(endpoints, tries) : this.#turns.pick(endpoints, tries)
    return { backend, order, cookie: undefined }
  }

  answered(endpoint: BackendEndpoint, tookUs: Microseconds): void {
    this.#ewma.answered(endpoint, tookUs)
  }

  #prefersCanary(primary: Candidate, canary: Candidate, { request }: VariableContext): boolean {
    const belongs = ({ backend, rules }: Candidate): boolean =>
      rules.affinity.enabled && readSession(request, rules.affinity)?.backend === backendKey(backend.name)
    if (belongs(primary)) return false
    // A canary shares its primary's affinity unless it says `legacy`.
    const shared = primary.rules.affinity.enabled && canary.rules.affinity.canaryBehavior === 'sticky'
    const asSticky = shared ? { ...canary, rules: { ...canary.rules, affinity: primary.rules.affinity } } : canary
    if (belongs(asSticky)) return true
    return goesToCanary(canary.rules.canary, request, this.#random)
  }

  #sticky({ backend, endpoints, rules }: Candidate, context: VariableContext, path: string, tries: number): Picked {
    const { affinity } = rules
    const session = readSession(context.request, affinity)
    const known = session === undefined ? undefined : this.#endpointOf(session, backend, endpoints, affinity.mode)
    if (known !== undefined && !affinity.changeOnFailure) {
      return { backend, order: Array.from({ length: tries }, () => known), cookie: undefined }
    }
    const fresh = this.#newSession(backend, endpoints, affinity.mode)
    const chosen = known ?? fresh.endpoint
    const order = [chosen]
    for (const other of endpoints) {
      if (order.length >= tries) break
      if (other !== chosen) order.push(other)
    }
    const cookie = sessionCookie(fresh.key, {
      affinity,
      backend: backend.name,
      locationPath: path,
      https: context.frontend.scheme === 'https',
      nowMs: this.#clock.wallTimeMs(),
    })
    return { backend, order, cookie: known === undefined ? cookie : undefined }
  }

  #endpointOf(
    { key }: SessionKey,
    backend: Backend,
    endpoints: readonly BackendEndpoint[],
    mode: 'balanced' | 'persistent',
  ): BackendEndpoint | undefined {
    if (mode === 'persistent') {
      const { bySession } = this.#madeOf(endpoints)
      if (bySession.size === 0) for (const one of endpoints) bySession.set(md5(backend.name + idOf(one)), one)
      return bySession.get(key)
    }
    const { hash, byId } = this.#ring(endpoints, 0)
    return byId.get(hash.find(key) ?? '')
  }

  #newSession(
    backend: Backend,
    endpoints: readonly BackendEndpoint[],
    mode: 'balanced' | 'persistent',
  ): { readonly key: string; readonly endpoint: BackendEndpoint } {
    const [first] = endpoints
    if (first === undefined) throw new RangeError(`${backend.name} has no endpoints`)
    if (mode === 'persistent') {
      const endpoint = endpoints[this.#random.integer(0, endpoints.length - 1)] ?? first
      return { key: md5(backend.name + idOf(endpoint)), endpoint }
    }
    const seconds = (this.#clock.wallTimeMs() / 1000 + 1).toFixed(3).replace(/\.?0+$/, '')
    const key = `${seconds}.${WORKER}.${this.#random.integer(1, 999_999)}`
    const { hash, byId } = this.#ring(endpoints, 0)
    return { key, endpoint: byId.get(hash.find(key) ?? '') ?? first }
  }

  #hashed({ endpoints, rules }: Candidate, context: VariableContext, tries: number): readonly BackendEndpoint[] {
    const { hashBy, hashSubset, hashSubsetSize } = rules.upstream
    const ring = this.#ring(endpoints, hashSubset ? hashSubsetSize : 0)
    const id = ring.hash.find(expandVariables(hashBy, context)) ?? ''
    const set = ring.sets.get(id)
    if (set !== undefined) {
      return Array.from({ length: tries }, () => set[this.#random.integer(0, set.length - 1)] ?? set[0]).filter(
        (endpoint) => endpoint !== undefined,
      )
    }
    const endpoint = ring.byId.get(id)
    return endpoint === undefined ? endpoints.slice(0, tries) : Array.from({ length: tries }, () => endpoint)
  }

  /** @param subset size of the sets that stand for single endpoints; 0: none */
  #ring(endpoints: readonly BackendEndpoint[], subset: number): Ring {
    const { rings } = this.#madeOf(endpoints)
    let ring = rings.get(subset)
    if (ring === undefined) {
      const sets = subset === 0 ? new Map<string, readonly BackendEndpoint[]>() : setsOf(endpoints, subset)
      const byId = new Map(endpoints.map((endpoint) => [idOf(endpoint), endpoint]))
      ring = { hash: new ConsistentHash(subset === 0 ? [...byId.keys()] : [...sets.keys()]), sets, byId }
      rings.set(subset, ring)
    }
    return ring
  }

  #madeOf(endpoints: readonly BackendEndpoint[]): Made {
    let made = this.#made.get(endpoints)
    if (made === undefined) {
      made = { rings: new Map(), bySession: new Map() }
      this.#made.set(endpoints, made)
    }
    return made
  }
}

// The process id of nginx's worker, a part of cookies.
const WORKER = 27

const idOf = ({ address, port }: BackendEndpoint): string => `${address}:${port}`

/** Sets of one size; the last is filled up from the beginning. */
function setsOf(endpoints: readonly BackendEndpoint[], size: number): ReadonlyMap<string, readonly BackendEndpoint[]> {
  const count = Math.ceil(endpoints.length / size)
  const filled = Array.from({ length: count * size }, (_, i) => endpoints[i % endpoints.length])
  const sets = new Map<string, readonly BackendEndpoint[]>()
  for (let i = 0; i < count; i++) {
    sets.set(
      `set${i + 1}`,
      filled.slice(i * size, (i + 1) * size).filter((endpoint) => endpoint !== undefined),
    )
  }
  return sets
}

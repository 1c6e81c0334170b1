// Which endpoint the proxy's next connection goes to: round robin over a shuffled list, and ClientIP affinity that a failed dial
// breaks. Source: kubernetes v1.25 pkg/proxy/userspace/roundrobin.go (LoadBalancerRR).

import { SECOND, type Microseconds, type Random } from '@podwire/engine'

interface Affinity {
  endpoint: string
  lastUsedUs: Microseconds
}

const DEFAULT_AFFINITY_SECONDS = 10_800

/** One service port's endpoints, each `ip:port`. */
export class RoundRobin {
  readonly #random: Random
  #endpoints: readonly string[] = []
  #next = 0
  /** Undefined: no affinity. */
  #affinitySeconds: number | undefined
  readonly #clients = new Map<string, Affinity>()

  constructor(random: Random) {
    this.#random = random
  }

  /** @param seconds stickyMaxAge; 0 means upstream's default of three hours, undefined no affinity */
  setAffinity(seconds: number | undefined): void {
    this.#affinitySeconds = seconds === 0 ? DEFAULT_AFFINITY_SECONDS : seconds
  }

  /** The same set in another order changes nothing; another set is shuffled anew and starts from its head. */
  setEndpoints(endpoints: readonly string[]): void {
    if (sameSet(this.#endpoints, endpoints)) return
    if (endpoints.length === 0) this.#clients.clear()
    for (const [client, { endpoint }] of this.#clients) {
      if (!endpoints.includes(endpoint)) this.#clients.delete(client)
    }
    this.#endpoints = this.#random.shuffle(endpoints)
    this.#next = 0
  }

  /**
   * @param breakAffinity the endpoint this client had could not be dialled: it gets, and stays with, the next one
   * @returns undefined when there are no endpoints
   */
  endpointFor(client: string, breakAffinity: boolean, nowUs: Microseconds): string | undefined {
    if (this.#endpoints.length === 0) return undefined
    const seconds = this.#affinitySeconds
    if (seconds !== undefined && !breakAffinity) {
      const known = this.#clients.get(client)
      if (known !== undefined && wholeSeconds(nowUs - known.lastUsedUs) < seconds) {
        known.lastUsedUs = nowUs
        return known.endpoint
      }
    }
    const endpoint = this.#endpoints[this.#next]
    this.#next = (this.#next + 1) % this.#endpoints.length
    if (seconds !== undefined && endpoint !== undefined) this.#clients.set(client, { endpoint, lastUsedUs: nowUs })
    return endpoint
  }
}

const wholeSeconds = (durationUs: Microseconds): number => Math.floor(durationUs / SECOND)

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((endpoint) => b.includes(endpoint))
}

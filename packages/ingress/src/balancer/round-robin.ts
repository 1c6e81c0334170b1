// Turns: every endpoint in order, one counter a backend, started at random and anew when the endpoints change.
// Source: ingress-nginx rootfs/etc/nginx/lua/balancer/round_robin.lua, lua-resty-balancer.

import type { Random } from '@podwire/engine'
import type { BackendEndpoint } from '../routing/index.ts'

interface Turn {
  readonly endpoints: readonly BackendEndpoint[]
  next: number
}

export class RoundRobin {
  readonly #random: Random
  readonly #turns = new Map<string, Turn>()

  constructor(random: Random) {
    this.#random = random
  }

  /** The endpoint whose turn it is, then those to try when it fails. At least one endpoint must be given. */
  pick(backend: string, endpoints: readonly BackendEndpoint[], tries: number): readonly BackendEndpoint[] {
    let turn = this.#turns.get(backend)
    if (turn?.endpoints !== endpoints) {
      turn = { endpoints, next: this.#random.integer(0, endpoints.length - 1) }
      this.#turns.set(backend, turn)
    }
    const first = turn.next
    turn.next = (first + 1) % endpoints.length
    const picked: BackendEndpoint[] = []
    for (let i = 0; i < Math.min(tries, endpoints.length); i++) {
      const endpoint = endpoints[(first + i) % endpoints.length]
      if (endpoint !== undefined) picked.push(endpoint)
    }
    return picked
  }
}

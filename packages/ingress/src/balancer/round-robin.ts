// Turns: every endpoint in order, one counter a backend, started at random and anew when the endpoints change.
// Source: ingress-nginx rootfs/etc/nginx/lua/balancer/round_robin.lua, lua-resty-balancer.

import type { Random } from '@podwire/engine'
import type { BackendEndpoint } from '../routing/index.ts'

interface Turn {
  next: number
}

export class RoundRobin {
  readonly #random: Random
  /** A turn goes with the list it was made for. */
  readonly #turns = new WeakMap<readonly BackendEndpoint[], Turn>()

  constructor(random: Random) {
    this.#random = random
  }

  /** The endpoint whose turn it is, then those to try when it fails. At least one endpoint must be given. */
  pick(endpoints: readonly BackendEndpoint[], tries: number): readonly BackendEndpoint[] {
    let turn = this.#turns.get(endpoints)
    if (turn === undefined) {
      turn = { next: this.#random.integer(0, endpoints.length - 1) }
      this.#turns.set(endpoints, turn)
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

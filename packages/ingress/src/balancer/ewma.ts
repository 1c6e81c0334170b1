// Peak EWMA: of two endpoints drawn at random the one that answered faster lately, where what is long ago counts little.
// Source: ingress-nginx rootfs/etc/nginx/lua/balancer/ewma.lua.

import { type Clock, type Microseconds, type Random, SECOND } from '@podwire/engine'
import type { BackendEndpoint } from '../routing/index.ts'

const DECAY: Microseconds = 10 * SECOND

interface Score {
  valueUs: number
  touchedUs: Microseconds
}

export class Ewma {
  readonly #clock: Clock
  readonly #random: Random
  readonly #scores = new Map<string, Score>()

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  /** The better of two, then the others. */
  pick(endpoints: readonly BackendEndpoint[], tries: number): readonly BackendEndpoint[] {
    const left = [...endpoints]
    const picked: BackendEndpoint[] = []
    while (left.length > 0 && picked.length < tries) {
      const drawn = this.#draw(left)
      picked.push(drawn)
      left.splice(left.indexOf(drawn), 1)
    }
    return picked
  }

  /** An endpoint answered after this long. */
  answered(endpoint: BackendEndpoint, tookUs: Microseconds): void {
    const now = this.#clock.now()
    const score = this.#scores.get(keyOf(endpoint))
    this.#scores.set(keyOf(endpoint), { valueUs: decayed(score, tookUs, now), touchedUs: now })
  }

  #draw(endpoints: readonly BackendEndpoint[]): BackendEndpoint {
    const first = this.#random.integer(0, endpoints.length - 1)
    const [only] = endpoints
    const one = endpoints[first] ?? only
    let other = one
    if (endpoints.length > 1) {
      const second = this.#random.integer(0, endpoints.length - 2)
      other = endpoints[second < first ? second : second + 1]
    }
    if (one === undefined || other === undefined) throw new RangeError('no endpoints to draw from')
    return this.#score(other) < this.#score(one) ? other : one
  }

  #score(endpoint: BackendEndpoint): number {
    return decayed(this.#scores.get(keyOf(endpoint)), 0, this.#clock.now())
  }
}

const keyOf = ({ address, port }: BackendEndpoint): string => `${address}:${port}`

function decayed(score: Score | undefined, tookUs: Microseconds, now: Microseconds): number {
  const { valueUs, touchedUs } = score ?? { valueUs: 0, touchedUs: 0 }
  const weight = Math.exp(-Math.max(0, now - touchedUs) / DECAY)
  return valueUs * weight + tookUs * (1 - weight)
}

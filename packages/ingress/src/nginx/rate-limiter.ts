// limit_req and limit_conn: a leaky bucket a client and limit, and a count of what is under way. A burst passes without delay;
// beyond it requests are refused. Source: nginx ngx_http_limit_req_module.c, ngx_http_limit_conn_module.c; ingress-nginx
// internal/ingress/controller/template (buildRateLimit).

import type { Clock, Microseconds } from '@podwire/engine'
import type { RequestLimits } from './annotations/limits.ts'
import { isListed } from './source-filter.ts'

interface Bucket {
  /** Thousandths of requests. */
  excess: number
  lastMs: number
}

/** Nothing is counted, so nothing is given back. */
const UNLIMITED = (): void => {}
const MILLISECOND_US: Microseconds = 1000
// A shared zone of 5 MB holds about this many clients.
const MOST_CLIENTS = 40_000

export class RateLimiter {
  readonly #clock: Clock
  readonly #buckets = new Map<string, Bucket>()
  readonly #open = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * @param ingress `namespace/name`: limits are an Ingress's, over all of its paths
   * @returns undefined: too many; else to be called when the request is answered
   */
  admit(ingress: string, limits: RequestLimits, address: string): (() => void) | undefined {
    if (limits.perSecond === 0 && limits.perMinute === 0 && limits.connections === 0) return UNLIMITED
    if (limits.exempt.length > 0 && isListed(limits.exempt, address)) return UNLIMITED
    const client = `${ingress} ${address}`
    const open = this.#open.get(client) ?? 0
    if (limits.connections > 0 && open >= limits.connections) return undefined
    if (!this.#passes(`${client} m`, limits.perMinute, 60, limits.burstMultiplier)) return undefined
    if (!this.#passes(`${client} s`, limits.perSecond, 1, limits.burstMultiplier)) return undefined
    if (limits.connections === 0) return UNLIMITED
    this.#open.set(client, open + 1)
    return () => {
      const left = (this.#open.get(client) ?? 1) - 1
      if (left === 0) this.#open.delete(client)
      else this.#open.set(client, left)
    }
  }

  #passes(key: string, limit: number, seconds: number, burstMultiplier: number): boolean {
    if (limit === 0) return true
    const nowMs = Math.floor(this.#clock.now() / MILLISECOND_US)
    const bucket = this.#buckets.get(key)
    if (bucket === undefined) {
      this.#remember(key, { excess: 0, lastMs: nowMs })
      return true
    }
    const rate = Math.floor((limit * 1000) / seconds)
    const excess = Math.max(0, bucket.excess - (rate * (nowMs - bucket.lastMs)) / 1000 + 1000)
    if (excess > limit * burstMultiplier * 1000) return false
    this.#remember(key, { excess, lastMs: nowMs })
    return true
  }

  #remember(key: string, bucket: Bucket): void {
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    if (this.#buckets.size <= MOST_CLIENTS) return
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest)
      return
    }
  }
}

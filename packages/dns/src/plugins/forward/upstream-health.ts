// Whether an upstream answers: after a failed exchange it is asked for `. NS` (`health_check` says what, and how often: every
// half second unless told otherwise) until it answers again. Down
// means more failed checks in a row than `max_fails`. Source: CoreDNS plugin/pkg/proxy/{health,proxy}.go.

import { MILLISECOND, type Counter, type Engine, type ScheduledTask } from '@podwire/engine'
import { queryFor, TYPE } from '../../wire/index.ts'
import type { UpstreamExchange } from '../plugin.ts'
import type { ForwardRule, ForwardServer } from './forward-options.ts'

const CHECK_TIMEOUT_US = 1_000_000

export interface UpstreamHealthOptions {
  readonly engine: Engine
  readonly server: ForwardServer
  readonly rule: ForwardRule
  readonly exchange: UpstreamExchange
  readonly failures: Counter
}

export class UpstreamHealth {
  readonly server: ForwardServer
  readonly #options: UpstreamHealthOptions
  #fails = 0
  #task: ScheduledTask | undefined
  #checking = false

  constructor(options: UpstreamHealthOptions) {
    this.#options = options
    this.server = options.server
  }

  get down(): boolean {
    const { maxFails } = this.#options.rule
    return maxFails > 0 && this.#fails > maxFails
  }

  /** An exchange failed: find out whether the server is there. */
  suspect(): void {
    if (this.#checking || this.#options.rule.maxFails === 0) return
    this.#checking = true
    this.#check()
  }

  stop(): void {
    this.#options.engine.cancel(this.#task)
  }

  #check(): void {
    const { engine, exchange, rule, server } = this.#options
    const { domain, intervalUs, recursionDesired } = rule.healthCheck
    const query = queryFor(0, { name: domain, type: TYPE.NS, class: 1 }, { rd: recursionDesired })
    const protocol = rule.forceTcp ? 'tcp' : 'udp'
    const answered = exchange(query, { ...server, protocol, timeoutUs: CHECK_TIMEOUT_US })
    const judge = (reply: unknown): void => {
      if (typeof reply !== 'string') {
        this.#fails = 0
        this.#checking = false
        return
      }
      this.#fails++
      this.#options.failures.value++
      this.#task = engine.schedule(
        Math.max(intervalUs, MILLISECOND),
        'forward health check',
        () => this.#check(),
        'background',
      )
    }
    if (answered instanceof Promise) void answered.then(judge)
    else judge(answered)
  }
}

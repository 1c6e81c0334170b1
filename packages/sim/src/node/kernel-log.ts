// A node's kernel log, as dmesg shows it: what its kernel has to complain about. Of one complaint at most ten come through in five
// seconds, then the rest is counted. Source: Linux lib/ratelimit.c and net/netfilter/nf_conntrack_core.c.

import { SECOND, type Clock, type Microseconds } from '@podwire/engine'

const BURST = 10
const INTERVAL_US = 5 * SECOND
/** Older lines are lost, as in a ring buffer. */
const MOST_LINES = 1000

export class KernelLog {
  readonly #clock: Clock
  #lines: string[] = []
  #intervalUs: Microseconds = -INTERVAL_US
  #written = 0
  #suppressed = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A connection found no room in the connection table. */
  conntrackFull(): void {
    const nowUs = this.#clock.now()
    if (nowUs - this.#intervalUs >= INTERVAL_US) {
      if (this.#suppressed > 0) this.#write(`net_ratelimit: ${this.#suppressed} callbacks suppressed`)
      this.#intervalUs = nowUs
      this.#written = 0
      this.#suppressed = 0
    }
    if (this.#written < BURST) {
      this.#written++
      this.#write('nf_conntrack: nf_conntrack: table full, dropping packet')
    } else this.#suppressed++
  }

  /** Lines with the seconds since boot in front. */
  text(): string {
    return this.#lines.join('')
  }

  #write(message: string): void {
    const seconds = (this.#clock.now() / SECOND).toFixed(6).padStart(12)
    this.#lines.push(`[${seconds}] ${message}\n`)
    if (this.#lines.length > MOST_LINES) this.#lines = this.#lines.slice(-MOST_LINES)
  }
}

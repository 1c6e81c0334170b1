// How long a failed daemon pod stays before it is replaced: 1 s, doubled each time, at most 15 minutes; forgotten after a
// quiet half hour. Source: client-go util/flowcontrol (Backoff) as pkg/controller/daemon uses it.

import { type Microseconds, MINUTE, SECOND } from '@podwire/engine'

const INITIAL_US: Microseconds = SECOND
const MAX_US: Microseconds = 15 * MINUTE

interface Failure {
  readonly delayUs: Microseconds
  readonly atUs: Microseconds
}

export class FailureBackoff {
  readonly #failures = new Map<string, Failure>()

  /** Microseconds still to wait, 0: replace it now (and count this failure). */
  wait(key: string, nowUs: Microseconds): Microseconds {
    const known = this.#failures.get(key)
    if (known !== undefined && nowUs < known.atUs + known.delayUs) return known.atUs + known.delayUs - nowUs
    const forgotten = known === undefined || nowUs - known.atUs > 2 * MAX_US
    this.#failures.set(key, { delayUs: forgotten ? INITIAL_US : Math.min(MAX_US, 2 * known.delayUs), atUs: nowUs })
    return 0
  }

  /** Drops what was remembered of an owner that is gone. */
  forget(prefix: string): void {
    for (const key of [...this.#failures.keys()]) if (key.startsWith(prefix)) this.#failures.delete(key)
  }
}

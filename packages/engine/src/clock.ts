// Virtual time: whole microseconds since the cluster's epoch. Only a driver moves it; nothing here reads the host's clock.

import { invariant } from './errors.ts'

/** Whole microseconds of virtual time. */
export type Microseconds = number

export const MICROSECOND: Microseconds = 1
export const MILLISECOND: Microseconds = 1_000
export const SECOND: Microseconds = 1_000_000
export const MINUTE: Microseconds = 60_000_000
export const HOUR: Microseconds = 3_600_000_000

/** What a component may know of time: reading it, never moving it. */
export interface Clock {
  /** Microseconds since the epoch of this cluster. */
  now(): Microseconds
  /** The calendar moment, in milliseconds since 1970, as a Kubernetes timestamp or `date` shows it. */
  wallTimeMs(): number
  /** The calendar moment as Kubernetes writes `metav1.Time`: RFC 3339, whole seconds, UTC. */
  timestamp(): string
  /** The calendar moment (default: now) as Kubernetes writes `metav1.MicroTime`: RFC 3339 with microseconds, UTC. */
  microTimestamp(atUs?: Microseconds): string
}

/** The clock as a driver sees it. */
export class VirtualClock implements Clock {
  #nowUs: Microseconds = 0
  #cachedSecond = -1
  #cachedTimestamp = ''
  readonly #epochMs: number

  /** @param epochMs calendar time of virtual moment 0, milliseconds since 1970 */
  constructor(epochMs: number) {
    this.#epochMs = epochMs
  }

  now(): Microseconds {
    return this.#nowUs
  }

  wallTimeMs(): number {
    return this.#epochMs + Math.floor(this.#nowUs / 1000)
  }

  timestamp(): string {
    return this.#timestampAt(this.#nowUs)
  }

  #timestampAt(timeUs: Microseconds): string {
    const second = Math.floor((this.#epochMs + Math.floor(timeUs / 1000)) / 1000)
    if (second !== this.#cachedSecond) {
      this.#cachedSecond = second
      this.#cachedTimestamp = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`
    }
    return this.#cachedTimestamp
  }

  microTimestamp(atUs: Microseconds = this.#nowUs): string {
    const microseconds = String((this.#epochMs % 1000) * 1000 + (atUs % SECOND)).padStart(6, '0')
    // An epoch with a fraction of a second can carry over; whole-second epochs (the default) never do.
    if (microseconds.length > 6) {
      return `${new Date(this.#epochMs + Math.floor(atUs / 1000)).toISOString().slice(0, 23)}000Z`
    }
    return `${this.#timestampAt(atUs).slice(0, 19)}.${microseconds}Z`
  }

  /** Moves time forward. Time never goes back. */
  moveTo(timeUs: Microseconds): void {
    // The message is made only when it is needed: this runs before every task.
    if (timeUs < this.#nowUs) invariant(false, `time would go back from ${this.#nowUs} to ${timeUs}`)
    this.#nowUs = timeUs
  }
}

// What the two drivers have in common: the way outside code enters the simulation.

import type { Microseconds } from '../clock.ts'

/** How long something may be waited for before that is an error. */
export interface WaitLimit {
  /** What is done, for the error: `run a command on pod default/web`. */
  readonly action: string
  /** Virtual time. */
  readonly limitUs: Microseconds
  readonly remedy: string
}

/** Runs an engine's tasks. Exactly one driver is attached to an engine. */
export interface Driver {
  /**
   * Runs `work` at the present moment of the cluster: every host-side entry (an HTTP request, a socket, an SDK call)
   * comes through here, so that it sees the right time and what it causes is run.
   */
  enter<T>(work: () => T): T
  /**
   * Resolves when `promise` does; meanwhile the simulation goes on (virtual time runs ahead as far as needed).
   * @param limit of virtual time; in real time whoever waits sees the time pass, and it does not count
   */
  wait<T>(promise: Promise<T>, limit?: WaitLimit): Promise<T>
}

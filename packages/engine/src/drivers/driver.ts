// What the two drivers have in common: the way outside code enters the simulation.

/** Runs an engine's tasks. Exactly one driver is attached to an engine. */
export interface Driver {
  /**
   * Runs `work` at the present moment of the cluster: every host-side entry (an HTTP request, a socket, an SDK call)
   * comes through here, so that it sees the right time and what it causes is run.
   */
  enter<T>(work: () => T): T
  /** Resolves when `promise` does; meanwhile the simulation goes on (virtual time runs ahead as far as needed). */
  wait<T>(promise: Promise<T>): Promise<T>
}

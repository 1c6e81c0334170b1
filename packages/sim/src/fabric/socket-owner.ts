// Who holds sockets, as the sockets see it: a process that can be paused, is told of what it holds, and may crash in a callback.
// scope.ts is the one there is.

/** Something that can be stopped for a while: a hung process, a frozen machine. */
export interface Gate {
  readonly paused: boolean
  /** Runs it now, or when it goes on. */
  whenRunning(run: () => void): void
}

/** A process: it is told of its sockets, and closes what is left when it exits. */
export interface SocketOwner {
  /** How messages call it. */
  readonly title: string
  add(socket: OwnedSocket): void
  delete(socket: OwnedSocket): void
  /** While it is paused the process takes nothing: what it would be told waits. undefined: it cannot be paused. */
  readonly gate: Gate | undefined
  /** A callback of the process threw. @throws the error when nobody is there to take it */
  crashed(error: unknown): void
}

export interface OwnedSocket {
  /** The owner's list of its sockets. */
  previousOwned: OwnedSocket | undefined
  nextOwned: OwnedSocket | undefined
  /** The process exits. */
  abandon(): void
}

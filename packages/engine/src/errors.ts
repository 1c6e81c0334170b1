// The two ways podwire stops: a caller's mistake is a PodwireError that says what, why and what to do;
// a broken assumption of our own is an InvariantError. What a simulated client can see is a value, never one of these.

const STACK_LINES = 40

/** A mistake of the caller. Reads "Failed to <action>: <reason>. <remedy>". */
export class PodwireError extends Error {
  override readonly name: string = 'PodwireError'
  // Not fields of the error: Node would print them all below its message.
  readonly #action: string
  readonly #reason: string
  readonly #remedy: string | undefined

  constructor(action: string, reason: string, remedy?: string) {
    const { stackTraceLimit } = Error
    // The caller's own line is what has to be seen, and Node's ten may all be ours.
    Error.stackTraceLimit = Math.max(stackTraceLimit, STACK_LINES)
    super(`Failed to ${action}: ${reason}.${remedy === undefined ? '' : ` ${remedy}`}`)
    Error.stackTraceLimit = stackTraceLimit
    this.#action = action
    this.#reason = reason
    this.#remedy = remedy
  }

  get action(): string {
    return this.#action
  }

  get reason(): string {
    return this.#reason
  }

  get remedy(): string | undefined {
    return this.#remedy
  }
}

/** A bug in podwire: something that cannot happen did. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError'
}

/** Stops the run when `condition` does not hold. Use it for what cannot happen, never for bad input. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(`Invariant broken: ${message}`)
}

/** Closes a `switch` over a union: a new member becomes a compile error here. */
export function assertNever(value: never, what: string): never {
  throw new InvariantError(`Invariant broken: unexpected ${what} ${JSON.stringify(value)}`)
}

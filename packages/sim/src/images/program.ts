// How a program takes signals, in one line each: a table from signal to exit code. SIGKILL never reaches a program: the
// container ends without asking.

import type { ContainerContext, RunningProgram, Signal } from './image.ts'

/** Exit code, or what the program does instead; `ignore` for signals that do nothing (pid 1 without a handler). */
type SignalAction = number | 'ignore' | (() => void)
export type SignalTable = Partial<Readonly<Record<Signal, SignalAction>>>

/** A process without handlers that is not pid 1, as shells report it. */
export const DEFAULT_SIGNALS: SignalTable = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129, SIGQUIT: 131 }

/** pid 1 without handlers: the kernel drops what it did not ask for; only SIGKILL ends it. Node, Python and sh do this. */
export const UNHANDLED_AS_PID_1: SignalTable = {}

/** A Go program without handlers as pid 1: the runtime cannot die by the signal and exits with 2. */
export const GO_SIGNALS: SignalTable = { SIGTERM: 2, SIGINT: 2, SIGHUP: 2, SIGQUIT: 2 }

/** A server that shuts down cleanly when asked. */
export const GRACEFUL_SIGNALS: SignalTable = { SIGTERM: 0, SIGINT: 0, SIGQUIT: 0 }

export function takesSignals(context: ContainerContext, table: SignalTable): RunningProgram {
  return new SignalledProgram(context, table)
}

class SignalledProgram implements RunningProgram {
  readonly #context: ContainerContext
  readonly #table: SignalTable

  constructor(context: ContainerContext, table: SignalTable) {
    this.#context = context
    this.#table = table
  }

  signal(signal: Signal): void {
    const action = this.#table[signal] ?? 'ignore'
    if (typeof action === 'number') this.#context.exit(action)
    else if (action !== 'ignore') action()
  }
}

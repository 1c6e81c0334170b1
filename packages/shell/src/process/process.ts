// One process: pid, descriptors, working directory, signals. It runs a body (a shell evaluating a script, or a tool) to an
// exit status. Every wait goes through `block`, which a signal can end. A dying process gives up its descriptors at once,
// also when its body is still waiting for something that knows nothing of signals.

import type { Deferred } from '@podwire/engine'
import type { DescriptorTable } from './descriptors.ts'
import type { Machine } from './machine.ts'
import type { TableEntry } from './process-table.ts'
import { ignoredByDefault, SIGKILL } from './signals.ts'

/** Unwinds a process' body to its end. */
export class ProcessExit extends Error {
  override readonly name = 'ProcessExit'
  readonly status: number

  constructor(status: number) {
    super(`exit ${status}`)
    this.status = status
  }
}

/** Ends an interruptible wait (`wait`, `read`) because a signal with a handler came. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
  readonly signal: number

  constructor(signal: number) {
    super(`signal ${signal}`)
    this.signal = signal
  }
}

interface Wait {
  readonly interruptible: boolean
  readonly abort: (error: Error) => void
}

export interface ProcessOptions {
  readonly machine: Machine
  readonly parent: Process | undefined
  readonly commandLine: readonly string[]
  readonly descriptors: DescriptorTable
  readonly workingDirectory: string
  readonly group?: number
  /** The container's first process: signals without a handler do nothing to it. */
  readonly init?: boolean
}

export class Process implements TableEntry {
  readonly machine: Machine
  readonly pid: number
  readonly startedUs: number
  readonly init: boolean
  readonly descriptors: DescriptorTable
  commandLine: readonly string[]
  parentPid: number
  group: number
  workingDirectory: string
  /** Signals it ignores or handles; absent: the default action. */
  dispositions: Map<number, 'ignore' | 'handle'> | undefined
  /** Handled signals that came and whose handler has not run yet. */
  readonly pending: number[] = []
  status: number | undefined
  /** Called once at its end, before anybody who waits for it goes on. */
  onExit: ((status: number) => void) | undefined
  /** A program that takes signals itself: all but KILL. */
  onSignal: ((value: number) => void) | undefined
  /** Mostly one; a tool that copies in both directions has two. */
  readonly #waits: Wait[] = []
  #exited: Deferred<number> | undefined
  #failure: unknown

  constructor(options: ProcessOptions) {
    const { machine, parent } = options
    this.machine = machine
    this.pid = machine.table.takePid()
    this.parentPid = parent?.pid ?? 0
    this.group = options.group ?? parent?.group ?? this.pid
    this.startedUs = machine.engine.clock.now()
    this.init = options.init === true
    this.commandLine = options.commandLine
    this.descriptors = options.descriptors
    this.workingDirectory = options.workingDirectory
    machine.table.add(this)
  }

  /** A child with the same descriptors, directory and ignored signals; its body is not started yet. */
  fork(commandLine: readonly string[] = this.commandLine): Process {
    const child = new Process({
      machine: this.machine,
      parent: this,
      commandLine,
      descriptors: this.descriptors.copy(),
      workingDirectory: this.workingDirectory,
    })
    for (const [signal, disposition] of this.dispositions ?? []) {
      if (disposition === 'ignore') child.setDisposition(signal, 'ignore')
    }
    return child
  }

  /** Runs the body; its result, or the status a ProcessExit carries, is the exit status. */
  start(body: () => Promise<number>): void {
    body().then(
      (status) => this.#end(status),
      (error: unknown) => {
        if (error instanceof ProcessExit) this.#end(error.status)
        else this.#crash(error)
      },
    )
  }

  /** The exit status once it ended. Rejects when the body failed with an error that is none of a program's. */
  exited(): Promise<number> {
    if (this.#exited === undefined) {
      this.#exited = this.machine.engine.deferred<number>()
      if (this.#failure !== undefined) this.#exited.reject(this.#failure)
      else if (this.status !== undefined) this.#exited.resolve(this.status)
    }
    return this.#exited.promise
  }

  setDisposition(signal: number, disposition: 'default' | 'ignore' | 'handle'): void {
    if (disposition === 'default') this.dispositions?.delete(signal)
    else (this.dispositions ??= new Map()).set(signal, disposition)
  }

  signal(value: number, outside = false): void {
    if (this.status !== undefined || value === 0) return
    if (this.onSignal !== undefined && value !== SIGKILL) return this.onSignal(value)
    const disposition = value === SIGKILL ? undefined : this.dispositions?.get(value)
    if (disposition === 'ignore') return
    if (disposition === 'handle') {
      this.pending.push(value)
      const wait = this.#waits.find((one) => one.interruptible)
      if (wait !== undefined) this.#abort(wait, new Interrupted(value))
      return
    }
    if (ignoredByDefault(value)) return
    if (this.init && !(outside && value === SIGKILL)) return
    this.#end(128 + value)
  }

  /** Ends it from the inside, by a signal it cannot withstand: SIGPIPE, or the step budget. */
  kill(value: number): never {
    this.#end(128 + value)
    throw new ProcessExit(128 + value)
  }

  get alive(): boolean {
    return this.status === undefined
  }

  /** Waits for a promise; a deadly signal ends the wait. */
  block<T>(promise: Promise<T>, onAbort?: () => void, interruptible = false): Promise<T> {
    if (this.status !== undefined) return Promise.reject(new ProcessExit(this.status))
    const early = this.pending[0]
    if (interruptible && early !== undefined) {
      onAbort?.()
      return Promise.reject(new Interrupted(early))
    }
    return new Promise<T>((resolve, reject) => {
      const wait: Wait = {
        interruptible,
        abort: (error) => {
          onAbort?.()
          reject(error)
        },
      }
      this.#waits.push(wait)
      const finish = (): void => this.#forget(wait)
      promise.then(
        (value) => {
          finish()
          resolve(value)
        },
        (error: unknown) => {
          finish()
          reject(error)
        },
      )
    })
  }

  sleep(delayUs: number, interruptible = false): Promise<void> {
    const { engine, kind } = this.machine
    const woken = engine.deferred<void>()
    const task = engine.schedule(delayUs, this.commandLine[0] ?? 'shell', woken.resolve, kind)
    return this.block(woken.promise, () => engine.cancel(task), interruptible)
  }

  #forget(wait: Wait): void {
    const at = this.#waits.indexOf(wait)
    if (at >= 0) this.#waits.splice(at, 1)
  }

  #abort(wait: Wait, error: Error): void {
    this.#forget(wait)
    this.machine.engine.touchAsync()
    wait.abort(error)
  }

  #end(status: number): void {
    if (this.status !== undefined) return
    this.status = status
    this.#leave()
    this.#exited?.resolve(status)
    for (const wait of [...this.#waits]) this.#abort(wait, new ProcessExit(status))
  }

  #crash(error: unknown): void {
    if (this.status !== undefined) return
    this.status = 1
    this.#failure = error
    this.#leave()
    this.#exited?.reject(error)
  }

  #leave(): void {
    const { table } = this.machine
    this.descriptors.closeAll()
    table.remove(this.pid)
    for (const entry of table.list()) {
      if (entry instanceof Process && entry.parentPid === this.pid) entry.parentPid = 1
    }
    this.onExit?.(this.status ?? 1)
    if (this.init) table.killAll()
    this.machine.engine.touchAsync()
  }
}

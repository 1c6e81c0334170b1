// The processes of one container: pids, who is whose parent, who gets which signal. A container's main program and all
// exec'd commands share one table, so that `ps` lists them together and `kill 1` reaches the main program. Where a pod shares its
// process namespace, or a debug container looks into another, a container's table is a part of a larger one.

import { SIGKILL } from './signals.ts'

/** One row of `ps`, and where its signals go. */
export interface TableEntry {
  readonly pid: number
  readonly parentPid: number
  readonly commandLine: readonly string[]
  readonly startedUs: number
  /** Process group: Ctrl-C goes to all of the foreground one. */
  readonly group: number
  /** `outside`: sent by the kubelet; then even a first process without handlers cannot withstand KILL. */
  signal(value: number, outside: boolean): void
}

export class ProcessTable {
  readonly #entries = new Map<number, TableEntry>()
  readonly #namespace: ProcessTable | undefined
  #nextPid = 1

  /** @param namespace the table of all whose processes see each other, where that is more than one container's */
  constructor(namespace?: ProcessTable) {
    this.#namespace = namespace
  }

  /** The pid the next process gets. Pids are never used twice. */
  takePid(): number {
    return this.#namespace === undefined ? this.#nextPid++ : this.#namespace.takePid()
  }

  add(entry: TableEntry): void {
    this.#entries.set(entry.pid, entry)
    this.#namespace?.add(entry)
  }

  remove(pid: number): void {
    this.#entries.delete(pid)
    this.#namespace?.remove(pid)
  }

  get(pid: number): TableEntry | undefined {
    return this.#namespace === undefined ? this.#entries.get(pid) : this.#namespace.get(pid)
  }

  /** All of the namespace, by pid. */
  list(): readonly TableEntry[] {
    return this.#namespace === undefined ? this.#own() : this.#namespace.list()
  }

  #own(): TableEntry[] {
    return [...this.#entries.values()].sort((a, b) => a.pid - b.pid)
  }

  /**
   * Enters a program that is no shell process (an image's own server) and returns how to take it out again.
   * @param signal gets the signal numbers sent to it
   */
  addProgram(
    commandLine: readonly string[],
    startedUs: number,
    signal: (value: number) => void,
  ): { readonly pid: number; remove(): void } {
    const pid = this.takePid()
    this.add({ pid, parentPid: 0, commandLine, startedUs, group: pid, signal })
    return { pid, remove: () => this.remove(pid) }
  }

  signalGroup(group: number, value: number): void {
    for (const entry of this.list()) if (entry.group === group) entry.signal(value, false)
  }

  /** What happens to a container's own processes when its first one ends. */
  killAll(): void {
    for (const entry of this.#own()) entry.signal(SIGKILL, true)
  }
}

// The processes of one container: pids, who is whose parent, who gets which signal. A container's main program and all
// exec'd commands share one table, so that `ps` lists them together and `kill 1` reaches the main program.

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
  #nextPid = 1

  /** The pid the next process gets. Pids are never used twice. */
  takePid(): number {
    return this.#nextPid++
  }

  add(entry: TableEntry): void {
    this.#entries.set(entry.pid, entry)
  }

  remove(pid: number): void {
    this.#entries.delete(pid)
  }

  get(pid: number): TableEntry | undefined {
    return this.#entries.get(pid)
  }

  /** By pid. */
  list(): readonly TableEntry[] {
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

  /** What happens to a container when its first process ends. */
  killAll(): void {
    for (const entry of this.list()) entry.signal(SIGKILL, true)
  }
}

// What /proc shows of a container: its processes (cmdline, comm, status), and the few files about the machine whose contents are known.
// Memory, load, mounts and descriptors are not simulated and not there. Source: proc(5).

import type { Engine } from '@podwire/engine'
import type { TableEntry } from '@podwire/shell'
import { type FileContent, ReadOnlyFiles } from './read-only-files.ts'

export interface ProcOptions {
  readonly engine: Engine
  readonly hostname: string
  /** Those the container may see, by pid. */
  processes(): readonly TableEntry[]
}

/** As `nproc` says. */
const PROCESSORS = 2

export function createProcFiles(options: ProcOptions): ReadOnlyFiles {
  const uptime = (): string => {
    const seconds = (options.engine.clock.now() / 1_000_000).toFixed(2)
    return `${seconds} ${seconds}\n`
  }
  return new ReadOnlyFiles(() => {
    const files = new Map<string, FileContent>([
      ['/cpuinfo', Array.from({ length: PROCESSORS }, (_unused, index) => processor(index)).join('')],
      ['/sys/kernel/hostname', `${options.hostname}\n`],
      ['/sys/net/ipv4/ip_forward', '1\n'],
      ['/uptime', () => Buffer.from(uptime())],
      ['/version', 'Linux version 6.1.0-podwire #1 SMP PREEMPT_DYNAMIC\n'],
    ])
    for (const entry of options.processes()) {
      files.set(`/${entry.pid}/cmdline`, entry.commandLine.map((word) => `${word}\0`).join(''))
      files.set(`/${entry.pid}/comm`, `${commandName(entry)}\n`)
      files.set(`/${entry.pid}/status`, status(entry))
    }
    return files
  })
}

const processor = (index: number): string =>
  `processor\t: ${index}\nvendor_id\t: podwire\nmodel name\t: simulated x86-64\n\n`

/** The kernel keeps fifteen characters. */
const commandName = ({ commandLine }: TableEntry): string =>
  (commandLine[0]?.split(' ', 1)[0] ?? '').replace(/^.*\//, '').slice(0, 15)

function status(entry: TableEntry): string {
  const rows: readonly (readonly [string, string | number])[] = [
    ['Name', commandName(entry)],
    ['State', 'S (sleeping)'],
    ['Tgid', entry.pid],
    ['Pid', entry.pid],
    ['PPid', entry.parentPid],
  ]
  return rows.map(([name, value]) => `${name}:\t${value}\n`).join('')
}

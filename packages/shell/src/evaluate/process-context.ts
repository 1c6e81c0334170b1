// A process as the commands see it (the CommandContext of command.ts).

import type { Engine, Random } from '@podwire/engine'
import type { CommandContext, InputStream, OutputStream, SpawnedCommand, SpawnOptions } from '../command.ts'
import { ShellFileError, type FileTree } from '../file-tree.ts'
import { openPath } from '../process/descriptors.ts'
import { OutsideFile } from '../process/plain-files.ts'
import type { Process } from '../process/process.ts'
import type { ProcessTable } from '../process/process-table.ts'
import { signalName, signalNumber } from '../process/signals.ts'
import { writeDescriptor } from '../process/text-io.ts'
import { resolveProgram, runProgram } from './program.ts'

export class ProcessContext implements CommandContext {
  readonly process: Process
  readonly name: string
  readonly args: readonly string[]
  readonly environment: ReadonlyMap<string, string>

  constructor(process: Process, argv: readonly string[], environment: ReadonlyMap<string, string>) {
    this.process = process
    this.name = argv[0] ?? ''
    this.args = argv.slice(1)
    this.environment = environment
  }

  get engine(): Engine {
    return this.process.machine.engine
  }

  get random(): Random {
    return this.process.machine.random
  }

  get stdin(): InputStream {
    const { process } = this
    return {
      read: async () => {
        const file = process.descriptors.get(0)
        if (file === undefined) throw new ShellFileError('EBADF', '0')
        return file.read(process)
      },
    }
  }

  get stdout(): OutputStream {
    const isTerminal = this.process.descriptors.get(1)?.terminal === true
    return { write: (data) => writeDescriptor(this.process, 1, data), isTerminal }
  }

  get stderr(): OutputStream {
    return {
      write: async (data) => {
        if (this.process.descriptors.get(2) !== undefined) await writeDescriptor(this.process, 2, data)
      },
    }
  }

  get workingDirectory(): string {
    return this.process.workingDirectory
  }

  get files(): FileTree {
    return this.process.machine.files
  }

  get hostname(): string {
    return this.process.machine.hostname
  }

  get pid(): number {
    return this.process.pid
  }

  get processes(): ProcessTable {
    return this.process.machine.table
  }

  block<T>(promise: Promise<T>): Promise<T> {
    return this.process.block(promise)
  }

  sleep(delayUs: number): Promise<void> {
    return this.process.sleep(delayUs)
  }

  takeSignals(handler: (name: string) => void): void {
    const onSignal = (value: number): void => handler(`SIG${signalName(value)}`)
    this.process.onSignal = onSignal
  }

  open(path: string): InputStream {
    const file = openPath(this.process, path, 'read')
    return { read: () => file.read(this.process) }
  }

  spawn(argv: readonly string[], options: SpawnOptions = {}): SpawnedCommand {
    const { process } = this
    const name = argv[0] ?? ''
    const environment = options.environment ?? this.environment
    const program = resolveProgram(process.machine, name, process.workingDirectory, environment.get('PATH'))
    const child = process.fork(argv)
    const { stdin, stdout, stderr } = options
    if (stdin !== undefined) child.descriptors.set(0, new OutsideFile(stdin, undefined))
    if (stdout !== undefined) child.descriptors.set(1, new OutsideFile(undefined, stdout))
    if (stderr !== undefined) child.descriptors.set(2, new OutsideFile(undefined, stderr))
    child.start(async () => {
      if (program.kind === 'missing' || program.kind === 'denied') {
        const reason = program.kind === 'missing' ? 'No such file or directory' : 'Permission denied'
        await writeDescriptor(child, 2, `${this.name}: can't execute '${name}': ${reason}\n`)
      }
      return runProgram(child, program, argv, environment)
    })
    return {
      pid: child.pid,
      done: child.exited(),
      signal: (text) => child.signal(signalNumber(text) ?? 0),
    }
  }
}

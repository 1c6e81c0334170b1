// The way in: runs a container's command line, or an exec'd one, as a process on virtual time. A program that is missing is
// reported by `programExists` before, so that a container runtime can answer as runc does.

import { PodwireError, type Engine, type Random } from '@podwire/engine'
import type { Dialect } from './dialect.ts'
import { CommandTable } from './command-table.ts'
import type { Command, InputStream, OutputStream } from './command.ts'
import type { FileTree } from './file-tree.ts'
import { resolvePath } from './files/path.ts'
import { resolveProgram, runProgram } from './evaluate/program.ts'
import { DescriptorTable } from './process/descriptors.ts'
import { Machine } from './process/machine.ts'
import type { OpenFile } from './process/open-file.ts'
import { NullDevice, OutsideFile } from './process/plain-files.ts'
import { Process } from './process/process.ts'
import type { ProcessTable } from './process/process-table.ts'
import { SIGHUP, signalName, signalNumber } from './process/signals.ts'
import { writeDescriptor } from './process/text-io.ts'
import { Terminal, TerminalFile, type TerminalSize } from './terminal/terminal.ts'
import { allPrograms } from './tools/index.ts'

export interface ShellOptions {
  readonly engine: Engine
  /** A stream of this container's own. */
  readonly random: Random
  readonly files: FileTree
  readonly environment: ReadonlyMap<string, string>
  /** Commands from outside (curl, dig …); they win over tools of the same name. */
  /** A CommandTable remembers what it comes to with the shell's own tools, for the next run. */
  readonly commands?: ReadonlyMap<string, Command>
  /** Names the image has, shells among them; absent: all. */
  readonly tools?: ReadonlySet<string>
  /** What `sh` is here. Default `ash`. */
  readonly sh?: Dialect
  /** Program and arguments, as in a container's command: `['sh', '-c', '…']`, `['sleep', '5']`. */
  readonly argv: readonly string[]
  /** Absent: end of file at once. */
  readonly stdin?: InputStream
  readonly stdout: OutputStream
  /** Absent: standard output. */
  readonly stderr?: OutputStream
  /** Puts a terminal between stdin, stdout and the program, as `exec -t` does. */
  readonly terminal?: TerminalSize
  readonly hostname: string
  readonly workingDirectory?: string
  /** The container's processes; a new table when absent. */
  readonly processes?: ProcessTable
  /** The container's first process: signals it does not handle are ignored, and all others end with it. */
  readonly init?: boolean
  /** Its waiting does not count as work to settle: for a container's main program. */
  readonly background?: boolean
  /** Steps in one moment of virtual time before a script is ended with KILL. */
  readonly stepBudget?: number
}

export interface ShellRun {
  readonly pid: number
  /** Exit status, 128 + n when signal n ended it. Rejects only when podwire itself fails. */
  readonly done: Promise<number>
  /** As the kubelet sends it: `SIGTERM`, `TERM` or `15`. */
  signal(name: string): void
  resize(size: TerminalSize): void
  /** The client went away: the terminal hangs up, a process without one goes on. */
  hangUp(): void
}

type Programs = Pick<ShellOptions, 'commands' | 'tools'>

const NO_COMMANDS = new CommandTable()

/** Own tools and outside commands by name, made once for each pair of tables. */
function programsOf({ commands = NO_COMMANDS, tools }: Programs): ReadonlyMap<string, Command> {
  const known = commands instanceof CommandTable ? commands.programs.get(tools) : undefined
  if (known !== undefined) return known
  const all = [...allPrograms, ...commands]
  const programs = new Map(tools === undefined ? all : all.filter(([name]) => tools.has(name)))
  if (commands instanceof CommandTable) commands.programs.set(tools, programs)
  return programs
}

function createMachine(options: ShellOptions): Machine {
  return new Machine({
    engine: options.engine,
    random: options.random,
    files: options.files,
    programs: programsOf(options),
    hostname: options.hostname,
    kind: options.background === true ? 'background' : 'foreground',
    sh: options.sh ?? 'ash',
    ...(options.processes === undefined ? {} : { table: options.processes }),
    ...(options.stepBudget === undefined ? {} : { stepBudget: options.stepBudget }),
  })
}

/** Whether a container can start this command line at all. */
export function programExists(
  options: Pick<ShellOptions, 'commands' | 'tools' | 'files' | 'argv' | 'environment'> & {
    readonly workingDirectory?: string
  } & Pick<ShellOptions, 'engine' | 'random' | 'hostname' | 'stdout'>,
): 'found' | 'missing' | 'denied' {
  const { kind } = resolve(createMachine(options), options)
  return kind === 'missing' || kind === 'denied' ? kind : 'found'
}

function resolve(
  machine: Machine,
  options: Pick<ShellOptions, 'argv' | 'environment'> & { readonly workingDirectory?: string },
): ReturnType<typeof resolveProgram> {
  const directory = resolvePath('/', options.workingDirectory ?? '/')
  return resolveProgram(machine, options.argv[0] ?? '', directory, options.environment.get('PATH'))
}

export function runShell(options: ShellOptions): ShellRun {
  const { argv, environment, engine } = options
  if (argv.length === 0) {
    throw new PodwireError('run a command', 'the command line is empty', 'Give a program and its arguments.')
  }
  const machine = createMachine(options)
  const terminal =
    options.terminal === undefined ? undefined : new Terminal(engine, options.stdout, machine.table, options.terminal)
  const process = new Process({
    machine,
    parent: undefined,
    commandLine: argv,
    descriptors: new DescriptorTable(terminal === undefined ? streams(options) : terminalStreams(terminal)),
    workingDirectory: resolvePath('/', options.workingDirectory ?? '/'),
    init: options.init === true,
  })
  if (terminal !== undefined) {
    terminal.foregroundGroup = process.group
    if (options.stdin !== undefined) terminal.pump(options.stdin).catch(() => terminal.hangUp())
  }
  const program = resolve(machine, options)
  process.start(async () => {
    if (program.kind === 'missing' || program.kind === 'denied') {
      const reason = program.kind === 'missing' ? 'executable file not found in $PATH' : 'permission denied'
      await writeDescriptor(process, 2, `exec: "${argv[0]}": ${reason}\n`)
    }
    return runProgram(process, program, argv, environment)
  })
  engine.touchAsync()
  return {
    pid: process.pid,
    done: process.exited(),
    signal: (name) => process.signal(signalOf(name), true),
    resize: (size) => terminal?.resize(size),
    hangUp: () => (terminal === undefined ? undefined : terminal.hangUp()),
  }
}

function signalOf(name: string): number {
  const number = signalNumber(name)
  if (number === undefined) {
    throw new PodwireError(
      'send a signal',
      `there is no signal ${name}`,
      `Names are ${signalName(SIGHUP)}, TERM, KILL ….`,
    )
  }
  return number
}

function streams(options: ShellOptions): ReadonlyMap<number, OpenFile> {
  const stdin = options.stdin === undefined ? new NullDevice() : new OutsideFile(options.stdin, undefined)
  const stdout = new OutsideFile(undefined, options.stdout)
  const stderr = options.stderr === undefined ? stdout.retain() : new OutsideFile(undefined, options.stderr)
  return new Map<number, OpenFile>([
    [0, stdin],
    [1, stdout],
    [2, stderr],
  ])
}

function terminalStreams(terminal: Terminal): ReadonlyMap<number, OpenFile> {
  const file = new TerminalFile(terminal)
  return new Map<number, OpenFile>([
    [0, file],
    [1, file.retain()],
    [2, file.retain()],
  ])
}

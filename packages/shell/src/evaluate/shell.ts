// The state of one shell: variables, functions, options, positional parameters, traps, jobs; and the process it runs in.
// A subshell, a pipeline stage, `$( )` and `&` each get a copy in a process of their own.

import type { Function as FunctionNode } from 'unbash'
import type { Dialect } from '../dialect.ts'
import { lastName } from '../files/path.ts'
import { ProcessExit, type Process } from '../process/process.ts'
import { writeDescriptor } from '../process/text-io.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { withPrefix } from './message-prefix.ts'
import { Variables } from './variables.ts'

export interface ShellOptions {
  errexit: boolean
  nounset: boolean
  xtrace: boolean
  noglob: boolean
  noexec: boolean
  verbose: boolean
  allexport: boolean
  noclobber: boolean
  pipefail: boolean
  monitor: boolean
  /** bash: an unmatched pattern stands for nothing. */
  nullglob: boolean
  /** bash: `$( )` keeps `set -e`. */
  inheritErrexit: boolean
}

const NO_OPTIONS: ShellOptions = {
  errexit: false,
  nounset: false,
  xtrace: false,
  noglob: false,
  noexec: false,
  verbose: false,
  allexport: false,
  noclobber: false,
  pipefail: false,
  monitor: false,
  nullglob: false,
  inheritErrexit: false,
}

/** A jump on its way outwards: `break`, `continue`, `return`. */
export type Jump = { readonly kind: 'break' | 'continue'; levels: number } | { readonly kind: 'return' }

/** A mistake that ends a script, and only the present line of an interactive shell. The message is already written. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError'
  readonly status: number

  constructor(status: number) {
    super(`script error ${status}`)
    this.status = status
  }
}

/** bash: a mistake that ends only the rest of its line in a script. */
export class LineError extends ScriptError {}

export interface ShellStart {
  readonly process: Process
  readonly dialect: Dialect
  readonly environment: ReadonlyMap<string, string>
  readonly zero: string
  readonly positional: readonly string[]
}

/** Text whose commands are being run, and the number of its first line. */
export interface ScriptPlace {
  readonly text: string
  readonly firstLine: number
}

/** A function and the text it stands in. */
export interface ShellFunction {
  readonly node: FunctionNode
  readonly place: ScriptPlace
}

const NO_PLACE: ScriptPlace = { text: '', firstLine: 1 }

export class Shell {
  readonly process: Process
  readonly dialect: Dialect
  /** $$: the pid of the outermost shell, also in subshells. */
  readonly mainPid: number
  readonly variables: Variables
  functions: ReadonlyMap<string, ShellFunction> = new Map()
  options: ShellOptions = { ...NO_OPTIONS }
  positional: readonly string[]
  zero: string
  /** Of the shell itself, without directories. */
  programName: string
  status = 0
  lastBackground: number | undefined
  jobs: Process[] = []
  traps: ReadonlyMap<number, string> = new Map()
  pipeStatus: readonly number[] = [0]
  jump: Jump | undefined
  /** > 0 where a failing command does not end a `set -e` script: conditions, `!`, all but the last of `&&` and `||`. */
  errexitMuted = 0
  loopDepth = 0
  callDepth = 0
  /** How many `.` and `source` are being read. */
  sourceDepth = 0
  /** $FUNCNAME, the innermost last. */
  functionNames: readonly string[] = []
  umask = 0o022
  /** pushd's stack, the newest last. */
  directories: readonly string[] = []
  /** Jobs whose status `wait PID` has given away. */
  readonly waitedFor = new Set<number>()
  interactive = false
  /** Somebody types its commands, or those of the shell it is a copy of. */
  atPrompt = false
  /** A file named on its command line, the argument of `-c`, or standard input. */
  commandsFrom: 'file' | 'argument' | 'input' = 'input'
  place = NO_PLACE
  /** Where in the text the present command begins. */
  position = 0
  /** The builtin that runs. */
  running: string | undefined
  terminal: Terminal | undefined
  optind = { word: 1, letter: 0 }
  startedUs: number
  /** Status of the last command substitution in the command being expanded. */
  substitutionStatus: number | undefined
  /** Descriptors of `<(…)` and `>(…)` that are open. */
  readonly substitutionEnds: number[] = []

  constructor(start: ShellStart) {
    this.process = start.process
    this.dialect = start.dialect
    this.mainPid = start.process.pid
    this.variables = new Variables(start.environment)
    this.zero = start.zero
    this.programName = lastName(start.zero)
    this.positional = start.positional
    this.startedUs = start.process.machine.engine.clock.now()
  }

  /** A copy in `process`, as fork(2) makes it: traps of the parent do not apply to it. */
  fork(process: Process): Shell {
    const copy = new Shell({
      process,
      dialect: this.dialect,
      environment: new Map(),
      zero: this.zero,
      positional: this.positional,
    })
    return Object.assign(copy, {
      mainPid: this.mainPid,
      programName: this.programName,
      variables: this.variables.copy(),
      functions: this.functions,
      options: { ...this.options },
      status: this.status,
      lastBackground: this.lastBackground,
      errexitMuted: this.errexitMuted,
      loopDepth: this.loopDepth,
      callDepth: this.callDepth,
      sourceDepth: this.sourceDepth,
      functionNames: this.functionNames,
      umask: this.umask,
      directories: this.directories,
      startedUs: this.startedUs,
      atPrompt: this.atPrompt,
      commandsFrom: this.commandsFrom,
      place: this.place,
      position: this.position,
      running: this.running,
      optind: { ...this.optind },
    })
  }

  get machine(): Process['machine'] {
    return this.process.machine
  }

  /** $LINENO */
  get line(): number {
    const { text, firstLine } = this.place
    let line = firstLine
    for (let at = text.indexOf('\n'); at >= 0 && at < this.position; at = text.indexOf('\n', at + 1)) line++
    return line
  }

  /** The name messages start with. */
  get label(): string {
    return this.zero
  }

  write(descriptor: number, text: string): Promise<void> {
    return writeDescriptor(this.process, descriptor, text)
  }

  async complain(message: string): Promise<void> {
    if (this.process.descriptors.get(2) === undefined) return
    await this.write(2, `${withPrefix(this, message)}\n`)
  }

  /** Writes a message and gives up the script. */
  async fail(message: string, status = this.dialect === 'bash' ? 1 : 2): Promise<never> {
    await this.complain(message)
    throw new ScriptError(status)
  }

  exit(status: number): never {
    throw new ProcessExit(status & 255)
  }
}

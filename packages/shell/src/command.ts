// What a command sees when the shell runs it: its arguments, its streams, its environment, and virtual time. Builtins,
// text tools and commands handed in from outside (curl, dig …) all have this one shape.

import type { Engine, Random } from '@podwire/engine'
import type { FileTree } from './file-tree.ts'
import type { ProcessTable } from './process/process-table.ts'

/** Reads chunks; undefined is end of file. */
export interface InputStream {
  read(): Promise<Uint8Array | undefined>
}

/** Writes wait for a reader when a pipe is full; writing to a pipe without readers ends the process (SIGPIPE, 141). */
export interface OutputStream {
  write(data: Uint8Array | string): Promise<void>
  /** Somebody looks at it: tools then write for people. */
  readonly isTerminal?: boolean
}

export interface SpawnOptions {
  /** Streams of the child; what is absent is inherited. */
  readonly stdin?: InputStream
  readonly stdout?: OutputStream
  readonly stderr?: OutputStream
  /** Replaces the whole environment; default the caller's. */
  readonly environment?: ReadonlyMap<string, string>
}

export interface SpawnedCommand {
  readonly pid: number
  /** Exit status, 128 + n when signal n ended it; 126 and 127 as a shell gives them. */
  readonly done: Promise<number>
  /** `TERM`, `SIGTERM` or `15`. */
  signal(name: string): void
}

export interface CommandContext {
  readonly engine: Engine
  /** A stream of this container's shell. */
  readonly random: Random
  /** Arguments without the command's own name. */
  readonly args: readonly string[]
  readonly name: string
  readonly stdin: InputStream
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  /** Exported variables. */
  readonly environment: ReadonlyMap<string, string>
  readonly workingDirectory: string
  readonly files: FileTree
  readonly hostname: string
  readonly pid: number
  /** Everything that runs beside it. */
  readonly processes: ProcessTable
  /** Races a promise with signals: every wait of a command goes through here, so that `kill` and Ctrl-C reach it. */
  block<T>(promise: Promise<T>): Promise<T>
  /** Waits in virtual time; a signal interrupts it. */
  sleep(delayUs: number): Promise<void>
  /** Opens a file or a device (`/dev/null`, `/dev/zero` …) to read. @throws ShellFileError */
  open(path: string): InputStream
  /**
   * Takes every signal but KILL itself from now on, instead of dying by it or what the shell before it set.
   * @param handler gets the name: `SIGTERM`
   */
  takeSignals(handler: (name: string) => void): void
  /** Starts a program (a tool, a command from outside, a script, `sh`) as a child process. */
  spawn(argv: readonly string[], options?: SpawnOptions): SpawnedCommand
}

/** Runs to its exit code. */
export type Command = (context: CommandContext) => Promise<number>

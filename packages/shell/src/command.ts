// What a command sees when the shell runs it: its arguments, its streams, its environment, and virtual time. Builtins,
// text tools and commands handed in from outside (curl, dig …) all have this one shape.

import type { Engine } from '@podwire/engine'
import type { FileTree } from './file-tree.ts'

/** Reads chunks; undefined is end of file. */
export interface InputStream {
  read(): Promise<Uint8Array | undefined>
}

/** Writes wait for a reader when a pipe is full; writing to a pipe without readers ends the process (SIGPIPE, 141). */
export interface OutputStream {
  write(data: Uint8Array | string): Promise<void>
}

export interface CommandContext {
  readonly engine: Engine
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
  readonly pid: number
  /** Races a promise with signals: every wait of a command goes through here, so that `kill` and Ctrl-C reach it. */
  block<T>(promise: Promise<T>): Promise<T>
  /** Waits in virtual time; a signal interrupts it. */
  sleep(delayUs: number): Promise<void>
}

/** Runs to its exit code. */
export type Command = (context: CommandContext) => Promise<number>

// Runs a command line where there is no container: on the outside host or on a node. Output is collected; the exit code is
// what the command's would be in a real shell there.

import type { Clock, Engine, Random } from '@podwire/engine'
import { collectOutput, createFileTree, runShell, textInput, type Command, type FileTree } from '@podwire/shell'
import { bindTools } from '../commands/index.ts'
import type { ToolHost } from '../commands/tool.ts'

export interface CommandResult {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

/** A machine commands can run on. */
export interface CommandHost {
  readonly tools: ToolHost
  readonly files: FileTree
  readonly commands: ReadonlyMap<string, Command>
  readonly random: Random
}

const ENVIRONMENT: ReadonlyMap<string, string> = new Map([
  ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  ['HOME', '/root'],
])

const DIRECTORIES = ['/etc', '/root', '/tmp'] as const

/** @param extra commands only this machine has: `iptables-save` on a node */
export function createCommandHost(
  clock: Clock,
  tools: ToolHost,
  files: ReadonlyMap<string, string>,
  random: Random,
  extra: ReadonlyMap<string, Command> = new Map(),
): CommandHost {
  const tree = createFileTree(undefined, { now: () => clock.wallTimeMs() })
  for (const path of DIRECTORIES) tree.makeDirectory(path)
  for (const [path, text] of files) tree.write(path, text)
  return { tools, files: tree, commands: new Map([...bindTools(tools), ...extra]), random }
}

export interface RunOptions {
  /** Given to the command as its standard input; absent: end of file at once. */
  readonly stdin?: string
}

export async function runCommand(
  engine: Engine,
  host: CommandHost,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<CommandResult> {
  const stdout = collectOutput()
  const stderr = collectOutput()
  const run = runShell({
    engine,
    random: host.random,
    files: host.files,
    environment: ENVIRONMENT,
    commands: host.commands,
    sh: 'bash',
    argv,
    ...(options.stdin === undefined ? {} : { stdin: textInput(options.stdin) }),
    stdout,
    stderr,
    hostname: host.tools.hostname,
    workingDirectory: '/root',
  })
  const exitCode = await run.done
  return { stdout: stdout.text(), stderr: stderr.text(), exitCode }
}

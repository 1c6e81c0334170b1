// `sh` and `bash` as programs: their command lines (`-c`, `-ec`, `-lc`, `-x`, `-s`, a script file, `+e`, `-o pipefail`) and
// where their commands come from. `-l` reads /etc/profile when it is there.

import type { Dialect } from '../dialect.ts'
import { ShellFileError } from '../file-tree.ts'
import { openPath } from '../process/descriptors.ts'
import type { Process } from '../process/process.ts'
import { readLine } from '../process/text-io.ts'
import { runInteractive } from '../terminal/interactive.ts'
import { setOptionLetter, setOptionName } from '../builtins/shell-options.ts'
import { Shell } from './shell.ts'
import { runToEnd } from './shell-end.ts'
import { runInput, runText } from './source.ts'

interface CommandLine {
  readonly letters: readonly (readonly [letter: string, on: boolean])[]
  readonly names: readonly (readonly [name: string, on: boolean])[]
  readonly command: boolean
  readonly interactive: boolean
  readonly login: boolean
  readonly input: boolean
  readonly operands: readonly string[]
}

export async function runShellProgram(
  process: Process,
  dialect: Dialect,
  argv: readonly string[],
  environment: ReadonlyMap<string, string>,
): Promise<number> {
  const line = parseCommandLine(argv.slice(1))
  const label = argv[0] ?? dialect
  const shell = new Shell({ process, dialect, environment: withPwd(process, environment), zero: label, positional: [] })
  for (const [letter, on] of line.letters) {
    if (!setOptionLetter(shell, letter, on)) {
      await shell.complain(`-${letter}: invalid option`)
      return 2
    }
  }
  for (const [name, on] of line.names) {
    if (!setOptionName(shell, name, on)) {
      await shell.complain(`${name}: invalid option name`)
      return 2
    }
  }
  return runToEnd(shell, async () => {
    if (line.login) await sourceProfile(shell)
    return runFrom(shell, line)
  })
}

function withPwd(process: Process, environment: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...environment, ['PWD', process.workingDirectory]])
}

async function runFrom(shell: Shell, line: CommandLine): Promise<number> {
  const { process } = shell
  const [first, second, ...rest] = line.operands
  if (line.command) {
    if (first === undefined) {
      await shell.complain('-c: option requires an argument')
      return 2
    }
    if (second !== undefined) shell.zero = second
    shell.positional = rest
    shell.commandsFrom = 'argument'
    // busybox counts the lines of `-c` from 0.
    return runText(shell, first, { origin: '-c', firstLine: shell.dialect === 'ash' ? 0 : 1 })
  }
  const stdin = process.descriptors.get(0)
  if (first === undefined || line.input) {
    shell.positional = line.operands
    if (stdin === undefined) return 0
    if (line.interactive || stdin.terminal) return runInteractive(shell, stdin)
    return runInput(shell, stdin)
  }
  const label = shell.zero
  shell.zero = first
  shell.positional = second === undefined ? [] : [second, ...rest]
  return runFile(shell, first, label)
}

/** @param label what the shell itself is called */
async function runFile(shell: Shell, path: string, label: string): Promise<number> {
  const text = await readScript(shell, path)
  if (text === undefined) {
    await shell.write(2, `${label}: ${cannotOpen(shell.dialect, path)}\n`)
    return shell.dialect === 'bash' ? 127 : 2
  }
  shell.commandsFrom = 'file'
  return runText(shell, text)
}

function cannotOpen(dialect: Dialect, path: string): string {
  switch (dialect) {
    case 'bash':
      return `${path}: No such file or directory`
    case 'dash':
      return `0: cannot open ${path}: No such file`
    case 'ash':
      return `can't open '${path}': No such file or directory`
  }
}

/** A script's text; undefined when there is no such file. */
export async function readScript(shell: Shell, path: string): Promise<string | undefined> {
  try {
    const file = openPath(shell.process, path, 'read')
    const lines: string[] = []
    for (
      let line = await readLine(shell.process, file);
      line !== undefined;
      line = await readLine(shell.process, file)
    ) {
      lines.push(line.complete ? `${line.text}\n` : line.text)
    }
    return lines.join('')
  } catch (error) {
    if (error instanceof ShellFileError) return undefined
    throw error
  }
}

async function sourceProfile(shell: Shell): Promise<void> {
  const text = await readScript(shell, '/etc/profile')
  if (text !== undefined) await runText(shell, text)
}

function parseCommandLine(args: readonly string[]): CommandLine {
  const letters: (readonly [string, boolean])[] = []
  const names: (readonly [string, boolean])[] = []
  const flags = { command: false, interactive: false, login: false, input: false }
  let at = 0
  for (; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg === '--' || arg === '-') {
      at++
      break
    }
    if (/^--(login|posix|norc|noprofile)$/.test(arg)) {
      flags.login ||= arg === '--login'
      continue
    }
    if (!/^[-+][A-Za-z]+$/.test(arg)) break
    for (const letter of arg.slice(1)) {
      if (letter === 'c') flags.command = true
      else if (letter === 'i') flags.interactive = true
      else if (letter === 'l') flags.login = true
      else if (letter === 's') flags.input = true
      else if (letter === 'o') names.push([args[++at] ?? '', arg.startsWith('-')])
      else letters.push([letter, arg.startsWith('-')])
    }
  }
  return { letters, names, ...flags, operands: args.slice(at) }
}

// break, continue, return, exit, eval, `.`, shift, command, type, hash, umask, ulimit.

import { quoteWord } from '../expand/quote.ts'
import { programPath, resolveProgram, runProgram } from '../evaluate/program.ts'
import { readScript } from '../evaluate/shell-program.ts'
import { runText } from '../evaluate/source.ts'
import type { Shell } from '../evaluate/shell.ts'
import { waitFor } from '../evaluate/wait.ts'
import { builtins, specialBuiltins } from './index.ts'

export async function breakLoop(shell: Shell, args: readonly string[], name: string): Promise<number> {
  const levels = Number(args[0] ?? '1')
  if (!Number.isInteger(levels) || levels < 1) return shell.fail(`${name}: Illegal number: ${args[0]}`)
  if (shell.loopDepth === 0) return 0
  const kind = name === 'break' ? 'break' : 'continue'
  shell.jump = { kind, levels: Math.min(levels, shell.loopDepth) }
  return 0
}

export async function returnFrom(shell: Shell, args: readonly string[]): Promise<number> {
  const status = args[0] === undefined ? shell.status : Number(args[0])
  if (!Number.isInteger(status)) return shell.fail(`return: Illegal number: ${args[0]}`)
  shell.jump = { kind: 'return' }
  return status & 255
}

export async function exit(shell: Shell, args: readonly string[]): Promise<number> {
  const status = args[0] === undefined ? shell.status : Number(args[0])
  if (!Number.isInteger(status)) {
    await shell.complain(
      shell.dialect === 'bash' ? `exit: ${args[0]}: numeric argument required` : `exit: Illegal number: ${args[0]}`,
    )
    return shell.exit(2)
  }
  return shell.exit(status)
}

export async function evaluate(shell: Shell, args: readonly string[]): Promise<number> {
  const text = args.join(' ')
  return text.trim() === '' ? 0 : runText(shell, text, 'eval')
}

export async function source(shell: Shell, args: readonly string[], name: string): Promise<number> {
  const [path, ...rest] = args
  if (path === undefined) return shell.fail(`${name}: filename argument required`)
  const text = await readScript(shell, path)
  if (text === undefined) {
    if (shell.dialect === 'sh') return shell.fail(`${name}: can't open '${path}': No such file or directory`)
    await shell.complain(`${path}: No such file or directory`)
    return 1
  }
  const { positional } = shell
  if (rest.length > 0) shell.positional = rest
  shell.status = 0
  const status = await runText(shell, text, path)
  shell.positional = rest.length > 0 ? positional : shell.positional
  if (shell.jump?.kind !== 'return') return status
  shell.jump = undefined
  return shell.status
}

export async function shift(shell: Shell, args: readonly string[]): Promise<number> {
  const count = Number(args[0] ?? '1')
  if (!Number.isInteger(count) || count < 0) return shell.fail(`shift: Illegal number: ${args[0]}`)
  if (count > shell.positional.length) {
    return shell.dialect === 'bash' ? 1 : shell.fail("shift: can't shift that many")
  }
  shell.positional = shell.positional.slice(count)
  return 0
}

type Kind = 'keyword' | 'function' | 'special' | 'builtin' | 'file'

const KEYWORDS: ReadonlySet<string> = new Set(
  'if then else elif fi case esac for while until do done in { } ! function time [['.split(' '),
)

function kindOf(shell: Shell, name: string): { readonly kind: Kind; readonly path: string } | undefined {
  if (KEYWORDS.has(name)) return { kind: 'keyword', path: name }
  if (shell.functions.has(name)) return { kind: 'function', path: name }
  if (specialBuiltins.has(name)) return { kind: 'special', path: name }
  if (builtins.has(name)) return { kind: 'builtin', path: name }
  const { machine, process } = shell
  const search = shell.variables.text('PATH')
  if (name.includes('/')) {
    const program = resolveProgram(machine, name, process.workingDirectory, search)
    return program.kind === 'missing' || program.kind === 'denied' ? undefined : { kind: 'file', path: name }
  }
  const path = programPath(machine, name, search)
  return path === undefined ? undefined : { kind: 'file', path }
}

const DESCRIPTIONS: ReadonlyMap<Kind, string> = new Map([
  ['keyword', 'is a shell keyword'],
  ['function', 'is a function'],
  ['special', 'is a special shell builtin'],
  ['builtin', 'is a shell builtin'],
])

async function describe(shell: Shell, name: string): Promise<boolean> {
  const found = kindOf(shell, name)
  if (found === undefined) return false
  const special = found.kind === 'special' && shell.dialect === 'bash' ? 'builtin' : found.kind
  await shell.write(1, `${name} ${DESCRIPTIONS.get(special) ?? `is ${found.path}`}\n`)
  return true
}

export async function type(shell: Shell, args: readonly string[]): Promise<number> {
  let status = 0
  const short = args[0] === '-t'
  for (const name of short ? args.slice(1) : args) {
    const found = kindOf(shell, name)
    if (short && found !== undefined) await shell.write(1, `${found.kind === 'special' ? 'builtin' : found.kind}\n`)
    else if (!short && (await describe(shell, name))) continue
    else {
      status = shell.dialect === 'bash' ? 1 : 127
      if (!short) {
        if (shell.dialect === 'bash') await shell.complain(`type: ${name}: not found`)
        else await shell.write(1, `${name}: not found\n`)
      }
    }
  }
  return status
}

/** `command`: a builtin or program, never a function; `-v` and `-V` say which. */
export async function command(shell: Shell, args: readonly string[]): Promise<number> {
  const [first, ...rest] = args
  if (first === '-v' || first === '-V') {
    let status = 0
    for (const name of rest) {
      const found = kindOf(shell, name)
      if (found === undefined) status = shell.dialect === 'bash' ? 1 : 127
      else if (first === '-v') await shell.write(1, `${found.path}\n`)
      else await describe(shell, name)
    }
    return status
  }
  const words = first === '-p' || first === '--' ? rest : args
  const [name] = words
  if (name === undefined) return 0
  const builtin = builtins.get(name)
  if (builtin !== undefined) return builtin(shell, words.slice(1), name)
  return runProgramWords(shell, words)
}

async function runProgramWords(shell: Shell, words: readonly string[]): Promise<number> {
  const { process } = shell
  const environment = shell.variables.environment()
  const name = words[0] ?? ''
  const program = resolveProgram(process.machine, name, process.workingDirectory, environment.get('PATH'))
  if (program.kind === 'missing' || program.kind === 'denied') {
    const text = shell.dialect === 'bash' ? 'command not found' : 'not found'
    await shell.complain(program.kind === 'missing' ? `${name}: ${text}` : `${name}: Permission denied`)
    return program.kind === 'missing' ? 127 : 126
  }
  const child = process.fork(words)
  child.start(() => runProgram(child, program, words, environment))
  return waitFor(shell, child)
}

/** Nothing is hashed here. */
export async function hash(): Promise<number> {
  return 0
}

export async function umask(shell: Shell, args: readonly string[]): Promise<number> {
  if (args.length === 0) await shell.write(1, '0022\n')
  return 0
}

export async function ulimit(shell: Shell, args: readonly string[]): Promise<number> {
  const asked = args.filter((arg) => arg.startsWith('-'))
  if (args.length === asked.length) await shell.write(1, asked.includes('-n') ? '1048576\n' : 'unlimited\n')
  return 0
}

/** `set` and `export -p` print values so. */
export function assignmentText(name: string, value: string | undefined): string {
  return value === undefined ? name : `${name}=${quoteWord(value, true)}`
}

// break, continue, return, exit, eval, `.`, shift, command, builtin, type, hash, umask, ulimit.

import { quoteWord } from '../expand/quote.ts'
import { programPath, resolveProgram, runProgram } from '../evaluate/program.ts'
import { readScript } from '../evaluate/shell-program.ts'
import { runText } from '../evaluate/source.ts'
import type { Shell } from '../evaluate/shell.ts'
import { waitFor } from '../evaluate/wait.ts'
import { builtinOf, specialBuiltins } from './index.ts'

export async function breakLoop(shell: Shell, args: readonly string[], name: string): Promise<number> {
  const levels = Number(args[0] ?? '1')
  if (!Number.isInteger(levels) || levels < 1) return shell.fail(`${name}: Illegal number: ${args[0]}`)
  if (shell.loopDepth === 0) {
    if (shell.dialect === 'bash') {
      await shell.complain(`${name}: only meaningful in a \`for', \`while', or \`until' loop`)
    }
    return 0
  }
  const kind = name === 'break' ? 'break' : 'continue'
  shell.jump = { kind, levels: Math.min(levels, shell.loopDepth) }
  return 0
}

export async function returnFrom(shell: Shell, args: readonly string[]): Promise<number> {
  const status = args[0] === undefined ? shell.status : Number(args[0])
  if (!Number.isInteger(status)) return shell.fail(`return: Illegal number: ${args[0]}`)
  if (shell.dialect === 'bash' && shell.callDepth === 0 && shell.sourceDepth === 0) {
    await shell.complain("return: can only `return' from a function or sourced script")
    return 1
  }
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
  return text.trim() === ''
    ? 0
    : runText(shell, text, { origin: 'eval', firstLine: shell.dialect === 'dash' ? 1 : shell.line })
}

export async function source(shell: Shell, args: readonly string[], name: string): Promise<number> {
  const [path, ...rest] = args
  if (path === undefined) return shell.fail(`${name}: filename argument required`)
  const text = await readScript(shell, path)
  if (text === undefined) {
    if (shell.dialect === 'dash') return shell.fail(`${name}: cannot open ${path}: No such file`)
    if (shell.dialect === 'ash') return shell.fail(`${name}: can't open '${path}': No such file or directory`)
    await shell.complain(`${path}: No such file or directory`)
    return 1
  }
  const { positional } = shell
  if (rest.length > 0) shell.positional = rest
  shell.status = 0
  shell.sourceDepth++
  const status = await runText(shell, text, { origin: '.' })
  shell.sourceDepth--
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
  if (builtinOf(shell, name) !== undefined) return { kind: 'builtin', path: name }
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
  const bash = shell.dialect === 'bash'
  const flag = bash ? /^-([tpPa])$/.exec(args[0] ?? '')?.[1] : undefined
  let status = 0
  for (const name of flag === undefined ? args : args.slice(1)) {
    const found = kindOf(shell, name)
    if (found === undefined) {
      status = bash ? 1 : 127
      if (!bash) await shell.write(1, `${name}: not found\n`)
      else if (flag === undefined || flag === 'a') await shell.complain(`type: ${name}: not found`)
    } else if (flag === 't') await shell.write(1, `${found.kind === 'special' ? 'builtin' : found.kind}\n`)
    else if (flag === 'p' || flag === 'P') {
      if (found.kind === 'file') await shell.write(1, `${found.path}\n`)
    } else await describe(shell, name)
  }
  return status
}

/** `command`: a builtin or program, never a function; `-v` and `-V` say which. */
export async function command(shell: Shell, args: readonly string[]): Promise<number> {
  const [first, ...rest] = args
  if (first === '-v' || first === '-V') {
    const bash = shell.dialect === 'bash'
    let missing = 0
    const names = bash ? rest : rest.slice(0, 1)
    for (const name of names) {
      const found = kindOf(shell, name)
      if (found === undefined) missing++
      else if (first === '-v') await shell.write(1, `${found.path}\n`)
      else await describe(shell, name)
    }
    return missing < names.length ? 0 : bash ? 1 : 127
  }
  const words = first === '-p' || first === '--' ? rest : args
  const [name] = words
  if (name === undefined) return 0
  const builtin = builtinOf(shell, name)
  if (builtin !== undefined) return builtin(shell, words.slice(1), name)
  return runProgramWords(shell, words)
}

/** bash: a builtin though a function has its name. */
export async function builtin(shell: Shell, args: readonly string[], own: string): Promise<number> {
  const [name] = args
  if (shell.dialect !== 'bash') {
    await shell.complain(`${own}: not found`)
    return 127
  }
  if (name === undefined) return 0
  const run = builtinOf(shell, name)
  if (run !== undefined) return run(shell, args.slice(1), name)
  await shell.complain(`builtin: ${name}: not a shell builtin`)
  return 1
}

async function runProgramWords(shell: Shell, words: readonly string[]): Promise<number> {
  const { process } = shell
  const environment = shell.variables.environment()
  const name = words[0] ?? ''
  const program = resolveProgram(process.machine, name, process.workingDirectory, environment.get('PATH'))
  if (program.kind === 'missing' || program.kind === 'denied') {
    shell.running = undefined
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

/** Remembered and shown; files are made with the same mode whatever it says. */
export async function umask(shell: Shell, args: readonly string[]): Promise<number> {
  const [mask] = args
  if (mask === '-S') {
    const letters = (bits: number): string =>
      ['r', 'w', 'x'].filter((_one, at) => ((bits >> (2 - at)) & 1) === 0).join('')
    const [user = '', group = '', other = ''] = [6, 3, 0].map((shift) => letters(shell.umask >> shift))
    await shell.write(1, `u=${user},g=${group},o=${other}\n`)
  } else if (mask === undefined) await shell.write(1, `${shell.umask.toString(8).padStart(4, '0')}\n`)
  else if (/^[0-7]{1,4}$/.test(mask)) shell.umask = Number.parseInt(mask, 8)
  else {
    await shell.complain(
      `umask: ${mask}: ${/^\d/.test(mask) ? 'octal number out of range' : 'symbolic modes are not simulated'}`,
    )
    return 1
  }
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

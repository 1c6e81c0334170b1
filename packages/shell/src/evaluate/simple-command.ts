// A simple command: assignments, words, redirections; then a function, a builtin or a program, in that order.

import type { Assignment, Command, CommandArgument, Redirection, Word } from 'unbash'
import { ShellFileError } from '../file-tree.ts'
import { builtinOf, specialBuiltins, type Builtin } from '../builtins/index.ts'
import { FieldBuilder } from '../expand/fields.ts'
import { quoteWord } from '../expand/quote.ts'
import { addWord, expandText, expandWords, finishFields } from '../expand/word.ts'
import { assign } from './assignment.ts'
import { AssociativeArray } from './associative-array.ts'
import { callFunction } from './function-call.ts'
import { resolveProgram, runProgram } from './program.ts'
import { applyRedirects, redirectFailure, withRedirects } from './redirect.ts'
import { inForeground } from './run.ts'
import { ScriptError, type Shell } from './shell.ts'
import { waitFor } from './wait.ts'

/** Their arguments of the form `name=value` are expanded as assignments, not split. */
const DECLARING: ReadonlySet<string> = new Set(['export', 'readonly', 'local', 'declare', 'typeset', 'alias'])

export async function runSimple(shell: Shell, node: Command, last: boolean): Promise<number> {
  shell.substitutionStatus = undefined
  const words = await expandCommand(shell, node)
  const assignments = node.prefix.filter((one): one is Assignment => one.type === 'Assignment')
  const { redirects } = node
  const [name] = words
  if (name === undefined) return assignOnly(shell, assignments, redirects)
  const temporary = new Map<string, string>()
  for (const one of assignments) {
    if (one.value.type === 'Word') temporary.set(one.name, await expandText(shell, one.value, true))
  }
  if (shell.options.xtrace) await trace(shell, temporary, words)
  const body = shell.functions.get(name)
  if (body !== undefined && !specialBuiltins.has(name)) {
    return withVariables(shell, temporary, () =>
      withRedirects(shell, redirects, () => callFunction(shell, body, words.slice(1))),
    )
  }
  const builtin = builtinOf(shell, name)
  if (name === 'exec') return runExec(shell, words, redirects, temporary)
  if (builtin === undefined) return runExternal(shell, words, redirects, temporary, last)
  const run = (): Promise<number> => runBuiltin(shell, builtin, words)
  // POSIX XCU 2.14: a special builtin's assignments stay, and a redirection it cannot have ends the script.
  if (shell.dialect === 'bash' || !specialBuiltins.has(name)) {
    return withVariables(shell, temporary, () => withRedirects(shell, redirects, run))
  }
  for (const [variable, value] of temporary) {
    if (!shell.variables.set(variable, value)) await shell.fail(`${variable}: is read only`)
  }
  return withRedirects(shell, redirects, run, () => {
    throw new ScriptError(1)
  })
}

async function expandCommand(shell: Shell, node: Command): Promise<string[]> {
  const plain = node.args.filter((one): one is Word => one.type === 'Word')
  const words = node.name === undefined ? plain : [node.name, ...plain]
  if (plain.length === node.args.length) return expandWords(shell, words)
  const result = node.name === undefined ? [] : await expandWords(shell, [node.name])
  const declaring = DECLARING.has(result[0] ?? '')
  for (const argument of node.args) await expandArgument(shell, argument, declaring, result)
  return result
}

/** An argument that looks like an assignment: `export A=$b` keeps it whole, `env A=$b` splits it. */
async function expandArgument(
  shell: Shell,
  argument: CommandArgument,
  declaring: boolean,
  result: string[],
): Promise<void> {
  if (argument.type === 'Word') {
    result.push(...(await expandWords(shell, [argument])))
    return
  }
  const value = argument.value
  const head = argument.text.slice(0, argument.text.indexOf('=') + 1)
  if (value.type === 'ArrayValue') {
    if (!declaring) await shell.fail(`${argument.text}: syntax error`)
    // `declare -A m=(…)`: what the flag makes of it comes before its elements are read.
    const associative = result.some((word) => /^-[a-z]*A/i.test(word) && word.includes('A'))
    if (associative && !(shell.variables.value(argument.name) instanceof AssociativeArray)) {
      shell.variables.set(argument.name, new AssociativeArray())
    }
    await assign(shell, argument)
    result.push(argument.name)
    return
  }
  if (declaring) {
    result.push(head + (await expandText(shell, value, true)))
    return
  }
  const builder = new FieldBuilder(true, shell.variables.text('IFS'))
  builder.quoted(head)
  await addWord(shell, builder, value, false)
  finishFields(shell, builder, result)
}

async function assignOnly(
  shell: Shell,
  assignments: readonly Assignment[],
  redirects: readonly Redirection[],
): Promise<number> {
  for (const one of assignments) {
    const text = await assign(shell, one)
    if (shell.options.xtrace)
      await shell.write(2, `${tracePrompt(shell)}${one.name}=${text === '' ? '' : quoteWord(text)}\n`)
  }
  const status = await withRedirects(shell, redirects, async () => 0)
  return status === 0 ? (shell.substitutionStatus ?? 0) : status
}

function tracePrompt(shell: Shell): string {
  return shell.variables.text('PS4') ?? '+ '
}

async function trace(shell: Shell, assignments: ReadonlyMap<string, string>, words: readonly string[]): Promise<void> {
  const shown = [...assignments].map(([name, value]) => `${name}=${value === '' ? '' : quoteWord(value)}`)
  const prompt = tracePrompt(shell)
  await shell.write(2, `${prompt}${[...shown, ...words.map((word) => quoteWord(word))].join(' ')}\n`)
}

/** Variables set for one command only. */
async function withVariables(
  shell: Shell,
  temporary: ReadonlyMap<string, string>,
  body: () => Promise<number>,
): Promise<number> {
  if (temporary.size === 0) return body()
  const saved = shell.variables.save([...temporary.keys()])
  for (const [name, value] of temporary) {
    if (!shell.variables.set(name, value, true)) await shell.fail(`${name}: is read only`)
  }
  try {
    return await body()
  } finally {
    shell.variables.restore(saved)
  }
}

async function runBuiltin(shell: Shell, builtin: Builtin, words: readonly string[]): Promise<number> {
  const { running } = shell
  shell.running = words[0]
  try {
    return await builtin(shell, words.slice(1), words[0] ?? '')
  } catch (error) {
    if (!(error instanceof ShellFileError)) throw error
    if (error.code === 'EBADF' && error.path === '2') return 1
    await shell.complain(
      error.code === 'EBADF' ? `write error: ${error.message}` : `${words[0]}: ${error.path}: ${error.message}`,
    )
    return 1
  } finally {
    shell.running = running
  }
}

async function runExternal(
  shell: Shell,
  words: readonly string[],
  redirects: readonly Redirection[],
  temporary: ReadonlyMap<string, string>,
  last: boolean,
): Promise<number> {
  const name = words[0] ?? ''
  const environment = mergeEnvironment(shell.variables.environment(), temporary)
  const { process } = shell
  const program = resolveProgram(process.machine, name, process.workingDirectory, environment.get('PATH'))
  if (program.kind === 'missing' || program.kind === 'denied') {
    return withRedirects(shell, redirects, async () => {
      await shell.complain(missingProgram(shell, name, program.kind))
      return program.kind === 'missing' ? 127 : 126
    })
  }
  if (last && shell.traps.size === 0) {
    if (!(await applyRedirects(shell, redirects, process))) return redirectFailure(shell)
    process.commandLine = words
    return runProgram(process, program, words, environment)
  }
  const child = process.fork(words)
  const group = shell.interactive ? (child.group = child.pid) : undefined
  if (!(await applyRedirects(shell, redirects, child))) {
    child.start(async () => redirectFailure(shell))
    return redirectFailure(shell)
  }
  child.start(() => runProgram(child, program, words, environment))
  return inForeground(shell, group, () => waitFor(shell, child))
}

function missingProgram(shell: Shell, name: string, kind: 'missing' | 'denied'): string {
  if (kind === 'denied') return `${name}: Permission denied`
  if (shell.dialect !== 'bash') return `${name}: not found`
  return name.includes('/') ? `${name}: No such file or directory` : `${name}: command not found`
}

function mergeEnvironment(
  base: ReadonlyMap<string, string>,
  more: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  return more.size === 0 ? base : new Map([...base, ...more])
}

/** `exec`: redirections for good, or a program in the shell's place. */
async function runExec(
  shell: Shell,
  words: readonly string[],
  redirects: readonly Redirection[],
  temporary: ReadonlyMap<string, string>,
): Promise<number> {
  const { process } = shell
  if (!(await applyRedirects(shell, redirects, process))) throw new ScriptError(shell.dialect === 'bash' ? 1 : 2)
  const argv = words[1] === '--' ? words.slice(2) : words.slice(1)
  const name = argv[0]
  if (name === undefined) return 0
  const environment = mergeEnvironment(shell.variables.environment(), temporary)
  const program = resolveProgram(process.machine, name, process.workingDirectory, environment.get('PATH'))
  if (program.kind === 'missing' || program.kind === 'denied') {
    shell.running = 'exec'
    await shell.complain(`exec: ${missingProgram(shell, name, program.kind).replace('command not found', 'not found')}`)
    throw new ScriptError(program.kind === 'missing' ? 127 : 126)
  }
  shell.traps = new Map()
  for (const [signal, disposition] of process.dispositions ?? []) {
    if (disposition === 'handle') process.setDisposition(signal, 'default')
  }
  process.commandLine = argv
  return shell.exit(await runProgram(process, program, argv, environment))
}

// `set`: options by letter and name, positional parameters; `shopt`: nullglob and inherit_errexit, others are refused by name.

import { optionNames } from '../expand/parameters.ts'
import type { Shell, ShellOptions } from '../evaluate/shell.ts'
import { assignmentText } from './control.ts'

/** Letters that are accepted and change nothing here: hashing, brace expansion, job notices, editing. */
const WITHOUT_EFFECT = 'hBbHkptETPV'

export function setOptionLetter(shell: Shell, letter: string, on: boolean): boolean {
  const option = optionNames().find(([, known]) => known === letter)?.[0]
  if (option === undefined) return WITHOUT_EFFECT.includes(letter)
  shell.options[option] = on
  return true
}

export function setOptionName(shell: Shell, name: string, on: boolean): boolean {
  if (name === 'pipefail') {
    if (shell.dialect === 'dash') return false
    shell.options.pipefail = on
    return true
  }
  const option = optionNames().find(([known]) => known === name)?.[0]
  if (option === undefined)
    return ['posix', 'emacs', 'vi', 'errtrace', 'functrace', 'notify', 'ignoreeof'].includes(name)
  shell.options[option] = on
  return true
}

export async function set(shell: Shell, args: readonly string[]): Promise<number> {
  if (args.length === 0) return printVariables(shell)
  let at = 0
  for (; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg === '--' || arg === '-') {
      shell.positional = args.slice(at + 1)
      return 0
    }
    if (!/^[-+]./.test(arg)) break
    const on = arg.startsWith('-')
    for (const letter of arg.slice(1)) {
      if (letter === 'o') {
        const name = args[++at]
        if (name === undefined) return printOptions(shell)
        if (!setOptionName(shell, name, on))
          return invalid(
            shell,
            `set: ${name}: invalid option name`,
            `set: ${illegal(shell)} option ${on ? '-' : '+'}o ${name}`,
          )
      } else if (!setOptionLetter(shell, letter, on)) {
        return invalid(
          shell,
          `set: -${letter}: invalid option`,
          `set: ${illegal(shell)} option ${on ? '-' : '+'}${letter}`,
        )
      }
    }
  }
  if (at < args.length) shell.positional = args.slice(at)
  return 0
}

const illegal = ({ dialect }: Shell): string => (dialect === 'dash' ? 'Illegal' : 'illegal')

async function invalid(shell: Shell, bash: string, posix: string): Promise<number> {
  if (shell.dialect !== 'bash') return shell.fail(posix)
  await shell.complain(bash)
  return 2
}

async function printVariables(shell: Shell): Promise<number> {
  for (const name of shell.variables.names()) {
    const text = shell.variables.text(name)
    if (text !== undefined) await shell.write(1, `${assignmentText(name, text)}\n`)
  }
  return 0
}

async function printOptions(shell: Shell): Promise<number> {
  const names: readonly (keyof ShellOptions)[] = [...optionNames().map(([name]) => name), 'pipefail']
  for (const name of names) await shell.write(1, `${name.padEnd(15)}\t${shell.options[name] ? 'on' : 'off'}\n`)
  return 0
}

/** Options that change nothing here: extended patterns are always on, the rest is for editing and history. */
const SHOPT_WITHOUT_EFFECT: ReadonlySet<string> = new Set(
  'extglob expand_aliases checkwinsize cmdhist histappend sourcepath interactive_comments'.split(' '),
)

export async function shopt(shell: Shell, args: readonly string[], name: string): Promise<number> {
  if (shell.dialect !== 'bash') {
    await shell.complain(`${name}: not found`)
    return 127
  }
  const flags = args.filter((arg) => /^-[suqo]+$/.test(arg)).join('')
  const operands = args.filter((arg) => !arg.startsWith('-'))
  let status = 0
  for (const option of operands) {
    const known = option === 'nullglob' ? 'nullglob' : option === 'inherit_errexit' ? 'inheritErrexit' : undefined
    if (known === undefined && !SHOPT_WITHOUT_EFFECT.has(option)) {
      await shell.complain(`shopt: ${option}: not simulated`)
      status = 1
    } else if (/[su]/.test(flags)) {
      if (known !== undefined) shell.options[known] = flags.includes('s')
    } else if (known !== undefined && !shell.options[known]) status = 1
  }
  return status
}

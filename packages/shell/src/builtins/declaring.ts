// export, readonly, local, declare, unset. Refused by name: name references, and variables that change the case of what they are given.

import { AssociativeArray } from '../evaluate/associative-array.ts'
import { elementIndex, readonlyFailure } from '../evaluate/assignment.ts'
import type { Shell } from '../evaluate/shell.ts'
import { expandArithmeticText } from '../expand/word.ts'
import { assignmentText } from './control.ts'

function split(argument: string): {
  readonly name: string
  readonly value: string | undefined
  readonly append: boolean
} {
  const match = /^([^=+]+)(\+?)=(.*)$/s.exec(argument)
  if (match === null) return { name: argument, value: undefined, append: false }
  return { name: match[1] ?? '', value: match[3] ?? '', append: match[2] === '+' }
}

/** @param argument what bash shows of it */
async function checkedName(shell: Shell, builtin: string, name: string, argument = name): Promise<boolean> {
  if (/^[A-Za-z_]\w*$/.test(name)) return true
  if (shell.dialect !== 'bash') return shell.fail(`${builtin}: ${name}: bad variable name`)
  await shell.complain(`${builtin}: \`${argument}': not a valid identifier`)
  return false
}

async function setOne(shell: Shell, name: string, value: string, append: boolean): Promise<void> {
  const text = append ? (shell.variables.text(name) ?? '') + value : value
  if (!shell.variables.set(name, text)) await readonlyFailure(shell, name)
}

export async function exportVariables(shell: Shell, args: readonly string[]): Promise<number> {
  const { variables } = shell
  const operands = args.filter((arg) => !/^-[np]$/.test(arg) && arg !== '--')
  if (operands.length === 0) {
    const head = shell.dialect === 'bash' ? 'declare -x' : 'export'
    for (const name of variables.exportedNames()) {
      await shell.write(1, `${head} ${printed(shell, name, variables.text(name))}\n`)
    }
    return 0
  }
  let status = 0
  for (const operand of operands) {
    const { name, value, append } = split(operand)
    if (!(await checkedName(shell, 'export', name, operand))) {
      status = 1
      continue
    }
    if (value !== undefined) await setOne(shell, name, value, append)
    variables.mark(name, { exported: !args.includes('-n') })
  }
  return status
}

function printed(shell: Shell, name: string, value: string | undefined): string {
  if (shell.dialect !== 'bash') return assignmentText(name, value)
  return value === undefined ? name : `${name}="${value.replace(/["\\$`]/g, '\\$&')}"`
}

export async function readonly(shell: Shell, args: readonly string[]): Promise<number> {
  const { variables } = shell
  const operands = args.filter((arg) => arg !== '-p' && arg !== '--')
  if (operands.length === 0) {
    const head = shell.dialect === 'bash' ? 'declare -r' : 'readonly'
    for (const name of variables.readonlyNames()) {
      await shell.write(1, `${head} ${printed(shell, name, variables.text(name))}\n`)
    }
  }
  for (const operand of operands) {
    const { name, value, append } = split(operand)
    if (!(await checkedName(shell, 'readonly', name, operand))) return 1
    if (value !== undefined) await setOne(shell, name, value, append)
    variables.mark(name, { readonly: true })
  }
  return 0
}

export async function local(shell: Shell, args: readonly string[], builtin: string): Promise<number> {
  if (!shell.variables.inFunction) {
    if (shell.dialect !== 'bash') return shell.fail(`${builtin}: not in a function`)
    await shell.complain(`${builtin}: can only be used in a function`)
    return 1
  }
  return declareAll(shell, args, builtin, true)
}

export async function declare(shell: Shell, args: readonly string[], builtin: string): Promise<number> {
  if (shell.dialect !== 'bash') {
    await shell.complain(`${builtin}: not found`)
    return 127
  }
  return declareAll(shell, args, builtin, shell.variables.inFunction && !args.includes('-g'))
}

async function declareAll(shell: Shell, args: readonly string[], builtin: string, scoped: boolean): Promise<number> {
  const { variables } = shell
  const flags = args.filter((arg) => /^-[A-Za-z]+$/.test(arg)).join('')
  const refused = /[nlutF]/.exec(flags)
  if (refused !== null) return shell.fail(`${builtin}: -${refused[0]}: not simulated`)
  for (const operand of args.filter((arg) => !/^-[A-Za-z]+$/.test(arg) && arg !== '--')) {
    const { name, value, append } = split(operand)
    if (!(await checkedName(shell, builtin, name, operand))) return 1
    const present = variables.value(name)
    if (scoped) variables.makeLocal(name)
    // `local a=(1 2)` was assigned while its words were expanded; the new scope keeps that value.
    if (scoped && value === undefined && present !== undefined && typeof present !== 'string')
      variables.set(name, present)
    if (value !== undefined) {
      const text = flags.includes('i') ? String(await expandArithmeticText(shell, value)) : value
      await setOne(shell, name, text, append)
    } else if (flags.includes('A') && !(variables.value(name) instanceof AssociativeArray)) {
      variables.set(name, new AssociativeArray())
    } else if (flags.includes('a') && present === undefined) variables.set(name, new Map())
    if (flags.includes('x')) variables.mark(name, { exported: true })
    if (flags.includes('r')) variables.mark(name, { readonly: true })
  }
  return 0
}

export async function unset(shell: Shell, args: readonly string[]): Promise<number> {
  let status = 0
  const functionsOnly = args[0] === '-f'
  for (const name of args[0] === '-f' || args[0] === '-v' ? args.slice(1) : args) {
    const element = /^(\w+)\[(.+)\]$/s.exec(name)
    if (element !== null) {
      const [, array = '', inside = ''] = element
      const value = shell.variables.value(array)
      if (value === undefined || typeof value === 'string') continue
      const index = await elementIndex(shell, value, inside)
      if (value instanceof AssociativeArray) shell.variables.set(array, value.without(String(index)))
      else shell.variables.set(array, new Map([...value].filter(([at]) => at !== index)))
    } else if (functionsOnly || (!shell.variables.has(name) && shell.functions.has(name))) {
      shell.functions = new Map([...shell.functions].filter(([known]) => known !== name))
    } else if (!shell.variables.unset(name)) {
      status = 1
      if (shell.dialect !== 'bash') await readonlyFailure(shell, name)
      await shell.complain(`unset: ${name}: cannot unset: readonly variable`)
    }
  }
  return status
}

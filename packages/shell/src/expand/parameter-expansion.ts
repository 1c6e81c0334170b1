// `${…}`: defaults, lengths, prefix and suffix removal, substitution, slices, case, indirection.
// Refused by name: transformations other than @Q, @U, @L, @u.

import type { ParameterExpansionPart, ParameterOperation } from 'unbash'
import { AssociativeArray } from '../evaluate/associative-array.ts'
import { ScriptError, type Shell } from '../evaluate/shell.ts'
import type { FieldBuilder } from './fields.ts'
import { parameterValue, type ParameterValue } from './parameters.ts'
import { matchesPattern, patternSource } from './pattern.ts'
import { quoteWord } from './quote.ts'
import { addWord, expandArithmeticText, expandPattern, expandText } from './word.ts'

export async function addParameterExpansion(
  shell: Shell,
  builder: FieldBuilder,
  part: ParameterExpansionPart,
  quoted: boolean,
): Promise<void> {
  const index =
    part.index === undefined
      ? undefined
      : await arrayIndexOf(shell, part.parameter, await expandText(shell, part.index))
  let { operation } = part
  let name = part.parameter
  if (part.prefix === '!') {
    if (operation?.type === 'Names') return addNames(shell, builder, name, operation.operator, quoted)
    const keys = index === '@' || index === '*' ? arrayKeys(shell, name) : undefined
    if (keys !== undefined) return addList(shell, builder, { kind: 'list', items: keys, star: index === '*' }, quoted)
    name = shell.variables.text(name) ?? ''
    if (name === '') return
  }
  if (shell.dialect === 'dash' && isBashOnly(part)) await shell.fail('Bad substitution')
  const value = parameterValue(shell, name, index)
  if (part.prefix === '#') return add(builder, String(await lengthOf(shell, name, value)), quoted)
  if (operation?.type === 'Default') return addDefault(shell, builder, name, value, operation, quoted)
  if (operation?.type === 'Slice' && value.kind === 'text' && value.text === undefined) operation = undefined
  await checkSet(shell, name, value)
  const result = operation === undefined ? value : await applyOperation(shell, name, value, operation)
  if (result.kind === 'list') addList(shell, builder, result, quoted)
  else if (result.text !== undefined) add(builder, result.text, quoted)
}

/** Indirection, elements, slices, replacement, case: dash has none of them. */
function isBashOnly({ index, prefix, operation }: ParameterExpansionPart): boolean {
  const kind = operation?.type
  const known = kind === undefined || kind === 'Default' || kind === 'Remove'
  return index !== undefined || prefix === '!' || !known
}

async function arrayIndexOf(shell: Shell, name: string, text: string): Promise<string | number> {
  if (shell.variables.value(name) instanceof AssociativeArray) return text
  return text === '@' || text === '*' ? text : Number(await expandArithmeticText(shell, text))
}

function arrayKeys(shell: Shell, name: string): readonly string[] {
  const value = shell.variables.value(name)
  if (value === undefined) return []
  if (value instanceof AssociativeArray) return value.keys()
  return typeof value === 'string' ? ['0'] : [...value.keys()].map(String)
}

function addNames(shell: Shell, builder: FieldBuilder, prefix: string, operator: string, quoted: boolean): void {
  const items = shell.variables.names().filter((name) => name.startsWith(prefix))
  addList(shell, builder, { kind: 'list', items, star: operator === '*' }, quoted)
}

async function lengthOf(shell: Shell, name: string, value: ParameterValue): Promise<number> {
  if (value.kind === 'list') return value.items.length
  await checkSet(shell, name, value)
  return [...(value.text ?? '')].length
}

/** `set -u`. */
export async function checkSet(shell: Shell, name: string, value: ParameterValue): Promise<void> {
  if (!shell.options.nounset || value.kind === 'list' || value.text !== undefined) return
  if (shell.dialect === 'bash') await shell.fail(`${name}: unbound variable`, bashStatus(shell))
  await shell.fail(`${name}: parameter not set`)
}

/** How bash ends after a mistake in an expansion. */
function bashStatus({ interactive, commandsFrom, process, mainPid }: Shell): number {
  return !interactive && commandsFrom === 'argument' && process.pid === mainPid ? 127 : 1
}

export function add(builder: FieldBuilder, text: string, quoted: boolean): void {
  if (quoted) builder.quoted(text)
  else builder.expansion(text)
}

/** `$@`, `$*` and whole arrays. */
export function addList(
  shell: Shell,
  builder: FieldBuilder,
  list: Extract<ParameterValue, { readonly kind: 'list' }>,
  quoted: boolean,
): void {
  if (quoted && list.star) {
    const ifs = shell.variables.text('IFS') ?? ' '
    return builder.quoted(list.items.join(ifs.charAt(0)))
  }
  if (!builder.splitting) return add(builder, list.items.join(' '), quoted)
  for (const [place, item] of list.items.entries()) {
    if (place > 0) builder.boundary()
    add(builder, item, quoted)
  }
}

async function addDefault(
  shell: Shell,
  builder: FieldBuilder,
  name: string,
  value: ParameterValue,
  operation: Extract<ParameterOperation, { readonly type: 'Default' }>,
  quoted: boolean,
): Promise<void> {
  const text = value.kind === 'list' ? (value.items.length === 0 ? undefined : value.items.join(' ')) : value.text
  const missing = text === undefined || (operation.operator.startsWith(':') && text === '')
  const kind = operation.operator.at(-1)
  const { operand } = operation
  if (kind === '+') return missing ? undefined : addWord(shell, builder, operand, quoted, true)
  if (!missing) {
    if (value.kind === 'list') addList(shell, builder, value, quoted)
    else add(builder, text, quoted)
    return
  }
  if (kind === '-') return addWord(shell, builder, operand, quoted, true)
  if (kind === '=') {
    const assigned = await expandText(shell, operand)
    if (!shell.variables.set(name, assigned)) await shell.fail(`${name}: is read only`)
    return add(builder, assigned, quoted)
  }
  const message = await expandText(shell, operand)
  const standard = operation.operator === ':?' ? 'parameter null or not set' : 'parameter not set'
  await shell.complain(`${name}: ${message === '' ? standard : message}`)
  throw new ScriptError(shell.dialect === 'bash' ? bashStatus(shell) : 2)
}

type TextChange = (text: string) => string

async function applyOperation(
  shell: Shell,
  name: string,
  value: ParameterValue,
  operation: ParameterOperation,
): Promise<ParameterValue> {
  if (operation.type === 'Slice') {
    const offset = Number(await expandArithmeticText(shell, await expandText(shell, operation.offset)))
    const lengthText = operation.length === undefined ? undefined : await expandText(shell, operation.length)
    const length = lengthText === undefined ? undefined : Number(await expandArithmeticText(shell, lengthText))
    if (value.kind === 'text') return { kind: 'text', text: sliceText(value.text ?? '', offset, length) }
    const items = name === '@' || name === '*' ? [shell.zero, ...value.items] : value.items
    const start = offset < 0 ? Math.max(0, items.length + offset) : offset
    const from = start === 0 && items.length > value.items.length && offset !== 0 ? 1 : start
    return { ...value, items: items.slice(from, length === undefined ? undefined : from + length) }
  }
  const change = await textChange(shell, operation)
  if (value.kind === 'list') return { ...value, items: value.items.map(change) }
  return { kind: 'text', text: value.text === undefined ? undefined : change(value.text) }
}

function sliceText(text: string, offset: number, length: number | undefined): string {
  const chars = [...text]
  const start = offset < 0 ? chars.length + offset : offset
  if (start < 0) return ''
  if (length === undefined) return chars.slice(start).join('')
  return chars.slice(start, length < 0 ? chars.length + length : start + length).join('')
}

async function textChange(shell: Shell, operation: ParameterOperation): Promise<TextChange> {
  switch (operation.type) {
    case 'Remove': {
      const pattern = await expandPattern(shell, operation.operand)
      return (text) => removePart(text, pattern, operation.operator)
    }
    case 'Replace': {
      const pattern = await expandPattern(shell, operation.pattern)
      const replacement = await expandText(shell, operation.replacement)
      return (text) => replacePart(text, pattern, replacement, operation.operator)
    }
    case 'CaseModification': {
      const upper = operation.operator.startsWith('^')
      const all = operation.operator.length === 2
      const change: TextChange = (text) => (upper ? text.toUpperCase() : text.toLowerCase())
      return (text) => (all ? change(text) : change(text.slice(0, 1)) + text.slice(1))
    }
    case 'Transform':
      return transform(shell, operation.operand.value)
    default:
      return shell.fail('bad substitution')
  }
}

async function transform(shell: Shell, letter: string): Promise<TextChange> {
  if (letter === 'Q') return (text) => quoteWord(text, true)
  if (letter === 'U') return (text) => text.toUpperCase()
  if (letter === 'L') return (text) => text.toLowerCase()
  if (letter === 'u') return (text) => text.slice(0, 1).toUpperCase() + text.slice(1)
  return shell.fail(`@${letter}: this transformation is not simulated`)
}

/** `#`, `##`, `%`, `%%`: the shortest or longest prefix or suffix that matches. */
function removePart(text: string, pattern: string, operator: string): string {
  const prefix = operator.startsWith('#')
  const longest = operator.length === 2
  for (let step = 0; step <= text.length; step++) {
    const size = longest ? text.length - step : step
    const part = prefix ? text.slice(0, size) : text.slice(text.length - size)
    if (matchesPattern(part, pattern)) return prefix ? text.slice(size) : text.slice(0, text.length - size)
  }
  return text
}

function replacePart(text: string, pattern: string, replacement: string, operator: string): string {
  if (pattern === '') return text
  const source = patternSource(pattern)
  const insert = (): string => replacement
  if (operator === '/#') return text.replace(new RegExp(`^(?:${source})`, 's'), insert)
  if (operator === '/%') return text.replace(new RegExp(`(?:${source})$`, 's'), insert)
  return text.replace(new RegExp(source, operator === '//' ? 'gs' : 's'), insert)
}

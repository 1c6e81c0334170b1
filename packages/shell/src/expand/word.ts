// A word of the script to the fields, the text or the pattern it stands for (POSIX XCU 2.6): tilde, parameters, command
// substitution, arithmetic, field splitting, pathnames, quotes. Parts that need no waiting are expanded without promises.

import type { ArithmeticExpression, ParsedScript, Word, WordPart } from 'unbash'
import { AssociativeArray } from '../evaluate/associative-array.ts'
import { ScriptError, type Shell } from '../evaluate/shell.ts'
import { startProcessSubstitution } from '../evaluate/process-substitution.ts'
import { substitute } from '../evaluate/substitution.ts'
import { parseScript } from '../parse/parse.ts'
import { ArithmeticError, evaluateArithmetic, evaluateText, type ArithmeticVariables } from './arithmetic.ts'
import { expandBraces } from './braces.ts'
import { FieldBuilder } from './fields.ts'
import { expandPath } from './glob.ts'
import { add, addList, addParameterExpansion, checkSet } from './parameter-expansion.ts'
import { parameterValue } from './parameters.ts'

type MaybePromise = void | Promise<void>

/** Arguments: split into fields, pathnames expanded. */
export async function expandWords(shell: Shell, words: readonly Word[]): Promise<string[]> {
  const result: string[] = []
  for (const word of words) {
    for (const one of shell.dialect === 'bash' ? bracedWords(word) : [word]) {
      if (one.parts === undefined && !one.text.startsWith('~')) {
        result.push(one.value)
        continue
      }
      const builder = new FieldBuilder(true, shell.variables.text('IFS'))
      const waiting = addWord(shell, builder, one, false)
      if (waiting !== undefined) await waiting
      finishFields(shell, builder, result)
    }
  }
  return result
}

export function finishFields(shell: Shell, builder: FieldBuilder, result: string[]): void {
  for (const field of builder.finish()) {
    const paths =
      field.active && !shell.options.noglob
        ? expandPath(shell.machine.files, shell.process.workingDirectory, field.pattern)
        : []
    if (paths.length === 0 && !(field.active && shell.options.nullglob)) result.push(field.plain)
    else result.push(...paths)
  }
}

function bracedWords(word: Word): readonly Word[] {
  if (word.parts?.some((part) => part.type === 'BraceExpansion') !== true) return [word]
  const texts = expandBraces(word.text)
  const command = parseScript(`: ${texts.join(' ')}`).commands[0]?.command
  if (command?.type !== 'Command') return [word]
  return command.suffix.filter((one): one is Word => one.type === 'Word')
}

/** Neither split nor matched with pathnames: assignments, redirections, `case`. */
export function expandText(shell: Shell, word: Word, assignment = false): string | Promise<string> {
  if (word.parts === undefined && !word.text.includes('~')) return word.value
  const builder = new FieldBuilder(false, undefined)
  const waiting = addWord(shell, builder, word, false, false, assignment)
  const finish = (): string => builder.finish()[0]?.plain ?? ''
  return waiting === undefined ? finish() : waiting.then(finish)
}

/** As text, with quoted characters escaped, to be matched with. */
export async function expandPattern(shell: Shell, word: Word): Promise<string> {
  const builder = new FieldBuilder(false, undefined)
  await addWord(shell, builder, word, false)
  return builder.finish()[0]?.pattern ?? ''
}

/** The body of a here-document: everything as between double quotes. */
export async function expandQuotedParts(shell: Shell, parts: readonly WordPart[]): Promise<string> {
  const builder = new FieldBuilder(false, undefined)
  await addParts(shell, builder, parts, 0, { quoted: true, operand: false, assignment: false })
  return builder.finish()[0]?.plain ?? ''
}

interface Mode {
  readonly quoted: boolean
  /** The word after `${x:-`: its own unquoted text is split too. */
  readonly operand: boolean
  readonly assignment: boolean
}

export function addWord(
  shell: Shell,
  builder: FieldBuilder,
  word: Word,
  quoted: boolean,
  operand = false,
  assignment = false,
): MaybePromise {
  const mode: Mode = { quoted, operand, assignment }
  if (word.parts !== undefined) return addParts(shell, builder, word.parts, 0, mode)
  if (word.text !== '') addLiteral(shell, builder, word, true, mode)
}

function addParts(
  shell: Shell,
  builder: FieldBuilder,
  parts: readonly WordPart[],
  from: number,
  mode: Mode,
): MaybePromise {
  for (let at = from; at < parts.length; at++) {
    const part = parts[at]
    if (part === undefined) break
    const waiting = addPart(shell, builder, part, at === 0, mode)
    if (waiting !== undefined) return waiting.then(() => addParts(shell, builder, parts, at + 1, mode))
  }
}

function addPart(shell: Shell, builder: FieldBuilder, part: WordPart, first: boolean, mode: Mode): MaybePromise {
  switch (part.type) {
    case 'Literal':
      return addLiteral(shell, builder, part, first, mode)
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return builder.quoted(part.value)
    case 'DoubleQuoted':
    case 'LocaleString':
      return addDoubleQuoted(shell, builder, part.parts)
    case 'SimpleExpansion':
      return addSimple(shell, builder, part.text.slice(1), mode.quoted)
    case 'ParameterExpansion':
      return addParameterExpansion(shell, builder, part, mode.quoted)
    case 'CommandExpansion':
      return addSubstitution(shell, builder, part.script, mode.quoted)
    case 'ArithmeticExpansion':
      return addArithmetic(shell, builder, part.expression, part.text.slice(3, -2), mode.quoted)
    case 'ProcessSubstitution':
      return builder.quoted(startProcessSubstitution(shell, part.operator, part.script))
    default:
      return addGlob(shell, builder, part, mode)
  }
}

function addLiteral(
  shell: Shell,
  builder: FieldBuilder,
  part: { readonly text: string; readonly value: string },
  first: boolean,
  mode: Mode,
): void {
  let { value } = part
  if (!mode.quoted && part.text.includes('~')) {
    if (first && part.text.startsWith('~')) value = expandTilde(shell, value)
    if (mode.assignment) value = value.replace(/:(~[^/:]*)/g, (_all, tilde: string) => `:${expandTilde(shell, tilde)}`)
  }
  if (mode.operand && !mode.quoted) builder.expansion(value)
  else builder.quoted(value)
}

function expandTilde(shell: Shell, text: string): string {
  const end = text.search(/[/:]/)
  const user = end < 0 ? text.slice(1) : text.slice(1, end)
  const rest = end < 0 ? '' : text.slice(end)
  if (user === '') return (shell.variables.text('HOME') ?? '/root') + rest
  return user === 'root' ? `/root${rest}` : text
}

function addDoubleQuoted(shell: Shell, builder: FieldBuilder, parts: readonly WordPart[]): MaybePromise {
  const only = parts.length === 1 ? parts[0] : undefined
  // "$@" without parameters is no field at all, not an empty one.
  if (only === undefined || (only.text !== '$@' && !/^\$\{\w*\[?@/.test(only.text))) builder.open()
  return addParts(shell, builder, parts, 0, { quoted: true, operand: false, assignment: false })
}

function addSimple(shell: Shell, builder: FieldBuilder, name: string, quoted: boolean): MaybePromise {
  const value = parameterValue(shell, name, undefined)
  if (value.kind === 'list') return addList(shell, builder, value, quoted)
  if (value.text !== undefined) return add(builder, value.text, quoted)
  if (shell.options.nounset) return checkSet(shell, name, value)
}

async function addSubstitution(
  shell: Shell,
  builder: FieldBuilder,
  script: ParsedScript | undefined,
  quoted: boolean,
): Promise<void> {
  if (script !== undefined) add(builder, await substitute(shell, script), quoted)
}

function addGlob(
  shell: Shell,
  builder: FieldBuilder,
  part: Extract<WordPart, { readonly type: 'Glob' | 'ExtendedGlob' | 'BraceExpansion' }>,
  mode: Mode,
): MaybePromise {
  if (part.type === 'BraceExpansion') {
    if (part.parts === undefined) return builder.quoted(part.text)
    builder.quoted('{')
    const waiting = addParts(shell, builder, part.parts, 0, mode)
    if (waiting !== undefined) return waiting.then(() => builder.quoted('}'))
    return builder.quoted('}')
  }
  if (mode.quoted) return builder.quoted(part.text)
  if (part.type === 'Glob' && part.kind === 'bracket' && part.parts.some((one) => one.type !== 'Literal')) {
    builder.glob('[')
    const waiting = addParts(shell, builder, part.parts, 0, mode)
    if (waiting !== undefined) return waiting.then(() => builder.glob(']'))
    return builder.glob(']')
  }
  builder.glob(part.text)
}

// ---- arithmetic in words ----

function arithmeticVariables(shell: Shell): ArithmeticVariables {
  return {
    get: (name, index) => {
      const at = typeof index === 'bigint' ? Number(index) : index
      const value = parameterValue(shell, name, at)
      return value.kind === 'text' ? value.text : undefined
    },
    set: (name, index, value) => {
      if (index === undefined) shell.variables.set(name, value)
      else shell.variables.setElement(name, typeof index === 'bigint' ? Number(index) : index, value)
    },
    isAssociative: (name) => shell.variables.value(name) instanceof AssociativeArray,
  }
}

async function addArithmetic(
  shell: Shell,
  builder: FieldBuilder,
  expression: ArithmeticExpression | undefined,
  text: string,
  quoted: boolean,
): Promise<void> {
  add(builder, (await expandArithmetic(shell, expression, text)).toString(), quoted)
}

export async function expandArithmetic(
  shell: Shell,
  expression: ArithmeticExpression | undefined,
  text: string,
): Promise<bigint> {
  if (expression === undefined) {
    return text.trim() === '' ? 0n : shell.fail('arithmetic syntax error')
  }
  const leaves = new Map<ArithmeticExpression, string>()
  await expandLeaves(shell, expression, leaves)
  return guardArithmetic(shell, () => evaluateArithmetic(expression, arithmeticVariables(shell), leaves))
}

/** An array index or slice bound. */
export function expandArithmeticText(shell: Shell, text: string): Promise<bigint> {
  const variables = arithmeticVariables(shell)
  return guardArithmetic(shell, () => (/^\d+$/.test(text) ? BigInt(text) : evaluateText(`${text} `, variables)))
}

async function guardArithmetic(shell: Shell, compute: () => bigint): Promise<bigint> {
  try {
    return compute()
  } catch (error) {
    if (!(error instanceof ArithmeticError)) throw error
    await shell.complain(error.message)
    throw new ScriptError(shell.dialect === 'bash' ? 1 : 2)
  }
}

async function expandLeaves(
  shell: Shell,
  node: ArithmeticExpression,
  leaves: Map<ArithmeticExpression, string>,
): Promise<void> {
  switch (node.type) {
    case 'ArithmeticBinary':
      await expandLeaves(shell, node.left, leaves)
      return expandLeaves(shell, node.right, leaves)
    case 'ArithmeticUnary':
      return expandLeaves(shell, node.operand, leaves)
    case 'ArithmeticTernary':
      await expandLeaves(shell, node.test, leaves)
      await expandLeaves(shell, node.consequent, leaves)
      return expandLeaves(shell, node.alternate, leaves)
    case 'ArithmeticGroup':
      return expandLeaves(shell, node.expression, leaves)
    case 'ArithmeticCommandExpansion':
      if (node.script !== undefined) leaves.set(node, await substitute(shell, node.script))
      return
    case 'ArithmeticWord':
      if (node.parts !== undefined) leaves.set(node, await expandQuotedParts(shell, node.parts))
      else if (node.value.startsWith('$')) leaves.set(node, simpleText(shell, node.value.slice(1)))
  }
}

function simpleText(shell: Shell, name: string): string {
  const value = parameterValue(shell, name, undefined)
  return value.kind === 'list' ? value.items.join(' ') : (value.text ?? '')
}

// grep, egrep, fgrep: -E -F -i -v -c -q -o -n -l -L -w -x -h -H -s -m -r -A -B -C -e. Refused by name: -P, -f, -z.

import type { Command, CommandContext } from '../command.ts'
import { joinPath, resolvePath } from '../files/path.ts'
import { linkTarget } from '../files/symbolic-links.ts'
import { LineReader, openInputs, usageError, type Input } from './input.ts'
import { parseOptions, type ToolOptions } from './options.ts'
import { compileExpression, escapeExpression } from './regular-expression.ts'

const LONG = ['color=', 'color', 'line-buffered', 'ignore-case', 'invert-match', 'count', 'quiet', 'only-matching']

export const grep: Command = async (context) => {
  const options = parseOptions(context.args, 'EFGivcqonlLwxhHsrRm:A:B:C:e:Pf:za', LONG)
  if ('problem' in options) return usageError(context, options.problem, 2)
  for (const flag of ['P', 'f', 'z']) if (options.has(flag)) return usageError(context, `-${flag}: not simulated`, 2)
  const given = options.values('e')
  const [first, ...rest] = options.operands
  const patterns = given.length > 0 ? given : first === undefined ? [] : [first]
  if (patterns.length === 0) return usageError(context, 'usage: grep [OPTION]... PATTERNS [FILE]...', 2)
  const expression = compile(
    context.name,
    patterns.flatMap((one) => one.split('\n')),
    options,
  )
  if (expression === undefined) return usageError(context, 'invalid regular expression', 2)
  let operands = given.length > 0 ? options.operands : rest
  const recursive = options.has('r', 'R')
  if (recursive) operands = (operands.length === 0 ? [''] : operands).flatMap((one) => filesBelow(context, one))
  const { inputs, failed } = await openInputs(context, operands, options.has('s'))
  let found = false
  for (const input of inputs) {
    const named = !options.has('h') && (options.has('H') || recursive || operands.length > 1)
    const prefix = named ? (input.name === '-' ? '(standard input)' : input.name) : ''
    found = (await searchOne(context, input, expression, options, prefix)) || found
    if (found && options.has('q', 'quiet')) return 0
  }
  return failed ? 2 : found ? 0 : 1
}

function compile(name: string, patterns: readonly string[], options: ToolOptions): RegExp | undefined {
  const fixed = options.has('F') || name === 'fgrep'
  const extended = options.has('E') || name === 'egrep'
  const sources: string[] = []
  for (const pattern of patterns) {
    const one = fixed ? new RegExp(escapeExpression(pattern)) : compileExpression(pattern, extended, '')
    if (one === undefined) return undefined
    sources.push(pattern === '' ? '' : one.source)
  }
  let source = sources.map((one) => `(?:${one})`).join('|')
  if (options.has('w')) source = `(?<!\\w)(?:${source})(?!\\w)`
  if (options.has('x')) source = `^(?:${source})$`
  return new RegExp(source, options.has('i', 'ignore-case') ? 'gi' : 'g')
}

function filesBelow(context: CommandContext, operand: string): string[] {
  const path = resolvePath(context.workingDirectory, operand)
  const names = context.files.list(path)
  if (names === undefined) return [operand]
  // -r leaves links on the way alone, which also keeps it out of circles.
  return names
    .filter((name) => linkTarget(context.files, joinPath(path, name)) === undefined)
    .flatMap((name) => filesBelow(context, operand === '' ? name : joinPath(operand.replace(/\/$/, ''), name)))
}

async function searchOne(
  context: CommandContext,
  input: Input,
  expression: RegExp,
  options: ToolOptions,
  prefix: string,
): Promise<boolean> {
  const reader = new LineReader(input.stream)
  const printer = new GrepPrinter(context, options, prefix)
  const limit = Number(options.value('m') ?? Infinity)
  let count = 0
  for (let number = 1; count < limit || printer.wantsMore; number++) {
    const line = await reader.next()
    if (line === undefined) break
    expression.lastIndex = 0
    const hit = count < limit && expression.test(line) !== options.has('v', 'invert-match')
    if (!hit) {
      await printer.other(line, number)
      continue
    }
    count++
    if (options.has('q', 'quiet')) return true
    if (options.has('l')) {
      await context.stdout.write(`${input.name === '-' ? '(standard input)' : input.name}\n`)
      return true
    }
    if (options.has('c', 'count', 'L')) continue
    if (options.has('o', 'only-matching')) await printer.matches(line, number, expression)
    else await printer.hit(line, number)
  }
  if (options.has('c', 'count')) await context.stdout.write(`${prefix === '' ? '' : `${prefix}:`}${count}\n`)
  if (options.has('L') && count === 0) await context.stdout.write(`${input.name}\n`)
  return count > 0
}

/** Output lines with names, numbers and the context around hits. */
class GrepPrinter {
  readonly #context: CommandContext
  readonly #options: ToolOptions
  readonly #prefix: string
  readonly #before: number
  readonly #after: number
  #held: (readonly [string, number])[] = []
  #left = 0
  #printed = 0

  constructor(context: CommandContext, options: ToolOptions, prefix: string) {
    this.#context = context
    this.#options = options
    this.#prefix = prefix
    this.#before = Number(options.value('B') ?? options.value('C') ?? '0')
    this.#after = Number(options.value('A') ?? options.value('C') ?? '0')
  }

  /** Lines after the last hit are still due. */
  get wantsMore(): boolean {
    return this.#left > 0
  }

  async hit(line: string, number: number): Promise<void> {
    const first = this.#held[0]?.[1] ?? number
    const contextual = this.#before > 0 || this.#after > 0
    if (contextual && this.#printed > 0 && first > this.#printed + 1) await this.#context.stdout.write('--\n')
    for (const [held, at] of this.#held) await this.#line(held, at, '-')
    this.#held = []
    await this.#line(line, number, ':')
    this.#left = this.#after
  }

  async other(line: string, number: number): Promise<void> {
    if (this.#options.has('c', 'l', 'L', 'q', 'o')) return
    if (this.#left > 0) {
      this.#left--
      await this.#line(line, number, '-')
    } else if (this.#before > 0) {
      this.#held.push([line, number])
      if (this.#held.length > this.#before) this.#held.shift()
    }
  }

  async matches(line: string, number: number, expression: RegExp): Promise<void> {
    if (this.#options.has('v')) return
    // The search before left its place in the expression.
    expression.lastIndex = 0
    for (const match of line.matchAll(expression)) if (match[0] !== '') await this.#line(match[0], number, ':')
  }

  async #line(text: string, number: number, separator: string): Promise<void> {
    this.#printed = number
    const name = this.#prefix === '' ? '' : `${this.#prefix}${separator}`
    const place = this.#options.has('n') ? `${number}${separator}` : ''
    await this.#context.stdout.write(`${name}${place}${text}\n`)
  }
}

// wc, sort, uniq, cut, rev: text line by line. Order is by code unit (LC_ALL=C). What our sort leaves out is the library's;
// sort -R is refused by name.

import type { Command, CommandContext } from '../command.ts'
import { readAll } from '../process/text-io.ts'
import { runLibraryTool } from './library/library-tool.ts'
import { compareText, LineReader, openInputs, readLines, usageError, type Input } from './input.ts'
import { parseOptions, type ToolOptions } from './options.ts'

export const wc: Command = async (context) => {
  const options = parseOptions(context.args, 'lwcmL')
  if ('problem' in options) return usageError(context, options.problem)
  const { inputs, failed } = await openInputs(context, options.operands)
  const rows: { readonly name: string; readonly counts: readonly number[] }[] = []
  for (const input of inputs) {
    const bytes = await readAll(input.stream)
    const text = new TextDecoder().decode(bytes)
    const words = text.split(/\s+/).filter((word) => word !== '').length
    const lines = text.split('\n')
    rows.push({
      name: input.name,
      counts: [lines.length - 1, words, [...text].length, bytes.length, Math.max(...lines.map((one) => one.length))],
    })
  }
  const any = options.has('l', 'w', 'c', 'm', 'L')
  const shown = [
    options.has('l') || !any,
    options.has('w') || !any,
    options.has('m'),
    options.has('c') || !any,
    options.has('L'),
  ]
  if (rows.length > 1) {
    const counted = (place: number): readonly number[] => rows.map((row) => row.counts[place] ?? 0)
    const total = [0, 1, 2, 3].map((place) => counted(place).reduce((sum, count) => sum + count, 0))
    total.push(Math.max(...counted(4)))
    rows.push({ name: 'total', counts: total })
  }
  const columns = shown.filter(Boolean).length
  // GNU: one number of one input stands alone; otherwise as wide as the biggest, 7 for streams whose size nobody knows.
  const largest = Math.max(...rows.flatMap((row) => row.counts))
  const stream = inputs.some((input) => input.name === '-')
  const width = columns === 1 && rows.length === 1 ? 1 : stream ? 7 : String(largest).length
  for (const row of rows) {
    const numbers = row.counts.filter((_count, place) => shown[place] === true)
    const name = options.operands.length === 0 ? '' : ` ${row.name}`
    await context.stdout.write(`${numbers.map((number) => String(number).padStart(width)).join(' ')}${name}\n`)
  }
  return failed ? 1 : 0
}

interface SortKey {
  readonly from: number
  readonly to: number
  readonly flags: string
}

export const sort: Command = async (context) => {
  const options = parseOptions(context.args, 'bcdfgik:no:rst:uRVMhmz')
  if ('problem' in options) return usageError(context, options.problem, 2)
  if (options.has('R')) return usageError(context, '-R: not simulated', 2)
  if (options.has('V', 'M', 'h', 'm', 'z', 'g', 'd', 'i')) return runLibraryTool(context, 'sort')
  const { inputs, failed } = await openInputs(context, options.operands)
  if (failed) return 2
  const lines = await readLines(inputs)
  const compare = comparison(options)
  if (options.has('c')) {
    const place = lines.findIndex((line, index) => index > 0 && compare(lines[index - 1] ?? '', line) > 0)
    if (place > 0) await context.stderr.write(`sort: ${inputs[0]?.name}:${place + 1}: disorder: ${lines[place]}\n`)
    return place > 0 ? 1 : 0
  }
  const last = (a: string, b: string): number => {
    if (options.has('s', 'u')) return 0
    return options.has('r') ? -compareText(a, b) : compareText(a, b)
  }
  const sorted = [...lines].sort((a, b) => compare(a, b) || last(a, b))
  const kept = options.has('u')
    ? sorted.filter((line, index) => index === 0 || compare(sorted[index - 1] ?? '', line) !== 0)
    : sorted
  const out = kept.map((line) => `${line}\n`).join('')
  const target = options.value('o')
  if (target === undefined) await context.stdout.write(out)
  else context.files.write(target.startsWith('/') ? target : `${context.workingDirectory}/${target}`, out)
  return 0
}

function comparison(options: ToolOptions): (a: string, b: string) => number {
  const global = ['n', 'r', 'f', 'b'].filter((flag) => options.has(flag)).join('')
  const keys = options.values('k').map(parseKey)
  const wanted: readonly SortKey[] = keys.length === 0 ? [{ from: 1, to: Infinity, flags: global }] : keys
  const separator = options.value('t')
  return (a, b) => {
    for (const key of wanted) {
      const flags = key.flags === '' ? global : key.flags
      const left = fieldsOf(a, separator, key, flags)
      const right = fieldsOf(b, separator, key, flags)
      const order = flags.includes('n') ? leadingNumber(left) - leadingNumber(right) : compareText(left, right)
      if (order !== 0) return flags.includes('r') ? -order : order
    }
    return 0
  }
}

function parseKey(text: string): SortKey {
  const match = /^(\d+)(?:\.\d+)?([a-z]*)(?:,(\d+)(?:\.\d+)?([a-z]*))?$/.exec(text)
  const to = match?.[3]
  return {
    from: Number(match?.[1] ?? '1'),
    to: to === undefined ? Infinity : Number(to),
    flags: (match?.[2] ?? '') + (match?.[4] ?? ''),
  }
}

function fieldsOf(line: string, separator: string | undefined, key: SortKey, flags: string): string {
  let text = line
  if (key.from !== 1 || key.to !== Infinity) {
    const fields = separator === undefined ? (line.match(/\s*\S+/g) ?? []) : line.split(separator)
    text = fields.slice(key.from - 1, key.to).join(separator ?? '')
  }
  if (flags.includes('b')) text = text.trimStart()
  return flags.includes('f') ? text.toUpperCase() : text
}

function leadingNumber(text: string): number {
  return Number(/^\s*-?\d*\.?\d*/.exec(text)?.[0] ?? '0') || 0
}

export const uniq: Command = async (context) => {
  const options = parseOptions(context.args, 'cduif:s:w:')
  if ('problem' in options) return usageError(context, options.problem)
  const { inputs, failed } = await openInputs(context, options.operands.slice(0, 1))
  const [input] = inputs
  if (input === undefined) return 1
  const reader = new LineReader(input.stream)
  const skipFields = new RegExp(`^(?:\\s*\\S+){0,${Number(options.value('f') ?? '0') || 0}}`)
  const from = Number(options.value('s') ?? '0')
  const key = (line: string): string => {
    const compared = line.replace(skipFields, '').slice(from, from + Number(options.value('w') ?? Infinity))
    return options.has('i') ? compared.toLowerCase() : compared
  }
  let held: { line: string; count: number } | undefined
  const flush = async (): Promise<void> => {
    if (held === undefined || (options.has('d') && held.count === 1) || (options.has('u') && held.count > 1)) return
    await context.stdout.write(`${options.has('c') ? `${String(held.count).padStart(7)} ` : ''}${held.line}\n`)
  }
  for (let line = await reader.next(); line !== undefined; line = await reader.next()) {
    if (held !== undefined && key(held.line) === key(line)) held.count++
    else {
      await flush()
      held = { line, count: 1 }
    }
  }
  await flush()
  return failed ? 1 : 0
}

export const cut: Command = async (context) => {
  const options = parseOptions(context.args, 'f:d:c:b:s', ['output-delimiter=', 'complement'])
  if ('problem' in options) return usageError(context, options.problem)
  const list = options.value('f') ?? options.value('c') ?? options.value('b')
  if (list === undefined) return usageError(context, 'you must specify a list of bytes, characters, or fields')
  const ranges = list.split(',').map(parseRange)
  const fields = options.value('f') !== undefined
  const delimiter = options.value('d') ?? '\t'
  const joiner = options.value('output-delimiter') ?? (fields ? delimiter : '')
  const chosen = (place: number): boolean =>
    ranges.some(([from, to]) => place >= from && place <= to) !== options.has('complement')
  const { inputs, failed } = await openInputs(context, options.operands)
  for (const input of inputs) {
    const reader = new LineReader(input.stream)
    for (let line = await reader.next(); line !== undefined; line = await reader.next()) {
      if (fields && !line.includes(delimiter)) {
        if (!options.has('s')) await context.stdout.write(`${line}\n`)
        continue
      }
      const parts = fields ? line.split(delimiter) : [...line]
      await context.stdout.write(`${parts.filter((_part, index) => chosen(index + 1)).join(joiner)}\n`)
    }
  }
  return failed ? 1 : 0
}

function parseRange(text: string): readonly [number, number] {
  const match = /^(\d*)(-?)(\d*)$/.exec(text)
  const from = match?.[1] === '' ? 1 : Number(match?.[1] ?? '0')
  if (match?.[2] !== '-') return [from, from]
  return [from, match[3] === '' ? Infinity : Number(match[3])]
}

/** One output line per input line, as text arrives. */
async function mapLines(
  context: CommandContext,
  inputs: readonly Input[],
  change: (line: string) => string | undefined,
): Promise<void> {
  for (const input of inputs) {
    const reader = new LineReader(input.stream)
    for (let line = await reader.next(); line !== undefined; line = await reader.next()) {
      const out = change(line)
      if (out !== undefined) await context.stdout.write(`${out}\n`)
    }
  }
}

export const rev: Command = async (context) => {
  const { inputs, failed } = await openInputs(context, context.args)
  await mapLines(context, inputs, (line) => [...line].reverse().join(''))
  return failed ? 1 : 0
}

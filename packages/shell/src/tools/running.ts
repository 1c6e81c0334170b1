// Tools that run other programs or wait: env, printenv, nohup, timeout, xargs, sleep, yes, seq.

import type { Command, CommandContext } from '../command.ts'
import { readAll } from '../process/text-io.ts'
import { signalNumber } from '../process/signals.ts'
import { usageError } from './input.ts'
import { parseOptions } from './options.ts'

const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
])

/** `1.5`, `2m`, `infinity`; undefined when it is no time. */
function parseSeconds(text: string): number | undefined {
  if (text === 'infinity' || text === 'inf') return 1e9
  const match = /^(\d+\.?\d*|\.\d+)([smhd]?)$/.exec(text)
  return match === null ? undefined : Number(match[1]) * (UNITS.get(match[2] ?? '') ?? 1)
}

export const sleep: Command = async (context) => {
  if (context.args.length === 0) return usageError(context, 'missing operand')
  let total = 0
  for (const text of context.args) {
    const seconds = parseSeconds(text)
    if (seconds === undefined) return usageError(context, `invalid time interval '${text}'`)
    total += seconds
  }
  await context.sleep(Math.round(total * 1_000_000))
  return 0
}

export const env: Command = async (context) => {
  const environment = new Map(context.environment)
  let at = 0
  for (; at < context.args.length; at++) {
    const arg = context.args[at] ?? ''
    if (arg === '-i' || arg === '-' || arg === '--ignore-environment') environment.clear()
    else if (arg === '-u') environment.delete(context.args[++at] ?? '')
    else if (arg === '--') {
      at++
      break
    } else if (arg.startsWith('-')) return usageError(context, `invalid option -- '${arg.slice(1, 2)}'`, 125)
    else break
  }
  for (; at < context.args.length; at++) {
    const match = /^([^=]+)=(.*)$/s.exec(context.args[at] ?? '')
    if (match === null) break
    environment.set(match[1] ?? '', match[2] ?? '')
  }
  const argv = context.args.slice(at)
  if (argv.length > 0) return runChild(context, argv, environment)
  await context.stdout.write([...environment].map(([name, value]) => `${name}=${value}\n`).join(''))
  return 0
}

function runChild(
  context: CommandContext,
  argv: readonly string[],
  environment: ReadonlyMap<string, string> = context.environment,
): Promise<number> {
  return context.block(context.spawn(argv, { environment }).done)
}

export const printenv: Command = async (context) => {
  if (context.args.length === 0) return env(context)
  let status = 0
  for (const name of context.args) {
    const value = context.environment.get(name)
    if (value === undefined) status = 1
    else await context.stdout.write(`${value}\n`)
  }
  return status
}

export const nohup: Command = async (context) => {
  if (context.args.length === 0) return usageError(context, 'missing operand', 125)
  return runChild(context, context.args)
}

export const timeout: Command = async (context) => {
  const first = context.args.findIndex((arg, index) => !arg.startsWith('-') && !takesValue(context.args[index - 1]))
  const options = parseOptions(context.args.slice(0, Math.max(0, first)), 'k:s:v', [
    'signal=',
    'kill-after=',
    'preserve-status',
    'foreground',
  ])
  if ('problem' in options) return usageError(context, options.problem, 125)
  const [limit, ...argv] = first < 0 ? [] : context.args.slice(first)
  const seconds = limit === undefined ? undefined : parseSeconds(limit)
  if (seconds === undefined || argv.length === 0) {
    return usageError(
      context,
      limit === undefined || argv.length === 0 ? 'missing operand' : `invalid time interval '${limit}'`,
      125,
    )
  }
  const signal = options.value('s', 'signal') ?? 'TERM'
  if (signalNumber(signal) === undefined) return usageError(context, `${signal}: invalid signal`, 125)
  const grace = parseSeconds(options.value('k', 'kill-after') ?? '')
  const child = context.spawn(argv)
  if (seconds === 0) return context.block(child.done)
  if ((await finishedWithin(context, child.done, seconds)) !== undefined) return child.done
  child.signal(signal)
  if (grace !== undefined && (await finishedWithin(context, child.done, grace)) === undefined) {
    child.signal('KILL')
    return 137
  }
  const status = await context.block(child.done)
  return options.has('preserve-status') ? status : 124
}

function takesValue(arg: string | undefined): boolean {
  return arg === '-k' || arg === '-s'
}

async function finishedWithin(
  context: CommandContext,
  done: Promise<number>,
  seconds: number,
): Promise<number | undefined> {
  const { engine } = context
  const timer = engine.deferred<undefined>()
  const task = engine.schedule(seconds * 1_000_000, 'timeout', () => timer.resolve(undefined), 'background')
  try {
    return await context.block(Promise.race([done, timer.promise]))
  } finally {
    engine.cancel(task)
  }
}

export const xargs: Command = async (context) => {
  const at = context.args.findIndex(
    (arg, index) => !arg.startsWith('-') && !/^-[nILPd]$/.test(context.args[index - 1] ?? ''),
  )
  const own = at < 0 ? context.args : context.args.slice(0, at)
  const argv = at < 0 ? ['echo'] : context.args.slice(at)
  const options = parseOptions(own, 'n:I:L:P:d:0rt', ['no-run-if-empty'])
  if ('problem' in options) return usageError(context, options.problem)
  const text = new TextDecoder().decode(await readAll(context.stdin))
  const place = options.value('I')
  const items = splitItems(text, options.has('0') ? '\0' : options.value('d'), place !== undefined)
  const batches = batchesOf(items, place, argv, Number(options.value('n') ?? options.value('L') ?? Infinity))
  if (items.length === 0 && (place !== undefined || options.has('r', 'no-run-if-empty'))) return 0
  let status = 0
  for (const batch of batches) {
    if (options.has('t')) await context.stderr.write(`${batch.join(' ')}\n`)
    const result = await context.block(context.spawn(batch, { stdin: { read: async () => undefined } }).done)
    if (result === 126 || result === 127) return result
    if (result === 255) return 124
    if (result !== 0) status = 123
  }
  return status
}

function batchesOf(
  items: readonly string[],
  place: string | undefined,
  argv: readonly string[],
  size: number,
): readonly (readonly string[])[] {
  if (place !== undefined) return items.map((item) => argv.map((arg) => arg.replaceAll(place, item)))
  if (items.length === 0) return [argv]
  const batches: (readonly string[])[] = []
  const step = Number.isFinite(size) && size > 0 ? size : items.length
  for (let at = 0; at < items.length; at += step) batches.push([...argv, ...items.slice(at, at + step)])
  return batches
}

function splitItems(text: string, delimiter: string | undefined, lines: boolean): readonly string[] {
  if (delimiter !== undefined)
    return text
      .split(delimiter === '\\n' ? '\n' : delimiter)
      .filter((item, index, all) => item !== '' || index < all.length - 1)
  if (lines)
    return text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
  const words = text.match(/(?:'[^']*'|"[^"]*"|\\.|[^\s'"\\])+/gs) ?? []
  return words.map((word) =>
    word.replace(/'([^']*)'|"([^"]*)"|\\(.)/gs, (_all, a?: string, b?: string, c?: string) => a ?? b ?? c ?? ''),
  )
}

export const yes: Command = async (context) => {
  const line = `${context.args.length === 0 ? 'y' : context.args.join(' ')}\n`
  const block = line.repeat(Math.max(1, Math.floor(4096 / line.length)))
  for (;;) await context.stdout.write(block)
}

export const seq: Command = async (context) => {
  const options = parseOptions(
    context.args.map((arg) => (/^-\.?\d/.test(arg) ? ` ${arg}` : arg)),
    's:wf:',
  )
  if ('problem' in options) return usageError(context, options.problem)
  if (options.has('f')) return usageError(context, '-f: not simulated')
  const texts = options.operands.map((operand) => operand.trim())
  const numbers = texts.map(Number)
  if (numbers.length === 0 || numbers.length > 3) return usageError(context, 'missing operand')
  const wrong = texts.find((_text, index) => Number.isNaN(numbers[index]))
  if (wrong !== undefined) return usageError(context, `invalid floating point argument: '${wrong}'`)
  const [first = 1, second = 1, third] = numbers
  const [from, step, to] =
    third === undefined ? (numbers.length === 1 ? [1, 1, first] : [first, 1, second]) : [first, second, third]
  if (step === 0) return usageError(context, "invalid Zero increment value: '0'")
  const digits = Math.max(...texts.map((text) => text.split('.')[1]?.length ?? 0))
  const separator = options.value('s') ?? '\n'
  const width = options.has('w') ? Math.max(from.toFixed(digits).length, to.toFixed(digits).length) : 0
  let out = ''
  let wrote = false
  for (let index = 0; ; index++) {
    const value = from + index * step
    if (step > 0 ? value > to + 1e-9 : value < to - 1e-9) break
    out += (wrote || out !== '' ? separator : '') + value.toFixed(digits).padStart(width, '0')
    if (out.length > 4096) {
      await context.stdout.write(out)
      wrote = true
      out = ''
    }
  }
  if (wrote || out !== '') await context.stdout.write(`${out}\n`)
  return 0
}

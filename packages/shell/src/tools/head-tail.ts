// head (-n, -c, -N) and tail (-n, -n +K, -c, -f, -F). `tail -f` waits for changes of the file tree without polling.

import type { Command, CommandContext } from '../command.ts'
import { resolvePath } from '../files/path.ts'
import { LineReader, openInputs, usageError, type Input } from './input.ts'
import { parseOptions, type ToolOptions } from './options.ts'
import { readAll } from '../process/text-io.ts'

/** `-5` is `-n 5`. */
function modern(args: readonly string[]): readonly string[] {
  const first = args[0]
  const old = first === undefined ? null : /^-(\d+)$/.exec(first)
  return old === null ? args : ['-n', old[1] ?? '10', ...args.slice(1)]
}

function count(text: string): number | undefined {
  const match = /^([-+]?\d+)([kKmM]?)$/.exec(text)
  if (match === null) return undefined
  const unit = (match[2] ?? '').toLowerCase()
  return Number(match[1]) * (unit === 'k' ? 1024 : unit === 'm' ? 1_048_576 : 1)
}

async function heading(
  context: CommandContext,
  inputs: readonly Input[],
  options: ToolOptions,
  index: number,
): Promise<void> {
  const input = inputs[index]
  if (input === undefined || options.has('q') || (inputs.length < 2 && !options.has('v'))) return
  const name = input.name === '-' ? 'standard input' : input.name
  await context.stdout.write(`${index === 0 ? '' : '\n'}==> ${name} <==\n`)
}

export const head: Command = async (context) => {
  const options = parseOptions(modern(context.args), 'n:c:qv', ['lines=', 'bytes='])
  if ('problem' in options) return usageError(context, options.problem)
  const bytes = options.value('c', 'bytes')
  const asked = bytes ?? options.value('n', 'lines') ?? '10'
  const limit = count(asked)
  if (limit === undefined)
    return usageError(context, `invalid number of ${bytes === undefined ? 'lines' : 'bytes'}: '${asked}'`)
  const { inputs, failed } = await openInputs(context, options.operands)
  for (const [index, input] of inputs.entries()) {
    await heading(context, inputs, options, index)
    if (bytes !== undefined) await headBytes(context, input, limit)
    else await headLines(context, input, limit)
  }
  return failed ? 1 : 0
}

async function headBytes(context: CommandContext, input: Input, limit: number): Promise<void> {
  if (limit < 0) {
    const all = await readAll(input.stream)
    return context.stdout.write(all.subarray(0, Math.max(0, all.length + limit)))
  }
  let left = limit
  while (left > 0) {
    const chunk = await input.stream.read()
    if (chunk === undefined) return
    await context.stdout.write(chunk.subarray(0, left))
    left -= chunk.length
  }
}

async function headLines(context: CommandContext, input: Input, limit: number): Promise<void> {
  const reader = new LineReader(input.stream)
  const held: string[] = []
  for (let number = 0; limit < 0 || number < limit; number++) {
    const line = await reader.next()
    if (line === undefined) return
    held.push(line + (reader.complete ? '\n' : ''))
    const ready = limit < 0 && held.length <= -limit ? undefined : held.shift()
    if (ready !== undefined) await context.stdout.write(ready)
  }
}

export const tail: Command = async (context) => {
  const options = parseOptions(modern(context.args), 'n:c:fFqvs:', ['lines=', 'bytes=', 'follow', 'retry', 'pid='])
  if ('problem' in options) return usageError(context, options.problem)
  if (options.has('pid')) return usageError(context, '--pid is not simulated')
  const bytes = options.value('c', 'bytes')
  const asked = bytes ?? options.value('n', 'lines') ?? '10'
  if (count(asked) === undefined)
    return usageError(context, `invalid number of ${bytes === undefined ? 'lines' : 'bytes'}: '${asked}'`)
  const { inputs, failed } = await openInputs(context, options.operands)
  const sizes: number[] = []
  for (const [index, input] of inputs.entries()) {
    await heading(context, inputs, options, index)
    const all = await readAll(input.stream)
    sizes.push(all.length)
    await context.stdout.write(bytes === undefined ? lastLines(all, asked) : lastBytes(all, asked))
  }
  if (options.has('f', 'F', 'follow')) await follow(context, inputs, sizes)
  return failed ? 1 : 0
}

function lastBytes(all: Uint8Array, asked: string): Uint8Array {
  const amount = Math.abs(count(asked) ?? 0)
  return asked.startsWith('+') ? all.subarray(Math.max(0, amount - 1)) : all.subarray(Math.max(0, all.length - amount))
}

function lastLines(all: Uint8Array, asked: string): Uint8Array {
  const amount = Math.abs(count(asked) ?? 0)
  if (asked.startsWith('+')) {
    let from = 0
    for (let line = 1; line < amount && from >= 0; line++) {
      const end = all.indexOf(10, from)
      if (end < 0) return all.subarray(all.length)
      from = end + 1
    }
    return all.subarray(from)
  }
  if (amount === 0) return all.subarray(all.length)
  let at = all.length - (all.at(-1) === 10 ? 1 : 0)
  for (let line = 0; line < amount; line++) {
    at = at <= 0 ? -1 : all.lastIndexOf(10, at - 1)
    if (at < 0) return all
  }
  return all.subarray(at + 1)
}

/** Prints what files grow by, for ever; following no file that can grow (`/dev/null`) just waits. */
async function follow(context: CommandContext, inputs: readonly Input[], sizes: readonly number[]): Promise<never> {
  const { engine, files } = context
  const places = inputs.map((input, index) => ({
    path: resolvePath(context.workingDirectory, input.name),
    size: sizes[index] ?? 0,
  }))
  for (;;) {
    const changed = engine.deferred<void>()
    const stop = files.watch?.((path) => {
      if (places.some((place) => place.path === path)) changed.resolve()
    })
    try {
      await (stop === undefined ? context.sleep(1_000_000) : context.block(changed.promise))
    } finally {
      stop?.()
    }
    for (const place of places) {
      const content = files.read(place.path)
      if (content === undefined) continue
      if (content.length < place.size) place.size = 0
      const added = content.slice(place.size)
      place.size = content.length
      if (added.length > 0) await context.stdout.write(added)
    }
  }
}

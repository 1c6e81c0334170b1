// read: a line from standard input into variables, split at IFS. Options -r -p -t -n -a -s -u; others are refused.

import type { Shell } from '../evaluate/shell.ts'
import { runTraps } from '../evaluate/traps.ts'
import type { OpenFile } from '../process/open-file.ts'
import { Interrupted } from '../process/process.ts'

interface ReadOptions {
  raw: boolean
  prompt: string | undefined
  timeoutUs: number | undefined
  characters: number | undefined
  array: string | undefined
  descriptor: number
  delimiter: string
}

export async function read(shell: Shell, args: readonly string[]): Promise<number> {
  const parsed = await parseOptions(shell, args)
  if (typeof parsed === 'number') return parsed
  const { options, names } = parsed
  const wrong = names.find((name) => !/^[A-Za-z_]\w*(\[.*\])?$/.test(name))
  if (wrong !== undefined) {
    if (shell.dialect !== 'bash') return shell.fail(`read: ${wrong}: bad variable name`)
    await shell.complain(`read: \`${wrong}': not a valid identifier`)
    return 1
  }
  if (options.prompt !== undefined && shell.terminal !== undefined) await shell.write(2, options.prompt)
  const file = shell.process.descriptors.get(options.descriptor)
  if (file === undefined) {
    await shell.complain(`read: ${options.descriptor}: invalid file descriptor: Bad file descriptor`)
    return 1
  }
  const line = await readTimed(shell, file, options)
  if (typeof line === 'number') return line
  const { variables } = shell
  const ifs = variables.text('IFS') ?? ' \t\n'
  if (options.array !== undefined) {
    const fields = splitFields(line.text, line.escaped, ifs, Infinity)
    variables.set(options.array, new Map(fields.map((field, index) => [index, field])))
  } else if (names.length === 0) variables.set('REPLY', line.text)
  else {
    const fields = splitFields(line.text, line.escaped, ifs, names.length)
    for (const [index, name] of names.entries()) {
      if (!variables.set(name, fields[index] ?? '')) await shell.fail(`${name}: is read only`)
    }
  }
  return line.complete ? 0 : 1
}

type Parsed = { readonly options: ReadOptions; readonly names: readonly string[] }

async function parseOptions(shell: Shell, args: readonly string[]): Promise<Parsed | number> {
  const options: ReadOptions = {
    raw: false,
    prompt: undefined,
    timeoutUs: undefined,
    characters: undefined,
    array: undefined,
    descriptor: 0,
    delimiter: '\n',
  }
  let at = 0
  for (; at < args.length; at++) {
    const arg = args[at] ?? ''
    if (arg === '--') {
      at++
      break
    }
    if (!/^-./.test(arg)) break
    for (let letter = 1; letter < arg.length; letter++) {
      const flag = arg.charAt(letter)
      if (flag === 'r') options.raw = true
      else if ('se'.includes(flag)) continue
      else if ('ptnaudN'.includes(flag)) {
        const value = letter + 1 < arg.length ? arg.slice(letter + 1) : (args[++at] ?? '')
        applyOption(options, flag, value)
        break
      } else {
        await shell.complain(`read: -${flag}: invalid option`)
        return 2
      }
    }
  }
  return { options, names: args.slice(at) }
}

function applyOption(options: ReadOptions, flag: string, value: string): void {
  if (flag === 'p') options.prompt = value
  else if (flag === 't') options.timeoutUs = Number(value) * 1_000_000
  else if (flag === 'n' || flag === 'N') options.characters = Number(value)
  else if (flag === 'a') options.array = value
  else if (flag === 'd') options.delimiter = value.charAt(0) === '' ? '\0' : value.charAt(0)
  else options.descriptor = Number(value)
}

interface ReadLine {
  readonly text: string
  /** Places of characters that a backslash took out of splitting. */
  readonly escaped: ReadonlySet<number>
  readonly complete: boolean
}

const TIMED_OUT = Symbol('timed out')

async function readTimed(shell: Shell, file: OpenFile, options: ReadOptions): Promise<ReadLine | number> {
  const { process } = shell
  const { engine, kind } = process.machine
  try {
    if (options.timeoutUs === undefined) return await collect(shell, file, options, (one) => one)
    const timer = engine.deferred<typeof TIMED_OUT>()
    const task = engine.schedule(options.timeoutUs, 'read -t', () => timer.resolve(TIMED_OUT), kind)
    const line = await collect(shell, file, options, (one) => Promise.race([one, timer.promise]))
    engine.cancel(task)
    return line
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error
    await runTraps(shell)
    return 128 + error.signal
  }
}

type Chunk = Uint8Array | undefined

async function collect(
  shell: Shell,
  file: OpenFile,
  options: ReadOptions,
  race: (chunk: Promise<Chunk>) => Promise<Chunk | typeof TIMED_OUT>,
): Promise<ReadLine | number> {
  const decoder = new TextDecoder()
  const escaped = new Set<number>()
  let text = ''
  let escape = false
  const encoder = new TextEncoder()
  for (;;) {
    const chunk = await race(file.read(shell.process))
    if (chunk === TIMED_OUT) return shell.dialect === 'bash' ? 142 : 1
    if (chunk === undefined) return { text, escaped, complete: false }
    const characters = decoder.decode(chunk, { stream: true })
    for (let at = 0; at < characters.length; at++) {
      const char = characters.charAt(at)
      const rest = (): void => file.unread(encoder.encode(characters.slice(at + 1)))
      if (escape) {
        escape = false
        if (char === '\n') continue
        escaped.add(text.length)
        text += char
      } else if (char === '\\' && !options.raw) escape = true
      else if (char === options.delimiter) {
        rest()
        return { text, escaped, complete: true }
      } else text += char
      if (options.characters !== undefined && text.length >= options.characters) {
        rest()
        return { text, escaped, complete: true }
      }
    }
  }
}

/** The last field takes the rest of the line, without the white space around it. */
function splitFields(text: string, escaped: ReadonlySet<number>, ifs: string, count: number): string[] {
  const separates = (at: number): boolean => !escaped.has(at) && ifs.includes(text.charAt(at))
  const white = (at: number): boolean => separates(at) && ' \t\n'.includes(text.charAt(at))
  const fields: string[] = []
  let at = 0
  while (at < text.length && white(at)) at++
  while (at < text.length) {
    if (fields.length === count - 1) {
      fields.push(lastField(text, at, separates, white))
      break
    }
    const start = at
    while (at < text.length && !separates(at)) at++
    fields.push(text.slice(start, at))
    while (at < text.length && white(at)) at++
    if (at < text.length && separates(at) && !white(at)) at++
    while (at < text.length && white(at)) at++
  }
  return fields
}

function lastField(
  text: string,
  from: number,
  separates: (at: number) => boolean,
  white: (at: number) => boolean,
): string {
  let end = text.length
  while (end > from && white(end - 1)) end--
  // One separator after a single last field goes too: `a:` read into one variable is `a`.
  const inner = [...text.slice(from, end)].some((_char, index) => separates(from + index) && index < end - from - 1)
  if (!inner && end > from && separates(end - 1)) end--
  return text.slice(from, end)
}

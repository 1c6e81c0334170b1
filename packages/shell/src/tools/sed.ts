// sed: s///[gpiN], p, d, q, =, y, a, i, c with line, $, /re/ and range addresses; -n, -e, -E, -r, -i: line by line, as they come.
// Scripts with more (labels, hold space, blocks, files) are the library's, on whole input.

import type { Command, CommandContext } from '../command.ts'
import { resolvePath } from '../files/path.ts'
import { runLibraryTool } from './library/library-tool.ts'
import { LineReader, openInputs, usageError, type Input } from './input.ts'
import { parseOptions } from './options.ts'
import { parseSed, type SedAddress, type SedCommand } from './sed-script.ts'

export const sed: Command = async (context) => {
  // `-i.bak`: the rest of the word is what the copy of the old file is called.
  const suffix = context.args.map((arg) => /^-i(.+)$/.exec(arg)?.[1]).find((one) => one !== undefined)
  const args = suffix === undefined ? context.args : context.args.map((arg) => arg.replace(/^-i.+$/, '-i'))
  const options = parseOptions(args, 'nEre:if:su', ['expression=', 'quiet', 'silent', 'regexp-extended', 'in-place'])
  if ('problem' in options || options.has('f', 's')) return runLibraryTool(context, 'sed')
  const given = [...options.values('e'), ...options.values('expression')]
  const [first, ...rest] = options.operands
  const script = given.length > 0 ? given.join('\n') : first
  if (script === undefined) return usageError(context, 'no script specified')
  const parsed = parseSed(script, options.has('E', 'r', 'regexp-extended'))
  if ('problem' in parsed) return runLibraryTool(context, 'sed')
  const quiet = options.has('n', 'quiet', 'silent')
  const operands = given.length > 0 ? options.operands : rest
  const { inputs, failed } = await openInputs(context, operands)
  if (!options.has('i', 'in-place')) {
    const status = await new SedRun(parsed.commands, quiet, (text) => context.stdout.write(text)).run(inputs)
    return status ?? (failed ? 2 : 0)
  }
  for (const input of inputs) {
    const path = resolvePath(context.workingDirectory, input.name)
    if (suffix !== undefined) context.files.write(path + suffix, context.files.read(path) ?? '')
    await editInPlace(context, parsed.commands, quiet, input)
  }
  return failed ? 2 : 0
}

async function editInPlace(
  context: CommandContext,
  commands: readonly SedCommand[],
  quiet: boolean,
  input: Input,
): Promise<void> {
  let out = ''
  await new SedRun(commands, quiet, async (text) => {
    out += text
  }).run([input])
  context.files.write(resolvePath(context.workingDirectory, input.name), out)
}

class SedRun {
  readonly #commands: readonly SedCommand[]
  readonly #quiet: boolean
  readonly #write: (text: string) => Promise<void>
  /** Ranges that have begun and not ended. */
  readonly #open = new Map<SedCommand, number>()
  #number = 0
  #last = false

  constructor(commands: readonly SedCommand[], quiet: boolean, write: (text: string) => Promise<void>) {
    this.#commands = commands
    this.#quiet = quiet
    this.#write = write
  }

  /** Returns an exit status when the script quit. */
  async run(inputs: readonly Input[]): Promise<number | undefined> {
    const needsLast = this.#commands.some((command) => command.from === '$' || command.to === '$')
    const readers = inputs.map((input) => new LineReader(input.stream))
    let held = await nextOf(readers)
    while (held !== undefined) {
      const line = held
      // Looking one line ahead would delay a live stream; only `$` needs it.
      if (needsLast) held = await nextOf(readers)
      this.#number++
      this.#last = needsLast && held === undefined
      const status = await this.#line(line)
      if (status !== undefined) return status
      if (!needsLast) held = await nextOf(readers)
    }
    return undefined
  }

  async #line(line: { readonly text: string; readonly ending: string }): Promise<number | undefined> {
    let { text } = line
    let after = ''
    for (const command of this.#commands) {
      if (this.#applies(command, text) === command.negated) continue
      switch (command.name) {
        case 'd':
          return undefined
        case 'c':
          await this.#write(`${command.text}\n`)
          return undefined
        case 'p':
          await this.#write(`${text}\n`)
          break
        case '=':
          await this.#write(`${this.#number}\n`)
          break
        case 'i':
          await this.#write(`${command.text}\n`)
          break
        case 'a':
          after += `${command.text}\n`
          break
        case 'y':
          text = [...text].map((char) => command.table?.get(char) ?? char).join('')
          break
        case 's': {
          const changed = substituteText(text, command)
          if (changed === undefined) break
          text = changed
          if (command.print) await this.#write(`${text}\n`)
          break
        }
        case 'q':
          if (!this.#quiet) await this.#write(text + line.ending)
          await this.#write(after)
          return Number(command.text || '0')
      }
    }
    if (!this.#quiet) await this.#write(text + line.ending)
    if (after !== '') await this.#write(after)
    return undefined
  }

  #applies(command: SedCommand, text: string): boolean {
    const { from, to } = command
    if (from === undefined) return true
    if (to === undefined) return this.#matches(from, text)
    const started = this.#open.get(command)
    if (started === undefined) {
      if (!this.#matches(from, text)) return false
      const oneLine = typeof to === 'number' && to <= this.#number
      if (!oneLine && !(to === '$' && this.#last)) this.#open.set(command, this.#number)
      return true
    }
    if (this.#matches(to, text)) this.#open.delete(command)
    return true
  }

  #matches(address: SedAddress, text: string): boolean {
    if (address === '$') return this.#last
    if (typeof address === 'number') return this.#number === address
    return address.test(text)
  }
}

async function nextOf(
  readers: readonly LineReader[],
): Promise<{ readonly text: string; readonly ending: string } | undefined> {
  for (const reader of readers) {
    const text = await reader.next()
    if (text !== undefined) return { text, ending: reader.complete ? '\n' : '' }
  }
  return undefined
}

/** Undefined when nothing matched. */
function substituteText(text: string, command: SedCommand): string | undefined {
  const { expression, replacement } = command
  if (expression === undefined || replacement === undefined) return undefined
  let seen = 0
  let changed = false
  const result = text.replace(expression, (...found: unknown[]) => {
    seen++
    const whole = String(found[0])
    if (seen < command.occurrence || (seen > command.occurrence && !command.everywhere)) return whole
    changed = true
    return replacement((group) => (typeof found[group] === 'string' ? found[group] : ''))
  })
  return changed ? result : undefined
}

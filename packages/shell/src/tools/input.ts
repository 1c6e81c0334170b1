// Input of text tools: operands or standard input, whole or line by line as it arrives.

import type { CommandContext, InputStream } from '../command.ts'
import { ShellFileError } from '../file-tree.ts'

/** Reads lines as they come. The last one may lack its newline. */
export class LineReader {
  readonly #stream: InputStream
  readonly #decoder = new TextDecoder()
  #left = ''
  #from = 0
  #ended = false
  /** Whether the line given last had a newline. */
  complete = true

  constructor(stream: InputStream) {
    this.#stream = stream
  }

  async next(): Promise<string | undefined> {
    for (;;) {
      const end = this.#left.indexOf('\n', this.#from)
      if (end >= 0) {
        const line = this.#left.slice(this.#from, end)
        this.#from = end + 1
        return line
      }
      this.#left = this.#left.slice(this.#from)
      this.#from = 0
      if (this.#ended) {
        if (this.#left === '') return undefined
        const line = this.#left
        this.#left = ''
        this.complete = false
        return line
      }
      const chunk = await this.#stream.read()
      if (chunk === undefined) this.#ended = true
      this.#left += chunk === undefined ? this.#decoder.decode() : this.#decoder.decode(chunk, { stream: true })
    }
  }
}

export interface Input {
  readonly name: string
  readonly stream: InputStream
}

/** Opens operands in turn; `-` and no operand at all are standard input. Complaints go to stderr and count as failures. */
export async function openInputs(
  context: CommandContext,
  operands: readonly string[],
  silent = false,
): Promise<{ readonly inputs: readonly Input[]; readonly failed: boolean }> {
  const inputs: Input[] = []
  let failed = false
  for (const operand of operands.length === 0 ? ['-'] : operands) {
    const input = operand === '-' ? { name: '-', stream: context.stdin } : await openOperand(context, operand, silent)
    if (input === undefined) failed = true
    else inputs.push(input)
  }
  return { inputs, failed }
}

async function openOperand(context: CommandContext, operand: string, silent: boolean): Promise<Input | undefined> {
  try {
    return { name: operand, stream: context.open(operand) }
  } catch (error) {
    if (!(error instanceof ShellFileError)) throw error
    if (!silent) await context.stderr.write(`${context.name}: ${operand}: ${error.message}\n`)
    return undefined
  }
}

/** Every line of all inputs. */
export async function readLines(inputs: readonly Input[]): Promise<string[]> {
  const lines: string[] = []
  for (const input of inputs) {
    const reader = new LineReader(input.stream)
    for (let line = await reader.next(); line !== undefined; line = await reader.next()) lines.push(line)
  }
  return lines
}

/** Says what is wrong with a tool's command line. */
export async function usageError(context: CommandContext, problem: string, status = 1): Promise<number> {
  await context.stderr.write(`${context.name}: ${problem}\n`)
  return status
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

// Lines of a container's log, packed: whole blocks of lines are one text and one list of times, so that a log nobody reads costs
// little more than its characters.

import type { Clock, Microseconds } from '@podwire/engine'

export type LogStream = 'stdout' | 'stderr'

export interface LogLine {
  readonly timeUs: Microseconds
  /** Without the line break. */
  readonly text: string
  readonly stream: LogStream
}

/** As `--timestamps` prints it: RFC 3339 with nanoseconds. */
export function formatLine({ timeUs, text }: LogLine, clock: Clock, timestamps: boolean): string {
  return timestamps ? `${clock.microTimestamp(timeUs).slice(0, -1)}000Z ${text}\n` : `${text}\n`
}

const BLOCK_LINES = 128

interface Block {
  /** Lines end with a line break each. */
  readonly text: string
  readonly times: readonly Microseconds[]
  /** Absent: all of stdout. */
  readonly streams: readonly LogStream[] | undefined
}

function toLines(texts: readonly string[], { times, streams }: Omit<Block, 'text'>): readonly LogLine[] {
  return texts.map((text, index) => ({ text, timeUs: times[index] ?? 0, stream: streams?.[index] ?? 'stdout' }))
}

const unpack = (block: Block): readonly LogLine[] => toLines(block.text.split('\n'), block)

export class LogLines {
  #blocks: Block[] | undefined
  // The latest lines: plain lists of numbers and texts, not objects.
  #texts: string[] = []
  #times: Microseconds[] = []
  #streams: LogStream[] | undefined

  push(timeUs: Microseconds, text: string, stream: LogStream): void {
    if (this.#texts.length === BLOCK_LINES) this.#pack()
    if (stream !== 'stdout' && this.#streams === undefined) this.#streams = this.#texts.map(() => 'stdout')
    this.#texts.push(text)
    this.#times.push(timeUs)
    this.#streams?.push(stream)
  }

  #pack(): void {
    this.#blocks ??= []
    // Copied: a list that has grown has room for more.
    this.#blocks.push({ text: this.#texts.join('\n'), times: this.#times.slice(), streams: this.#streams })
    this.#texts.length = this.#times.length = 0
    this.#streams = undefined
  }

  all(): readonly LogLine[] {
    const latest = toLines(this.#texts, { times: this.#times, streams: this.#streams })
    return this.#blocks === undefined ? latest : [...this.#blocks.flatMap(unpack), ...latest]
  }
}

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
  readonly times: Float64Array
  /** Absent: all of stdout. */
  readonly streams: readonly LogStream[] | undefined
}

function pack(lines: readonly LogLine[]): Block {
  return {
    text: lines.map(({ text }) => text).join('\n'),
    times: Float64Array.from(lines, ({ timeUs }) => timeUs),
    streams: lines.some(({ stream }) => stream !== 'stdout') ? lines.map(({ stream }) => stream) : undefined,
  }
}

function unpack({ text, times, streams }: Block): readonly LogLine[] {
  return text
    .split('\n')
    .map((line, index) => ({ text: line, timeUs: times[index] ?? 0, stream: streams?.[index] ?? 'stdout' }))
}

export class LogLines {
  #blocks: Block[] | undefined
  #latest: LogLine[] = []

  push(line: LogLine): void {
    if (this.#latest.length === BLOCK_LINES) {
      this.#blocks ??= []
      this.#blocks.push(pack(this.#latest))
      this.#latest = []
    }
    this.#latest.push(line)
  }

  clear(): void {
    this.#blocks = undefined
    this.#latest = []
  }

  all(): readonly LogLine[] {
    return this.#blocks === undefined ? this.#latest : [...this.#blocks.flatMap(unpack), ...this.#latest]
  }
}

// What a container wrote, line by line with times, for `kubectl logs`. Kept up to a size like the kubelet's rotated files
// (containerLogMaxSize 10Mi); the oldest lines go first. stdout and stderr share one log; each line knows its own.

import type { Clock, Microseconds } from '@podwire/engine'

export type LogStream = 'stdout' | 'stderr'

export class LogLine {
  readonly timeUs: Microseconds
  /** Without the line break. */
  readonly text: string
  readonly stream: LogStream
  readonly #clock: Clock

  constructor(clock: Clock, stream: LogStream, text: string) {
    this.timeUs = clock.now()
    this.stream = stream
    this.text = text
    this.#clock = clock
  }

  /** RFC 3339 with nanoseconds, as `--timestamps` prints it. Made when somebody looks: most lines are never read. */
  get timestamp(): string {
    return `${this.#clock.microTimestamp(this.timeUs).slice(0, -1)}000Z`
  }
}

export interface LogSelection {
  readonly timestamps: boolean
  /** Absent: both. */
  readonly stream?: LogStream
  readonly tailLines?: number
  readonly sinceSeconds?: number
  /** Milliseconds since 1970. */
  readonly sinceTimeMs?: number
  readonly limitBytes?: number
}

const MAX_CHARACTERS = 10 * 1024 * 1024

export class LogBuffer {
  readonly #clock: Clock
  #lines: LogLine[] = []
  #first = 0
  #characters = 0
  /** A line not yet ended, per stream. */
  readonly #open = new Map<LogStream, string>()
  readonly #followers = new Set<(line: LogLine) => void>()
  readonly #ends = new Set<() => void>()
  #ended = false
  /** Programs repeat themselves: the last whole line written, with and without its end. */
  #lastWritten = ''
  #lastLine = ''

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get ended(): boolean {
    return this.#ended
  }

  write(stream: LogStream, text: string): void {
    // Nearly every write is one whole line.
    if (this.#open.size === 0 && text.indexOf('\n') === text.length - 1 && text !== '') {
      if (text !== this.#lastWritten) {
        this.#lastWritten = text
        this.#lastLine = text.slice(0, -1)
      }
      this.#append(stream, this.#lastLine)
      return
    }
    const parts = ((this.#open.get(stream) ?? '') + text).split('\n')
    const rest = parts.pop() ?? ''
    for (const part of parts) this.#append(stream, part)
    if (rest === '') this.#open.delete(stream)
    else this.#open.set(stream, rest)
  }

  /** The container ended: open lines are complete, followers are told. */
  end(): void {
    if (this.#ended) return
    for (const [stream, text] of this.#open) this.#append(stream, text)
    this.#open.clear()
    this.#ended = true
    for (const end of [...this.#ends]) end()
    this.#followers.clear()
    this.#ends.clear()
  }

  lines(): readonly LogLine[] {
    return this.#lines.slice(this.#first)
  }

  /** What a log request gets, as text. */
  read(selection: LogSelection): string {
    return this.readBytes(selection).toString('utf8')
  }

  /**
   * What a log request gets; a limit may cut a character. As the kubelet does it, the last lines are counted before old ones are
   * left out.
   */
  readBytes(selection: LogSelection): Buffer {
    const { stream, tailLines, limitBytes } = selection
    let lines = this.lines()
    if (stream !== undefined) lines = lines.filter((line) => line.stream === stream)
    if (tailLines !== undefined) lines = tailLines === 0 ? [] : lines.slice(-tailLines)
    const since = this.#sinceUs(selection)
    if (since !== undefined) lines = lines.filter((line) => line.timeUs >= since)
    const text = lines.map((line) => formatLine(line, selection.timestamps)).join('')
    const bytes = Buffer.from(text, 'utf8')
    return limitBytes === undefined ? bytes : bytes.subarray(0, limitBytes)
  }

  #sinceUs({ sinceSeconds, sinceTimeMs }: LogSelection): Microseconds | undefined {
    const now = this.#clock.now()
    if (sinceSeconds !== undefined) return now - sinceSeconds * 1_000_000
    return sinceTimeMs === undefined ? undefined : now - (this.#clock.wallTimeMs() - sinceTimeMs) * 1000
  }

  /** Calls `onLine` for each later line and `onEnd` when the container ends. */
  follow(onLine: (line: LogLine) => void, onEnd: () => void): { stop(): void } {
    this.#followers.add(onLine)
    this.#ends.add(onEnd)
    return {
      stop: () => {
        this.#followers.delete(onLine)
        this.#ends.delete(onEnd)
      },
    }
  }

  #append(stream: LogStream, text: string): void {
    const line = new LogLine(this.#clock, stream, text)
    this.#lines.push(line)
    this.#characters += text.length + 1
    while (this.#characters > MAX_CHARACTERS && this.#first < this.#lines.length - 1) {
      this.#characters -= (this.#lines[this.#first]?.text.length ?? 0) + 1
      this.#first++
    }
    // Dropping in bulk keeps appending cheap.
    if (this.#first > 10_000) {
      this.#lines = this.#lines.slice(this.#first)
      this.#first = 0
    }
    if (this.#followers.size > 0) for (const follower of [...this.#followers]) follower(line)
  }
}

export function formatLine(line: LogLine, timestamps: boolean): string {
  return timestamps ? `${line.timestamp} ${line.text}\n` : `${line.text}\n`
}

// What a container wrote, line by line with times, for `kubectl logs`. As on a real node the log is a file that is rotated when it
// has grown past containerLogMaxSize (10Mi), looked at every ten seconds, and what `kubectl logs` shows is the file in use. stdout
// and stderr share it. Source: kubernetes pkg/kubelet/logs (container_log_manager.go), CRI log format.
// Departure: a log that floods is rotated at twice the size at once, so that a program cannot fill the memory of the process.

import { SECOND, type Clock, type Microseconds } from '@podwire/engine'
import { formatLine, LogLines, type LogLine, type LogStream } from './log-line.ts'

export interface LogSelection {
  readonly timestamps: boolean
  /** Absent: both. */
  readonly tailLines?: number
  readonly sinceSeconds?: number
  /** Milliseconds since 1970. */
  readonly sinceTimeMs?: number
  readonly limitBytes?: number
}

interface Follower {
  readonly onLine: (line: LogLine) => void
  readonly onEnd: () => void
}

const MAX_BYTES = 10 * 1024 * 1024
const MONITOR_PERIOD: Microseconds = 10 * SECOND
/** A line's time, stream and tag, as they stand in the file: `2026-01-01T00:00:00.000000000Z stdout F `. */
const LINE_HEAD = 41

export class LogBuffer {
  readonly #clock: Clock
  /** From the first line on: most programs say nothing. */
  #lines: LogLines | undefined
  #bytes = 0
  /** When the file had grown too big. */
  #fullUs: Microseconds | undefined
  /** A line not yet ended, per stream. */
  #open: Map<LogStream, string> | undefined
  #followers: Set<Follower> | undefined
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
    if (this.#open === undefined && text.indexOf('\n') === text.length - 1 && text !== '') {
      if (text !== this.#lastWritten) {
        this.#lastWritten = text
        this.#lastLine = text.slice(0, -1)
      }
      this.#append(stream, this.#lastLine)
      return
    }
    const parts = ((this.#open?.get(stream) ?? '') + text).split('\n')
    const rest = parts.pop() ?? ''
    for (const part of parts) this.#append(stream, part)
    if (rest !== '') {
      this.#open ??= new Map()
      this.#open.set(stream, rest)
    } else if (this.#open?.delete(stream) === true && this.#open.size === 0) this.#open = undefined
  }

  /** The container ended: open lines are complete, followers are told. */
  end(): void {
    if (this.#ended) return
    for (const [stream, text] of this.#open ?? []) this.#append(stream, text)
    this.#open = undefined
    this.#ended = true
    for (const { onEnd } of this.#followers ?? []) onEnd()
    this.#followers = undefined
  }

  lines(): readonly LogLine[] {
    this.#rotate()
    return this.#lines?.all() ?? []
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
    const { tailLines, limitBytes } = selection
    let lines = this.lines()
    if (tailLines !== undefined) lines = tailLines === 0 ? [] : lines.slice(-tailLines)
    const since = this.#sinceUs(selection)
    if (since !== undefined) lines = lines.filter((line) => line.timeUs >= since)
    const text = lines.map((line) => this.format(line, selection.timestamps)).join('')
    const bytes = Buffer.from(text, 'utf8')
    return limitBytes === undefined ? bytes : bytes.subarray(0, limitBytes)
  }

  format(line: LogLine, timestamps: boolean): string {
    return formatLine(line, this.#clock, timestamps)
  }

  #sinceUs({ sinceSeconds, sinceTimeMs }: LogSelection): Microseconds | undefined {
    const now = this.#clock.now()
    if (sinceSeconds !== undefined) return now - sinceSeconds * SECOND
    return sinceTimeMs === undefined ? undefined : now - (this.#clock.wallTimeMs() - sinceTimeMs) * 1000
  }

  /** Calls `onLine` for each later line and `onEnd` when the container ends. */
  follow(onLine: (line: LogLine) => void, onEnd: () => void): { stop(): void } {
    const follower: Follower = { onLine, onEnd }
    if (!this.#ended) {
      this.#followers ??= new Set()
      this.#followers.add(follower)
    }
    return { stop: () => void this.#followers?.delete(follower) }
  }

  /** Does what the kubelet's log monitor did since the file grew too big. */
  #rotate(): void {
    if (this.#fullUs === undefined) return
    const looked = Math.floor(this.#clock.now() / MONITOR_PERIOD) > Math.floor(this.#fullUs / MONITOR_PERIOD)
    if (!looked && this.#bytes <= 2 * MAX_BYTES) return
    this.#lines = undefined
    this.#bytes = 0
    this.#fullUs = undefined
  }

  #append(stream: LogStream, text: string): void {
    this.#rotate()
    const timeUs = this.#clock.now()
    this.#lines ??= new LogLines()
    this.#lines.push(timeUs, text, stream)
    this.#bytes += text.length + LINE_HEAD
    if (this.#bytes > MAX_BYTES) this.#fullUs ??= timeUs
    if (this.#followers === undefined) return
    for (const { onLine } of [...this.#followers]) onLine({ timeUs, text, stream })
  }
}

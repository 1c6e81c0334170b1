// A terminal between raw bytes (what `kubectl exec -it` carries) and the programs on it: the line discipline of termios(3)
// in cooked mode. Echo, backspace, Ctrl-U, Ctrl-W, Ctrl-D, Ctrl-C and Ctrl-\ to the foreground job, CR to NL coming in, NL to
// CR NL going out, window size with SIGWINCH. Departures: no raw mode (stty), no line editing, no history, no job stopping.

import type { Deferred, Engine } from '@podwire/engine'
import type { InputStream, OutputStream } from '../command.ts'
import { OpenFile } from '../process/open-file.ts'
import type { Process } from '../process/process.ts'
import type { ProcessTable } from '../process/process-table.ts'
import { SIGHUP, SIGINT, SIGQUIT, SIGWINCH } from '../process/signals.ts'

export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

const CTRL_C = '\x03'
const CTRL_D = '\x04'
const CTRL_U = '\x15'
const CTRL_W = '\x17'
const CTRL_BACKSLASH = '\x1c'

export class Terminal {
  readonly #engine: Engine
  readonly #output: OutputStream
  readonly #table: ProcessTable
  readonly #encoder = new TextEncoder()
  readonly #decoder = new TextDecoder()
  readonly #lines: (string | undefined)[] = []
  #line = ''
  #ended = false
  #waiting: Deferred<void> | undefined
  size: TerminalSize
  /** The process group that Ctrl-C reaches. */
  foregroundGroup = 0

  constructor(engine: Engine, output: OutputStream, table: ProcessTable, size: TerminalSize) {
    this.#engine = engine
    this.#output = output
    this.#table = table
    this.size = size
  }

  /** Takes raw input until its end, for as long as the terminal lives. */
  async pump(input: InputStream): Promise<void> {
    for (let chunk = await input.read(); chunk !== undefined; chunk = await input.read()) {
      for (const char of this.#decoder.decode(chunk, { stream: true })) await this.#type(char)
    }
    this.hangUp()
  }

  /** The other side went away. */
  hangUp(): void {
    if (this.#ended) return
    this.#ended = true
    this.#wake()
    if (this.foregroundGroup !== 0) this.#table.signalGroup(this.foregroundGroup, SIGHUP)
  }

  resize(size: TerminalSize): void {
    this.size = size
    if (this.foregroundGroup !== 0) this.#table.signalGroup(this.foregroundGroup, SIGWINCH)
  }

  async write(text: string): Promise<void> {
    await this.#output.write(text.replaceAll('\n', '\r\n'))
  }

  async writeBytes(data: Uint8Array): Promise<void> {
    if (!data.includes(10)) return this.#output.write(data)
    const out: number[] = []
    for (const byte of data) {
      if (byte === 10) out.push(13)
      out.push(byte)
    }
    await this.#output.write(Uint8Array.from(out))
  }

  /** The next finished line as a reader gets it; undefined for end of file. */
  async readLine(process: Process): Promise<Uint8Array | undefined> {
    for (;;) {
      if (this.#lines.length > 0) {
        const line = this.#lines.shift()
        return line === undefined || line === '' ? undefined : this.#encoder.encode(line)
      }
      if (this.#ended) return undefined
      this.#waiting ??= this.#engine.deferred<void>()
      await process.block(this.#waiting.promise, undefined, true)
    }
  }

  async #type(char: string): Promise<void> {
    switch (char) {
      case '\r':
      case '\n':
        await this.write('\n')
        return this.#finish('\n')
      case '\x7f':
      case '\b':
        return this.#erase([...this.#line].slice(0, -1).join(''))
      case CTRL_U:
        return this.#erase('')
      case CTRL_W:
        return this.#erase(this.#line.replace(/\S+\s*$/, ''))
      case CTRL_D:
        return this.#finish('')
      case CTRL_C:
        return this.#interrupt('^C', SIGINT)
      case CTRL_BACKSLASH:
        return this.#interrupt('^\\', SIGQUIT)
      default:
        this.#line += char
        await this.#output.write(
          char < ' ' && char !== '\t' ? `^${String.fromCharCode(char.charCodeAt(0) + 64)}` : char,
        )
    }
  }

  async #erase(rest: string): Promise<void> {
    const removed = [...this.#line].length - [...rest].length
    this.#line = rest
    if (removed > 0) await this.#output.write('\b \b'.repeat(removed))
  }

  #finish(ending: string): void {
    this.#lines.push(this.#line + ending)
    this.#line = ''
    this.#wake()
  }

  async #interrupt(shown: string, signal: number): Promise<void> {
    this.#line = ''
    this.#lines.length = 0
    await this.write(`${shown}\n`)
    this.#table.signalGroup(this.foregroundGroup, signal)
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve()
  }
}

/** A terminal as standard input, output and error. */
export class TerminalFile extends OpenFile {
  readonly device: Terminal

  constructor(device: Terminal) {
    super()
    this.device = device
  }

  override get terminal(): boolean {
    return true
  }

  protected override fill(process: Process): Promise<Uint8Array | undefined> {
    return this.device.readLine(process)
  }

  override async write(process: Process, data: Uint8Array): Promise<void> {
    await process.machine.step(process, Math.floor(data.length / 1024))
    await this.device.writeBytes(data)
  }
}

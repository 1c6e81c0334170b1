// exec and attach over a websocket: channels for stdin, stdout, stderr, status and terminal size. Version 5 adds a message that
// closes a channel; before version 4 the status is a line of text, and success says nothing.
// Source: KEP-4006, apiserver util/proxy (websocket.go), kubelet remotecommand (websocket.go).

import type { WebSocket } from 'ws'
import { BASE64, BINARY, V5_PROTOCOL, type ChannelCodec } from './channel-protocol.ts'
import type { Outflow } from './outflow.ts'
import {
  parseResize,
  statusText,
  type CommandEvents,
  type CommandStatus,
  type CommandTransport,
} from './remote-command.ts'

const STDIN = 0
const STDOUT = 1
const STDERR = 2
const STATUS = 3
const RESIZE = 4
/** v5: the byte after it names a channel the client closes. */
const CLOSE = 255

export interface CommandProtocol {
  readonly name: string
  readonly codec: ChannelCodec
  readonly status: 'json' | 'text'
}

const PROTOCOLS: readonly CommandProtocol[] = [
  { name: V5_PROTOCOL, codec: BINARY, status: 'json' },
  { name: 'v4.channel.k8s.io', codec: BINARY, status: 'json' },
  { name: 'v4.base64.channel.k8s.io', codec: BASE64, status: 'json' },
  { name: 'channel.k8s.io', codec: BINARY, status: 'text' },
  { name: 'base64.channel.k8s.io', codec: BASE64, status: 'text' },
  { name: '', codec: BINARY, status: 'text' },
]

export const COMMAND_PROTOCOLS: ReadonlyMap<string, CommandProtocol> = new Map(
  PROTOCOLS.map((protocol) => [protocol.name, protocol]),
)

const NORMAL_CLOSURE = 1000
const UNSUPPORTED_DATA = 1003

export class WebSocketCommand implements CommandTransport {
  readonly #socket: WebSocket
  readonly #protocol: CommandProtocol
  readonly #outflow: Outflow
  readonly #enter: (work: () => void) => void
  #finished = false

  constructor(socket: WebSocket, protocol: CommandProtocol, outflow: Outflow, enter: (work: () => void) => void) {
    this.#socket = socket
    this.#protocol = protocol
    this.#outflow = outflow
    this.#enter = enter
  }

  /** An empty message on the first channel the client reads says that the connection stands. */
  opened({ stdout, stderr }: { readonly stdout: boolean; readonly stderr: boolean }): void {
    void this.#send(stdout ? STDOUT : stderr ? STDERR : STATUS, new Uint8Array())
  }

  stdout(bytes: Uint8Array): Promise<void> | undefined {
    return this.#send(STDOUT, bytes)
  }

  stderr(bytes: Uint8Array): Promise<void> | undefined {
    return this.#send(STDERR, bytes)
  }

  finish(status: CommandStatus): void {
    const text = this.#protocol.status === 'json' ? JSON.stringify(status) : statusText(status)
    if (text !== '') void this.#send(STATUS, Buffer.from(text))
    this.#finished = true
    this.#socket.resume()
    this.#socket.close(NORMAL_CLOSURE)
  }

  listen(events: CommandEvents): void {
    this.#socket.on('message', (data: Buffer) => {
      if (data.length > 0 && !this.#finished) this.#enter(() => this.#receive(data, events))
    })
    this.#socket.on('close', () => this.#enter(() => events.gone()))
  }

  #receive(data: Buffer, events: CommandEvents): void {
    const message = this.#protocol.codec.decode(data)
    if (message === undefined) {
      this.#socket.close(UNSUPPORTED_DATA)
      return
    }
    const { channel, payload } = message
    if (channel === STDIN && payload.length > 0) this.#pauseWhile(events.stdin(payload))
    else if (channel === RESIZE) {
      for (const { columns, rows } of parseResize(payload.toString('utf8'))) events.resize(columns, rows)
    } else if (channel === CLOSE && this.#protocol.name === V5_PROTOCOL && payload[0] === STDIN) events.stdinEnd()
  }

  /** The program has not read yet what it got: the client's next messages stay with the client. */
  #pauseWhile(busy: Promise<void> | undefined): void {
    if (busy === undefined) return
    this.#socket.pause()
    void busy.then(() => this.#socket.resume())
  }

  #send(channel: number, bytes: Uint8Array): Promise<void> | undefined {
    if (this.#finished || this.#socket.readyState !== this.#socket.OPEN) return undefined
    const message = this.#protocol.codec.encode(channel, bytes)
    return this.#outflow.send(message.length, (sent) => this.#socket.send(message, sent))
  }
}

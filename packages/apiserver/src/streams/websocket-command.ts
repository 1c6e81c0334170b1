// exec and attach over a websocket: binary messages of one channel byte and payload, protocols v4 and v5 of channel.k8s.io.
// Source: KEP-4006, client-go tools/remotecommand/websocket.go. Texts are an error, as upstream.

import type { WebSocket } from 'ws'
import { parseResize, type CommandEvents, type CommandTransport } from './remote-command.ts'

const STDIN = 0
const STDOUT = 1
const STDERR = 2
const STATUS = 3
const RESIZE = 4
/** v5: the byte after it names a channel the client closes. */
const CLOSE = 255

/** Newest first; a client's offer is answered with the first of these in it. */
export const COMMAND_PROTOCOLS: readonly string[] = ['v5.channel.k8s.io', 'v4.channel.k8s.io']

const NORMAL_CLOSURE = 1000
const UNSUPPORTED_DATA = 1003

export class WebSocketCommand implements CommandTransport {
  readonly #socket: WebSocket
  readonly #enter: (work: () => void) => void
  #finished = false

  constructor(socket: WebSocket, enter: (work: () => void) => void) {
    this.#socket = socket
    this.#enter = enter
  }

  stdout(bytes: Uint8Array): void {
    this.#send(STDOUT, bytes)
  }

  stderr(bytes: Uint8Array): void {
    this.#send(STDERR, bytes)
  }

  finish(status: object): void {
    this.#send(STATUS, Buffer.from(JSON.stringify(status)))
    this.#finished = true
    this.#socket.close(NORMAL_CLOSURE)
  }

  listen(events: CommandEvents): void {
    this.#socket.on('message', (data: Buffer, binary: boolean) => {
      if (!binary) this.#socket.close(UNSUPPORTED_DATA, 'text messages are not part of the protocol')
      else this.#enter(() => receive(data, events))
    })
    this.#socket.on('close', () => this.#enter(() => events.gone()))
  }

  #send(channel: number, bytes: Uint8Array): void {
    if (this.#finished || this.#socket.readyState !== this.#socket.OPEN) return
    this.#socket.send(Buffer.concat([Uint8Array.of(channel), bytes]))
  }
}

function receive(message: Buffer, events: CommandEvents): void {
  const payload = message.subarray(1)
  switch (message[0]) {
    case STDIN:
      // An empty message opens the channel.
      if (payload.length > 0) events.stdin(payload)
      break
    case RESIZE:
      for (const { columns, rows } of parseResize(payload.toString('utf8'))) events.resize(columns, rows)
      break
    case CLOSE:
      if (payload[0] === STDIN) events.stdinEnd()
      break
    default:
      break
  }
}

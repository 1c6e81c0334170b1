// Logs and watches over a websocket: a log as messages of bytes or base64, a watch as one text an event. What the client sends is
// not looked at. Source: apimachinery util/httpstream/wsstream (stream.go), apiserver endpoints/handlers/watch.go (HandleWS).

import type { WebSocket } from 'ws'
import type { StreamAnswer, StreamWriter } from '../http/stream-answer.ts'
import type { Outflow } from './outflow.ts'

type Encode = (bytes: Buffer) => Buffer | string

const asBytes: Encode = (bytes) => bytes
const asBase64: Encode = (bytes) => bytes.toString('base64')

export interface LogProtocol {
  readonly name: string
  readonly encode: Encode
}

export const LOG_PROTOCOLS: ReadonlyMap<string, LogProtocol> = new Map(
  [
    { name: '', encode: asBytes },
    { name: 'binary.k8s.io', encode: asBytes },
    { name: 'base64.binary.k8s.io', encode: asBase64 },
  ].map((protocol) => [protocol.name, protocol]),
)

/** The server reads and sends this much at a time. */
const LOG_MESSAGE_BYTES = 2048

/** Opens the stream inside the simulation. @returns stops it */
export function streamLog(socket: WebSocket, answer: StreamAnswer, encode: Encode, outflow: Outflow): () => void {
  const send = (bytes: Buffer): void => {
    const message = encode(bytes)
    void outflow.send(message.length, (sent) => socket.send(message, sent))
  }
  // An empty message first: the connection stands.
  send(Buffer.alloc(0))
  return answer.open({
    write: (chunk) => {
      const bytes = Buffer.from(chunk)
      for (let from = 0; from < bytes.length; from += LOG_MESSAGE_BYTES)
        send(bytes.subarray(from, from + LOG_MESSAGE_BYTES))
    },
    end: () => socket.close(1000),
  })
}

/** The events of a watch, kept until there is a connection to send them on. */
export class WatchMessages implements StreamWriter {
  readonly #early: string[] = []
  #send: ((text: string) => void) | undefined
  #close: (() => void) | undefined
  #ended = false

  write(chunk: string | Uint8Array): void {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8')
    if (this.#send === undefined) this.#early.push(text)
    else this.#send(text)
  }

  end(): void {
    this.#ended = true
    this.#close?.()
  }

  sendTo(socket: WebSocket, outflow: Outflow): void {
    const send = (text: string): void => void outflow.send(text.length, (sent) => socket.send(text, sent))
    this.#send = send
    this.#close = () => socket.close(1000)
    for (const text of this.#early.splice(0)) send(text)
    if (this.#ended) this.#close()
  }
}

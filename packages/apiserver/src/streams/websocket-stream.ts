// Logs and watches over a websocket: a log as messages of bytes or base64, a watch as one text an event. What the client sends is
// not looked at. Source: apimachinery util/httpstream/wsstream (stream.go), apiserver endpoints/handlers/watch.go (HandleWS).
// Departure: a watch needs no Origin header.

import type { WebSocket } from 'ws'
import type { StreamAnswer } from '../http/stream-answer.ts'
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

export function streamWatch(socket: WebSocket, answer: StreamAnswer, outflow: Outflow): () => void {
  return answer.open({
    write: (chunk) => {
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8')
      void outflow.send(text.length, (sent) => socket.send(text, sent))
    },
    end: () => socket.close(1000),
  })
}

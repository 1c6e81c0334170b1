// What is answered to bytes that are no HTTP request, or whose URL cannot be read: plain text, before anything else looks at
// it. Source: Go's net/http server.

import type { Socket } from 'node:net'
import { textAnswer, type TextAnswer } from './answer.ts'

const TEXT = '400 Bad Request'

export const BAD_REQUEST: TextAnswer = {
  ...textAnswer(400, TEXT),
  headers: new Map([['connection', 'close']]),
  beforeServer: true,
}

/** The parser gave up: nothing more can be read from this connection. */
export function refuseUnreadable(error: Error, socket: Socket): void {
  // Bytes behind a request that was to be the last are nobody's; its answer ends the connection.
  if ('code' in error && error.code === 'HPE_CLOSED_CONNECTION') return
  if (!socket.writable) {
    socket.destroy(error)
    return
  }
  const tooLarge = 'code' in error && error.code === 'HPE_HEADER_OVERFLOW'
  const line = tooLarge ? '431 Request Header Fields Too Large' : TEXT
  socket.end(`HTTP/1.1 ${line}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${line}`)
}

// The answer to bytes that are no HTTP request: the parser gave up, so there is no request to answer with a Status. Worded as Go's
// server does. Source: net/http server.go (badRequestError, statusError).

import type { Duplex } from 'node:stream'

const REASONS: ReadonlyMap<string, string> = new Map([
  ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
])

/** Answers and closes; a peer that is gone is left alone. */
export function refuseBrokenRequest(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy()
  const reason = REASONS.get(error.code ?? '') ?? '400 Bad Request'
  socket.end(
    `HTTP/1.1 ${reason}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${reason}`,
    () => void socket.destroy(),
  )
}

// The HTTP side of an upgrade: the protocols a client offers, and a refusal, which is an ordinary answer.

import type { Duplex } from 'node:stream'
import type { StatusError } from '../status/status-error.ts'

/** The names in Sec-WebSocket-Protocol or X-Stream-Protocol-Version; Node joins repeated headers with commas. */
export function offeredProtocols(header: string | readonly string[] | undefined): readonly string[] {
  const text = typeof header === 'string' ? header : (header ?? []).join(',')
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

/** An ordinary HTTP answer on a connection that wanted to be more. */
export function refuseUpgrade(socket: Duplex, { status }: StatusError): void {
  const body = `${JSON.stringify(status)}\n`
  const code = status.code ?? 500
  socket.end(
    `HTTP/1.1 ${code} ${status.reason ?? 'Error'}\r\nContent-Type: application/json\r\nCache-Control: no-cache, private\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}

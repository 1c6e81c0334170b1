// The HTTP side of an upgrade: the protocols a client offers, and answers on a connection that wanted to be more.

import { STATUS_CODES, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { refusalAnswer, type Answer } from '../http/answer.ts'
import { errorFormat } from '../http/negotiation.ts'
import { render, wantsPretty } from '../http/render.ts'
import type { DoorRequest } from '../http/router.ts'
import type { StatusError } from '../status/status-error.ts'

/** The names in Sec-WebSocket-Protocol or X-Stream-Protocol-Version; Node joins repeated headers with commas. */
export function offeredProtocols(header: string | readonly string[] | undefined): readonly string[] {
  const text = typeof header === 'string' ? header : (header ?? []).join(',')
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

function headLines(code: number, headers: readonly (readonly [string, string])[]): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? 'status'}\r\n${lines.join('')}Connection: close\r\n\r\n`
}

/** An ordinary HTTP answer, after which the connection closes. */
export function answerUpgrade(
  socket: Duplex,
  answer: Answer,
  request: Pick<DoorRequest, 'method' | 'url' | 'headers'>,
): void {
  const format = errorFormat(request.headers.accept)
  const pretty = wantsPretty(request.url, request.headers) || format === undefined
  const { code, contentType, headers, body } = render(answer, format ?? 'json', pretty)
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const all = [
    ['Content-Type', contentType],
    ['Cache-Control', 'no-cache, private'],
    ...headers,
    ['Content-Length', String(bytes.length)],
  ] as const
  socket.write(headLines(code, all))
  socket.end(request.method === 'HEAD' ? undefined : bytes)
}

/** A refusal is an ordinary answer too. */
export function refuseUpgrade(
  socket: Duplex,
  error: StatusError,
  { url = '/', headers }: Pick<IncomingMessage, 'url' | 'headers'> = { headers: {} },
): void {
  answerUpgrade(socket, refusalAnswer(error), { method: 'GET', url, headers })
}

/** What a kubelet said is passed on as it came: a line of text. */
export function passRefusal(socket: Duplex, code: number, text: string): void {
  const headers = [
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Content-Length', String(Buffer.byteLength(text))],
  ] as const
  socket.end(`${headLines(code, headers)}${text}`)
}

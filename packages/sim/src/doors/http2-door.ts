// HTTP/2 from the host, with TLS or without: each request becomes a message of HTTP/2 inside, on a connection of its own, and its
// answer goes back on its stream. Bodies go both ways as they come, trailers behind them; so gRPC passes. Pushes, priorities and
// PING do not reach the inside.

import {
  constants,
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Driver } from '@podwire/engine'
import { BodyStream } from '../http/body-stream.ts'
import { type HttpReply, sendHttp } from '../http/index.ts'
import type { HeaderList } from '../http/message.ts'
import type { ServerCredentials } from '../tls/index.ts'
import { shownBy } from './client-certificates.ts'
import type { DoorTarget } from './tcp-door.ts'

/** Of one hop, and named otherwise, or not at all, in HTTP/2. RFC 9113 §8.2.2. */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])

/** `serverName`: SNI of the connections inside; undefined: they have no TLS. */
export type Http2Target = DoorTarget & { readonly serverName: string | undefined }

/** How a client of HTTP/2 without TLS begins. RFC 9113 §3.4. */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

/** @returns undefined while too little is known */
export function looksLikeHttp2(first: Uint8Array): boolean | undefined {
  const length = Math.min(first.length, PREFACE.length)
  if (Buffer.compare(PREFACE.subarray(0, length), first.subarray(0, length)) !== 0) return false
  return length === PREFACE.length ? true : undefined
}

/**
 * @param client TLS: has not shaken hands yet; else: what it said was put back
 * @param tls undefined: none
 */
export function serveHttp2(
  driver: Driver,
  client: Socket,
  tls: { readonly credentials: ServerCredentials; readonly asksForCertificate: boolean } | undefined,
  target: Http2Target,
): void {
  const asks = tls?.asksForCertificate === true ? { requestCert: true, rejectUnauthorized: false } : {}
  const server: Http2Server =
    tls === undefined
      ? createServer()
      : createSecureServer({ cert: tls.credentials.certificate, key: tls.credentials.key, ...asks })
  server.on('stream', (stream, headers) => void answer(driver, stream, headers, target))
  server.on('sessionError', () => client.destroy())
  server.on('tlsClientError', () => client.destroy())
  server.emit('connection', client)
  if (tls !== undefined) client.resume()
}

async function answer(
  driver: Driver,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  { from, address, port, serverName }: Http2Target,
): Promise<void> {
  const method = String(headers[':method'])
  stream.on('error', () => {})
  const body = stream.endAfterHeaders ? undefined : requestBody(driver, stream)
  const request = {
    address,
    port,
    method,
    version: '2' as const,
    target: headers[':path'] ?? '/',
    headers: requestHeaders(headers),
    stream: body,
    streams: true,
    ...(serverName === undefined ? {} : { tls: { serverName, certificate: certificateOf(stream) } }),
  }
  try {
    respond(driver, stream, await driver.enter(() => sendHttp(from, request)), method)
  } catch {
    // What the simulated network refused has no words in HTTP/2 but these.
    if (!stream.destroyed) stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  }
}

function certificateOf({ session }: ServerHttp2Stream): string {
  const socket = session?.socket
  return socket instanceof TLSSocket ? shownBy(socket) : ''
}

/** What the client sends, as far as it is taken inside. */
function requestBody(driver: Driver, stream: ServerHttp2Stream): BodyStream {
  const body = new BodyStream()
  body.onRoom = () => stream.resume()
  body.onCancel = () => stream.resume()
  stream.on('data', (data: Buffer) => {
    driver.enter(() => body.write(new Uint8Array(data)))
    if (body.full && !body.over) stream.pause()
  })
  stream.on('end', () => driver.enter(() => body.end()))
  stream.on('close', () => driver.enter(() => body.fail()))
  return body
}

function requestHeaders(headers: IncomingHttpHeaders): HeaderList {
  const list: (readonly [string, string])[] = [['Host', headers[':authority'] ?? headers.host ?? '']]
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(':') || name === 'host' || value === undefined) continue
    // Crumbs of a cookie come apart. RFC 9113 §8.2.3.
    if (name === 'cookie') list.push([name, typeof value === 'string' ? value : value.join('; ')])
    else for (const one of typeof value === 'string' ? [value] : value) list.push([name, one])
  }
  return list
}

function respond(driver: Driver, stream: ServerHttp2Stream, reply: HttpReply, method: string): void {
  if (stream.destroyed) return driver.enter(() => reply.stream?.cancel())
  const headers = { ':status': reply.status, ...joinedHeaders(reply.headers) }
  if (reply.stream !== undefined) return respondInParts(driver, stream, headers, reply.stream)
  const isEmpty = method === 'HEAD' || reply.body.length === 0
  stream.respond(headers, { endStream: isEmpty })
  if (!isEmpty) stream.end(reply.body)
}

function respondInParts(driver: Driver, stream: ServerHttp2Stream, headers: object, body: BodyStream): void {
  let trailers: HeaderList = []
  stream.respond({ ...headers }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers(joinedHeaders(trailers)))
  stream.on('drain', () => driver.enter(() => body.resume()))
  stream.on('close', () => driver.enter(() => body.cancel()))
  body.readBy({
    part: (part) => {
      if (!stream.write(part)) body.pause()
    },
    end: (last) => {
      trailers = last
      stream.end()
    },
    failed: () => stream.close(constants.NGHTTP2_INTERNAL_ERROR),
  })
}

function joinedHeaders(list: HeaderList): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  for (const [name, value] of list) {
    const key = name.toLowerCase()
    if (CONNECTION_HEADERS.has(key)) continue
    const before = headers[key]
    if (before === undefined) headers[key] = value
    else if (Array.isArray(before)) before.push(value)
    else headers[key] = [before, value]
  }
  return headers
}

// HTTP/2 from the host: each request becomes one of HTTP/1.1 inside, on a connection of its own over simulated TLS, and its answer
// goes back on its stream. Trailers, pushes and streamed bodies do not pass: gRPC is refused with its own words (UNIMPLEMENTED).

import { constants, createSecureServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { Driver } from '@podwire/engine'
import { type HttpReply, sendHttp } from '../http/index.ts'
import type { HeaderList } from '../http/message.ts'
import type { ServerCredentials } from '../tls/index.ts'
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
const GRPC_UNIMPLEMENTED = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-status': '12',
  'grpc-message': 'podwire does not carry gRPC',
}

type Target = DoorTarget & { readonly serverName: string }

/** @param client has not shaken hands yet */
export function serveHttp2(
  driver: Driver,
  client: Socket,
  { certificate, key }: ServerCredentials,
  target: Target,
): void {
  const server = createSecureServer({ cert: certificate, key })
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {})
    if (headers['content-type']?.startsWith('application/grpc') === true) {
      stream.respond(GRPC_UNIMPLEMENTED, { endStream: true })
      return
    }
    const body: Buffer[] = []
    stream.on('data', (data: Buffer) => body.push(data))
    stream.on('end', () => void answer(driver, stream, headers, Buffer.concat(body), target))
  })
  server.on('sessionError', () => client.destroy())
  server.on('tlsClientError', () => client.destroy())
  server.emit('connection', client)
  client.resume()
}

async function answer(
  driver: Driver,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  body: Uint8Array,
  { from, address, port, serverName }: Target,
): Promise<void> {
  const method = String(headers[':method'])
  const request = {
    address,
    port,
    method,
    target: headers[':path'] ?? '/',
    headers: requestHeaders(headers, body),
    body,
    tls: { serverName },
  }
  try {
    respond(stream, await driver.enter(() => sendHttp(from, request)), method)
  } catch {
    // What the simulated network refused has no words in HTTP/2 but these.
    if (!stream.destroyed) stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  }
}

function requestHeaders(headers: IncomingHttpHeaders, body: Uint8Array): HeaderList {
  const list: (readonly [string, string])[] = [['Host', headers[':authority'] ?? headers.host ?? '']]
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(':') || name === 'host' || name === 'content-length' || value === undefined) continue
    // Crumbs of a cookie come apart. RFC 9113 §8.2.3.
    if (name === 'cookie') list.push([name, typeof value === 'string' ? value : value.join('; ')])
    else for (const one of typeof value === 'string' ? [value] : value) list.push([name, one])
  }
  if (body.length > 0 || headers['content-length'] !== undefined) list.push(['Content-Length', String(body.length)])
  return list
}

function respond(stream: ServerHttp2Stream, reply: HttpReply, method: string): void {
  if (stream.destroyed) return
  const headers: Record<string, string | string[] | number> = { ':status': reply.status }
  for (const [name, value] of reply.headers) {
    const key = name.toLowerCase()
    if (CONNECTION_HEADERS.has(key)) continue
    const before = headers[key]
    if (before === undefined) headers[key] = value
    else if (Array.isArray(before)) before.push(value)
    else headers[key] = [String(before), value]
  }
  const isEmpty = method === 'HEAD' || reply.body.length === 0
  stream.respond(headers, { endStream: isEmpty })
  if (!isEmpty) stream.end(reply.body)
}

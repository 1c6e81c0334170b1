// Requests that fastify has nothing to add to are read by the door itself: no hooks, no routes, no parsers on their way. Whatever
// is unusual (an escape, a body without a length or too long a one, a proxied request) goes to fastify as before.

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { DoorReply, ReceivedRequest } from './exchange.ts'

export interface DirectRequests {
  /** Bodies may be this long. */
  readonly bodyLimitBytes: number
  /** fastify refuses what comes while it closes. */
  readonly closing: () => boolean
  /** Answers; told of a request once its body is there. Never throws. */
  readonly handle: (request: ReceivedRequest, reply: DoorReply) => void
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void

/** Puts the door itself in front of who listens for requests now. */
export function receiveDirectly(
  server: Pick<Server, 'listeners' | 'removeAllListeners' | 'on'>,
  own: DirectRequests,
): void {
  // A server's request listeners are called with a request and its response.
  const others = server.listeners('request') as Listener[]
  server.removeAllListeners('request')
  const receive = (request: IncomingMessage, response: ServerResponse): void => {
    const length = own.closing() ? undefined : bodyLength(request)
    if (length === undefined || length > own.bodyLimitBytes) {
      // fastify takes a type that says nothing for a wrong one.
      if (request.headers['content-type'] === '') delete request.headers['content-type']
      for (const other of others) other(request, response)
    } else if (length === 0) own.handle(new DirectRequest(request, undefined), new DirectReply(response))
    else readBody(request, (body) => own.handle(new DirectRequest(request, body), new DirectReply(response)))
  }
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.startsWith('/') !== true) {
      // Go's net/http answers it before any handler.
      if (request.url === '*' && request.method === 'OPTIONS')
        return void response.writeHead(200, { 'content-length': 0 }).end()
      request.url = pathOf(request.url ?? '')
    }
    // Whoever does not wait for an answer before asking on means one after the other: Node gives a response its connection when
    // those before it are through.
    if (response.socket === null) response.once('socket', () => receive(request, response))
    else receive(request, response)
  })
}

/** A whole URL, as it is sent to proxies: who is asked is of no matter. */
function pathOf(url: string): string {
  const path = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?]*(.*)$/s.exec(url)?.[1]
  return path === undefined || path === '' ? url : path.startsWith('/') ? path : `/${path}`
}

const WITHOUT_BODY: ReadonlySet<string> = new Set(['GET'])
const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])
/** How long the body is; undefined for a request that is fastify's. */
function bodyLength({ method = '', url = '', headers }: IncomingMessage): number | undefined {
  if (!url.startsWith('/api') || url.includes('%') || url.includes('/proxy')) return undefined
  if (headers['transfer-encoding'] !== undefined || headers.expect !== undefined) return undefined
  const length = headers['content-length']
  if (length === undefined) return WITHOUT_BODY.has(method) || method === 'DELETE' ? 0 : undefined
  if (!WITH_BODY.has(method)) return undefined
  // Node's parser has seen to it that these are digits, and that the body is as long.
  const bytes = Number(length)
  return bytes > 0 ? bytes : undefined
}

/** Tells nobody of a body that breaks off: its connection is gone. */
function readBody(request: IncomingMessage, done: (body: Buffer) => void): void {
  let first: Buffer | undefined
  let more: Buffer[] | undefined
  request.on('data', (chunk: Buffer) => {
    if (first === undefined) first = chunk
    else (more ??= [first]).push(chunk)
  })
  request.on('end', () => {
    const body = more === undefined ? first : Buffer.concat(more)
    if (body !== undefined) done(body)
  })
}

class DirectRequest implements ReceivedRequest {
  readonly raw: IncomingMessage
  readonly body: Buffer | undefined
  readonly method: string
  readonly url: string
  readonly headers: ReceivedRequest['headers']

  constructor(raw: IncomingMessage, body: Buffer | undefined) {
    this.raw = raw
    this.body = body
    this.method = raw.method ?? ''
    this.url = raw.url ?? ''
    this.headers = raw.headers
  }
}

class DirectReply implements DoorReply {
  readonly raw: ServerResponse

  constructor(raw: ServerResponse) {
    this.raw = raw
  }

  /** It is nobody else's. */
  hijack(): void {}
}

// Users' own programs as HTTP handlers: fetch-style functions, Node request listeners, fastify instances. They run on the host's
// event loop, so virtual time is held until each has answered.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { lazyLibrary, macrotask, type Engine } from '@podwire/engine'
import type * as LightMyRequest from 'light-my-request'
import type { Response as InjectedResponse } from 'light-my-request'
import { headerValue, type HttpHandler, type HttpRequest, type HttpResponse } from './message.ts'

const library = lazyLibrary(import.meta.url, 'light-my-request') as () => typeof LightMyRequest

export type FetchHandler = (request: Request) => Response | Promise<Response>
export type NodeRequestListener = (request: IncomingMessage, response: ServerResponse) => void

/** What of fastify is needed: it hands its routing out after `ready`. */
export interface FastifyLike {
  ready(): PromiseLike<unknown>
  routing(request: IncomingMessage, response: ServerResponse): void
}

/** A function from the web's Request to its Response. */
export function fetchHandler(engine: Holder, handler: FetchHandler): HttpHandler {
  return (request) => whileHeld(engine, async () => fromWebResponse(await handler(toWebRequest(request))))
}

/** A listener as `http.createServer` takes it; express apps are such listeners. */
export function nodeHandler(engine: Holder, listener: NodeRequestListener): HttpHandler {
  return (request, peer) => whileHeld(engine, () => injectRequest(listener, request, peer.address))
}

export function fastifyHandler(engine: Holder, app: FastifyLike): HttpHandler {
  return (request, peer) =>
    whileHeld(engine, async () => {
      await app.ready()
      return injectRequest((raw, response) => app.routing(raw, response), request, peer.address)
    })
}

/** What of the engine holding needs. */
type Holder = Pick<Engine, 'hold'>

// So many turns of the host's event loop are a fraction of a second: more than a listener that is done by itself can need.
const PATIENCE_TURNS = 50_000

/**
 * Keeps virtual time still while work on the host's event loop goes on. Work that does not come to an end is not waited for: time
 * moves on, and whoever asked meets a server that does not answer.
 */
export async function whileHeld<T>(engine: Holder, work: () => Promise<T>): Promise<T> {
  const release = engine.hold()
  let done = false
  const watch = async (): Promise<void> => {
    for (let turn = 0; turn < PATIENCE_TURNS && !done; turn++) await macrotask()
    release()
  }
  try {
    const working = work()
    void watch()
    return await working
  } finally {
    done = true
    release()
  }
}

function toWebRequest(request: HttpRequest): Request {
  const headers = new Headers()
  for (const [name, value] of request.headers) if (!HOP_BY_HOP.has(name.toLowerCase())) headers.append(name, value)
  const url = new URL(request.target, `http://${headerValue(request.headers, 'host') ?? 'localhost'}`)
  const body = request.body.length === 0 ? null : Buffer.from(request.body)
  return new Request(url, { method: request.method, headers, body })
}

async function fromWebResponse(response: Response): Promise<HttpResponse> {
  const headers: (readonly [string, string])[] = []
  for (const [name, value] of response.headers) headers.push([name, value])
  return {
    status: response.status,
    reason: response.statusText,
    headers,
    body: new Uint8Array(await response.arrayBuffer()),
  }
}

// Request refuses some of these, and they concern the connection, not the message.
const HOP_BY_HOP: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding', 'expect', 'upgrade'])

async function injectRequest(
  listener: NodeRequestListener,
  request: HttpRequest,
  remoteAddress: string,
): Promise<HttpResponse> {
  const headers: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>
  for (const [name, value] of request.headers) {
    const key = name.toLowerCase()
    const before = headers[key]
    headers[key] = before === undefined ? value : [...(typeof before === 'string' ? [before] : before), value]
  }
  const response = await library().inject(
    // light-my-request hands out its own look-alikes of Node's two objects.
    (raw, reply) => listener(raw as unknown as IncomingMessage, reply as unknown as ServerResponse),
    {
      method: request.method as 'GET',
      url: request.target,
      headers,
      remoteAddress,
      ...(request.body.length > 0 && { payload: Buffer.from(request.body) }),
    },
  )
  return fromInjected(response)
}

function fromInjected(response: InjectedResponse): HttpResponse {
  const headers: (readonly [string, string])[] = []
  for (const [name, value] of Object.entries(response.headers)) {
    if (value === undefined) continue
    for (const one of Array.isArray(value) ? value : [value]) headers.push([name, String(one)])
  }
  return {
    status: response.statusCode,
    reason: response.statusMessage,
    headers,
    body: new Uint8Array(response.rawPayload),
  }
}

// Images made from a user's own code: a fetch-style handler, a Node request listener or fastify instance, a raw socket
// program. A handler that throws answers 500 and its error goes to the container's log. A fetch handler may wait on simulated
// work (its context's sockets and resolver); a Node listener must be done by itself, since time stands still while it runs.

import { fastifyHandler, nodeHandler, whileHeld, type FastifyLike, type NodeRequestListener } from '../http/index.ts'
import type { TcpSocket } from '../fabric/network.ts'
import { headerValue, type HttpHandler, type HttpRequest, type HttpResponse } from '../http/message.ts'
import { startHttpProgram } from './http-program.ts'
import type { ContainerContext, Image } from './image.ts'
import { DEFAULT_SIGNALS, takesSignals } from './program.ts'
import { httpDate, textResponse } from './responses.ts'

export interface UserImageOptions {
  /** Port it listens on. */
  readonly port: number
  readonly libc?: 'glibc' | 'musl'
}

/** As in service workers and other runtimes: a Request in, a Response out. */
export type FetchProgram = (request: Request, context: ContainerContext) => Response | Promise<Response>

/** What Node's http.createServer takes (express apps too), or a fastify instance. */
export type NodeProgram = NodeRequestListener | FastifyLike

export type SocketProgram = (socket: TcpSocket, context: ContainerContext) => void | Promise<void>

export function fetchImage(name: string, program: FetchProgram, options: UserImageOptions): Image {
  return httpImage(name, options, (context) => async (request) => {
    const response = await program(toFetchRequest(request), context)
    // Web streams work on the host's event loop: virtual time stands still meanwhile.
    const body = new Uint8Array(await whileHeld(context.engine, () => response.arrayBuffer()))
    const headers: (readonly [string, string])[] = []
    response.headers.forEach((value, key) => headers.push([key, value]))
    return withDate(context, { status: response.status, reason: response.statusText, headers, body })
  })
}

export function listenerImage(name: string, program: NodeProgram, options: UserImageOptions): Image {
  return httpImage(name, options, (context) => {
    const handle =
      typeof program === 'function' ? nodeHandler(context.engine, program) : fastifyHandler(context.engine, program)
    return async (request, peer) => {
      const response = await handle(request, peer)
      // Node dates its answers by the host's clock.
      const headers = response.headers.filter(([key]) => key.toLowerCase() !== 'date')
      return withDate(context, { ...response, headers })
    }
  })
}

export function socketImage(name: string, program: SocketProgram, options: UserImageOptions): Image {
  return {
    name,
    entrypoint: [name],
    ports: [options.port],
    libc: options.libc ?? 'glibc',
    start: (context) => {
      context.network.listenTcp(options.port, (socket) => {
        const running = program(socket, context)
        if (running === undefined) return
        context.engine.touchAsync()
        running.catch((error: unknown) => {
          context.stderr(`${describeError(error)}\n`)
          socket.destroy()
        })
      })
      return takesSignals(context, DEFAULT_SIGNALS)
    },
  }
}

function httpImage(
  name: string,
  options: UserImageOptions,
  handler: (context: ContainerContext) => HttpHandler,
): Image {
  return {
    name,
    entrypoint: [name],
    ports: [options.port],
    libc: options.libc ?? 'glibc',
    start: (context) => {
      const handle = handler(context)
      return startHttpProgram(context, {
        ports: [options.port],
        signals: DEFAULT_SIGNALS,
        handler: async (request, peer) => {
          try {
            return await handle(request, peer)
          } catch (error) {
            context.stderr(`${describeError(error)}\n`)
            return withDate(context, textResponse(500, 'Internal Server Error\n', [['Content-Type', 'text/plain']]))
          }
        },
      })
    },
  }
}

function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

// Request refuses these, and they concern the connection, not the message.
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'expect',
  'upgrade',
])

function toFetchRequest(request: HttpRequest): Request {
  const url = new URL(request.target, `http://${headerValue(request.headers, 'host') ?? 'localhost'}`)
  const headers = new Headers()
  for (const [key, value] of request.headers) if (!CONNECTION_HEADERS.has(key.toLowerCase())) headers.append(key, value)
  const body = request.body.length === 0 ? null : Buffer.from(request.body)
  return new Request(url, { method: request.method, headers, body })
}

function withDate(context: ContainerContext, response: HttpResponse): HttpResponse {
  if (headerValue(response.headers, 'date') !== undefined) return response
  return { ...response, headers: [...response.headers, ['Date', httpDate(context.engine.clock)]] }
}

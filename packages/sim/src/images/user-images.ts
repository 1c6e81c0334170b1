// Images made from a user's own code: a fetch-style handler, a Node request listener or fastify instance, a raw socket
// program. A handler that throws answers 500 and its error goes to the container's log. A fetch handler may wait on simulated
// work (its context's sockets and resolver), and so may the stream it answers with; a Node listener must be done by itself, since
// time stands still while it runs.

import { MILLISECOND } from '@podwire/engine'
import { fastifyHandler, nodeHandler, serveHttp, type FastifyLike, type NodeRequestListener } from '../http/index.ts'
import { FETCH_IMAGE, LISTENER_IMAGE, SOCKET_IMAGE } from '../arguments/image-options.ts'
import { checkArguments } from '../arguments/signature.ts'
import { type Listener, SocketError, type TcpSocket } from '../fabric/network.ts'
import { describeError } from './describe-error.ts'
import { fetchBody } from './fetch-body.ts'
import { headerValue, type HttpHandler, type HttpRequest, type HttpResponse } from '../http/message.ts'
import type { ContainerContext, Image } from './image.ts'
import { DEFAULT_SIGNALS, takesSignals, UNHANDLED_AS_PID_1 } from './program.ts'
import { httpDate, textResponse } from './responses.ts'

type ImageParts = Pick<
  Image,
  'files' | 'environment' | 'user' | 'commands' | 'tools' | 'workingDirectory' | 'distroless'
>

export interface UserImageOptions extends ImageParts {
  /** Port it listens on. */
  readonly port: number
  readonly libc?: 'glibc' | 'musl'
  /** How long it takes from its start until it listens, milliseconds; default 0. */
  readonly startupMs?: number
  /**
   * What SIGTERM and SIGINT do. Default `die`: it ends at once, with 143 or 130, as a program without handlers does behind a shell.
   * `ignore`: nothing, as pid 1 without handlers; only SIGKILL ends it. A number: it takes no new connections, answers what it has
   * and exits with 0 after so many milliseconds.
   */
  readonly onStop?: 'die' | 'ignore' | number
}

/** As in service workers and other runtimes: a Request in, a Response out. */
export type FetchProgram = (request: Request, context: ContainerContext) => Response | Promise<Response>

/** What Node's http.createServer takes (express apps too), or a fastify instance. */
export type NodeProgram = NodeRequestListener | FastifyLike

export type SocketProgram = (socket: TcpSocket, context: ContainerContext) => void | Promise<void>

export function fetchImage(name: string, program: FetchProgram, options: UserImageOptions): Image {
  checkArguments('make an image', FETCH_IMAGE, [name, program, options])
  return httpImage(name, options, (context) => async (request) => {
    const response = await program(toFetchRequest(request), context)
    const headers: (readonly [string, string])[] = []
    response.headers.forEach((value, key) => headers.push([key, value]))
    const body = await fetchBody(context, response)
    return withDate(context, { status: response.status, reason: response.statusText, headers, ...body })
  })
}

export function listenerImage(name: string, program: NodeProgram, options: UserImageOptions): Image {
  checkArguments('make an image', LISTENER_IMAGE, [name, program, options])
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
  checkArguments('make an image', SOCKET_IMAGE, [name, program, options])
  return serverImage(name, options, (context) =>
    context.network.listenTcp(options.port, (socket) => {
      const running = program(socket, context)
      if (running === undefined) return
      context.engine.touchAsync()
      running.catch((error: unknown) => {
        context.stderr(`${describeError(error)}\n`)
        socket.destroy()
      })
    }),
  )
}

function httpImage(
  name: string,
  options: UserImageOptions,
  handler: (context: ContainerContext) => HttpHandler,
): Image {
  return serverImage(name, options, (context) => {
    const handle = handler(context)
    return serveHttp(context.network, options.port, async (request, peer) => {
      try {
        return await handle(request, peer)
      } catch (error) {
        context.stderr(`${describeError(error)}\n`)
        return withDate(context, textResponse(500, 'Internal Server Error\n', [['Content-Type', 'text/plain']]))
      }
    })
  })
}

/** A program that listens, after its start-up, until it is told to stop. */
export function serverImage(
  name: string,
  options: UserImageOptions,
  listen: (context: ContainerContext) => Listener,
): Image {
  const { port, libc = 'glibc', startupMs = 0, onStop = 'die', ...parts } = options
  return {
    ...parts,
    name,
    entrypoint: [name],
    ports: [port],
    libc,
    start: (context) => {
      let listener: Listener | undefined
      const open = (): void => {
        try {
          listener = listen(context)
        } catch (error) {
          if (!(error instanceof SocketError)) throw error
          context.stderr(`listen tcp :${port}: bind: address already in use\n`)
          context.exit(1)
        }
      }
      if (startupMs > 0) context.engine.schedule(startupMs * MILLISECOND, 'application start', open)
      else open()
      if (onStop === 'die') return takesSignals(context, DEFAULT_SIGNALS)
      if (onStop === 'ignore') return takesSignals(context, UNHANDLED_AS_PID_1)
      const stop = (): void => {
        listener?.close()
        context.engine.schedule(onStop * MILLISECOND, 'application stop', () => context.exit(0))
      }
      return takesSignals(context, { SIGTERM: stop, SIGINT: stop, SIGQUIT: stop })
    },
  }
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

// A program that serves gRPC calls: one function a method, messages in and out, a status as the trailer. It reads and writes as it
// likes, so unary calls and streams of every kind are the same thing. What a wrong call hears is grpc-go's.
// Source: grpc-go server.go (handleStream), internal/transport/http2_server.go (operateHeaders), doc/PROTOCOL-HTTP2.md.

import type { Deferred } from '@podwire/engine'
import { BodyStream } from '../http/body-stream.ts'
import {
  headerValue,
  type HeaderList,
  type HttpHandler,
  type HttpPeer,
  type HttpRequest,
  type HttpResponse,
} from '../http/message.ts'
import type { ProgramEngine } from '../images/image.ts'
import { frameMessage, MessageReader } from './framing.ts'
import { GrpcError, type GrpcStatus, statusTrailers } from './status.ts'

/** One call, as its method sees it. */
export interface GrpcCall {
  /** `/grpc.health.v1.Health/Check` */
  readonly path: string
  /** Names in lower case; values as they came. */
  readonly metadata: HeaderList
  readonly peer: HttpPeer
  /** The client's next message; undefined: it has sent its last. Rejects with GrpcError when the call is over. */
  read(): Promise<Uint8Array | undefined>
  /** Sends a message. Resolves when the client takes more; rejects with GrpcError when the call is over. */
  write(message: Uint8Array): Promise<void>
  /** Sent behind the last message, with the status. */
  addTrailer(name: string, value: string): void
}

/** Returning ends the call with OK; a GrpcError with its status, any other error with UNKNOWN. */
export type GrpcMethod = (call: GrpcCall) => void | Promise<void>

/** By path: `/helloworld.Greeter/SayHello`. */
export type GrpcMethods = Readonly<Record<string, GrpcMethod>>

/** One message in, one out. */
export function unary(answer: (request: Uint8Array, call: GrpcCall) => Uint8Array | Promise<Uint8Array>): GrpcMethod {
  return async (call) => {
    const request = await call.read()
    if (request === undefined) throw new GrpcError('INTERNAL', 'no message came')
    await call.write(await answer(request, call))
  }
}

/** For servers with `http2: 'only'` and `streams`. @param onError a method threw what is no GrpcError */
export function grpcHandler(
  engine: ProgramEngine,
  methods: GrpcMethods,
  onError: (error: unknown) => void = () => {},
): HttpHandler {
  return (request, peer) => {
    const refused = refusal(request)
    if (refused !== undefined) return refused
    const method = methods[request.target]
    if (method === undefined) return ended('UNIMPLEMENTED', unknownMethod(request.target, methods))
    return new Call(engine, request, peer).run(method, onError)
  }
}

function refusal({ method, target, headers }: HttpRequest): HttpResponse | undefined {
  if (method !== 'POST') {
    return ended('INTERNAL', `Received a HEADERS frame with :method "${method}" which should be POST`, 405)
  }
  const type = headerValue(headers, 'content-type') ?? ''
  if (!/^application\/grpc(?:[+;].*)?$/.test(type)) {
    return ended('INTERNAL', `invalid gRPC request content-type ${JSON.stringify(type)}`, 415)
  }
  if (target.lastIndexOf('/') > 0) return undefined
  return ended('UNIMPLEMENTED', `malformed method name: ${JSON.stringify(target)}`)
}

function unknownMethod(path: string, methods: GrpcMethods): string {
  const [, service = '', method = ''] = /^\/?(.*)\/([^/]*)$/.exec(path) ?? []
  const isKnown = Object.keys(methods).some((known) => known.startsWith(`/${service}/`))
  return isKnown ? `unknown method ${method} for service ${service}` : `unknown service ${service}`
}

const NO_BODY = new Uint8Array()
const CONTENT_TYPE = ['content-type', 'application/grpc'] as const

/** Trailers alone: the call ended before any message. */
function ended(status: GrpcStatus, message: string, httpStatus = 200, more: HeaderList = []): HttpResponse {
  const headers = [CONTENT_TYPE, ...statusTrailers(status, message), ...more]
  return { status: httpStatus, reason: '', headers, body: NO_BODY }
}

class Call implements GrpcCall {
  readonly path: string
  readonly metadata: HeaderList
  readonly peer: HttpPeer
  readonly #engine: ProgramEngine
  readonly #response: Deferred<HttpResponse>
  readonly #reader: MessageReader
  readonly #trailers: [string, string][] = []
  /** Made with the first message out. */
  #out: BodyStream | undefined
  #complete = false
  #over: GrpcError | undefined
  readonly #input: BodyStream | undefined
  #reading: Deferred<Uint8Array | undefined> | undefined
  #writing: Deferred<void> | undefined

  constructor(engine: ProgramEngine, { target, headers, body, stream }: HttpRequest, peer: HttpPeer) {
    this.#engine = engine
    this.path = target
    this.peer = peer
    this.metadata = headers.map(([name, value]) => [name.toLowerCase(), value] as const)
    this.#response = engine.deferred<HttpResponse>()
    this.#reader = new MessageReader(headerValue(headers, 'grpc-encoding'))
    this.#input = stream
    if (stream === undefined) {
      this.#reader.push(body)
      this.#complete = true
    } else
      stream.readBy({
        part: (part) => this.#took(part),
        end: () => this.#inputEnded(),
        failed: () => this.#cancel(new GrpcError('CANCELLED', 'context canceled')),
      })
  }

  run(method: GrpcMethod, onError: (error: unknown) => void): Promise<HttpResponse> {
    const timeoutUs = timeoutOf(headerValue(this.metadata, 'grpc-timeout'))
    const deadline =
      timeoutUs === undefined
        ? undefined
        : this.#engine.schedule(timeoutUs, 'grpc deadline', () =>
            this.#cancel(new GrpcError('DEADLINE_EXCEEDED', 'context deadline exceeded')),
          )
    const over = (status: GrpcStatus, message: string): void => {
      this.#engine.cancel(deadline)
      this.#end(status, message)
    }
    this.#engine.touchAsync()
    const running = (async () => method(this))()
    running.then(
      () => over('OK', ''),
      (error: unknown) => {
        if (!(error instanceof GrpcError)) onError(error)
        const status = error instanceof GrpcError ? error.status : 'UNKNOWN'
        over(status, error instanceof Error ? error.message : String(error))
      },
    )
    return this.#response.promise
  }

  read(): Promise<Uint8Array | undefined> {
    const deferred = this.#engine.deferred<Uint8Array | undefined>()
    this.#reading = deferred
    this.#offer()
    return deferred.promise
  }

  write(message: Uint8Array): Promise<void> {
    const deferred = this.#engine.deferred<void>()
    if (this.#over !== undefined) {
      deferred.reject(this.#over)
      return deferred.promise
    }
    if (this.#out === undefined) {
      this.#out = new BodyStream()
      this.#out.onRoom = () => this.#hasRoom()
      this.#out.onCancel = () => this.#cancel(new GrpcError('CANCELLED', 'context canceled'))
      this.#response.resolve({ status: 200, reason: '', headers: [CONTENT_TYPE], body: NO_BODY, stream: this.#out })
    }
    this.#out.write(frameMessage(message))
    if (this.#out.full) this.#writing = deferred
    else deferred.resolve()
    return deferred.promise
  }

  addTrailer(name: string, value: string): void {
    this.#trailers.push([name.toLowerCase(), value])
  }

  #took(part: Uint8Array): void {
    this.#reader.push(part)
    this.#offer()
    // Nobody asks for messages: the client waits.
    if (this.#reading === undefined) this.#input?.pause()
  }

  #inputEnded(): void {
    this.#complete = true
    this.#offer()
  }

  /** Gives who reads the next message, as soon as there is one. */
  #offer(): void {
    const reading = this.#reading
    if (reading === undefined) return
    let message: Uint8Array | undefined
    try {
      message = this.#reader.next()
    } catch (error) {
      this.#reading = undefined
      return reading.reject(error)
    }
    if (message !== undefined) {
      this.#reading = undefined
      return reading.resolve(message)
    }
    if (this.#over !== undefined) {
      this.#reading = undefined
      return reading.reject(this.#over)
    }
    if (!this.#complete) return this.#input?.resume()
    this.#reading = undefined
    if (this.#reader.isBroken) return reading.reject(new GrpcError('INTERNAL', 'unexpected EOF'))
    return reading.resolve(undefined)
  }

  #hasRoom(): void {
    const writing = this.#writing
    this.#writing = undefined
    writing?.resolve()
  }

  /** Nobody waits for the rest. */
  #cancel(error: GrpcError): void {
    if (this.#over !== undefined) return
    this.#over = error
    const [reading, writing] = [this.#reading, this.#writing]
    this.#reading = this.#writing = undefined
    reading?.reject(error)
    writing?.reject(error)
    this.#end(error.status, error.message)
  }

  #end(status: GrpcStatus, message: string): void {
    this.#over ??= new GrpcError('CANCELLED', 'the call is over')
    this.#input?.cancel()
    if (this.#out === undefined) return this.#response.resolve(ended(status, message, 200, this.#trailers))
    this.#out.end([...statusTrailers(status, message), ...this.#trailers])
  }
}

const UNITS: Readonly<Record<string, number>> = { H: 3600e6, M: 60e6, S: 1e6, m: 1000, u: 1, n: 0.001 }

/** `100m` is 100 ms. Undefined: none, or none that can be read. */
function timeoutOf(text: string | undefined): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(text ?? '')
  return match === null ? undefined : Math.ceil(Number(match[1]) * (UNITS[match[2] ?? ''] ?? 0))
}

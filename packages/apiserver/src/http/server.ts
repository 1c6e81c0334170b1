// The door's shell: fastify over HTTPS (or HTTP), one catch-all route. It turns sockets into requests, enters the simulation
// once a request, and writes what comes back. A bug behind it becomes a 500 and is reported; the process stays up.

import type { FastifyInstance } from 'fastify'
import type { AddressInfo } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import type { Duplex } from 'node:stream'
import { PodwireError, type Driver, type Engine } from '@podwire/engine'
import { ProxyDoor, type ProxiedMessage } from '../proxy/proxy-door.ts'
import { proxyReply, type ProxyReply } from '../proxy/proxy-reply.ts'
import { OpenApi } from '../openapi/open-api.ts'
import { bootstrapSource, rbacAuthorizer } from '../rbac/index.ts'
import type { Resource } from '../resources/resource.ts'
import { StatusError } from '../status/status-error.ts'
import { badRequest, internalError, UNKNOWN_FORMAT, unsupportedMediaType, unsupportedPatch } from '../status/errors.ts'
import type { NodeConnection } from '../streams/node-connection.ts'
import { UpgradeDoor } from '../streams/upgrade-door.ts'
import { refusalAnswer, type Answer } from './answer.ts'
import { AuditIds } from './audit-id.ts'
import type { Authorizer } from './authorization.ts'
import { ANONYMOUS_USER, singleToken, withServiceAccounts, type Authenticator } from './authentication.ts'
import { createApp } from './create-app.ts'
import { receiveDirectly } from './direct-requests.ts'
import { HttpDoorRequest, newExchange, type DoorReply, type Exchange, type ReceivedRequest } from './exchange.ts'
import type { ExtensionRoute } from './extension-route.ts'
import { Http2Connections } from './http2/connections.ts'
import { Http2Reply } from './http2/reply.ts'
import { Http2StreamWriter } from './http2/stream-writer.ts'
import { Impersonation } from './impersonation.ts'
import { ApiMetrics } from './metrics/api-metrics.ts'
import { bodyTooLarge } from './refusals.ts'
import type { RequestHandler, UserInfo } from './request-handler.ts'
import { recordedRequest, requestAgain, type RecordedRequest } from './recorded-request.ts'
import { route, type DoorContext, type Routed } from './router.ts'
import { ServedResources } from './served-resources.ts'
import { ResponseWriter, type OpenWriter, type StreamWriterOptions } from './response-writer.ts'
import { sendAnswer } from './send-answer.ts'
import { SharedEvents } from './shared-events.ts'
import { logToStderr, reportToStderr } from './stderr-report.ts'
import type { StreamAnswer } from './stream-answer.ts'
import type { TlsOptions } from './tls-options.ts'
import { Turn } from './turn.ts'
import { isReadableUrl } from './url.ts'
import { BAD_REQUEST, refuseUnreadable } from './unreadable-request.ts'
import { parseKubernetesVersion } from './version.ts'

/** What one request body may hold (DefaultMaxRequestSizeBytes). */
const BODY_LIMIT_BYTES = 3 * 1024 * 1024
/** The first minor release that sends Warning headers. */
const WARNINGS_SINCE = 19
export interface HttpServerOptions {
  readonly engine: Engine
  readonly driver: Driver
  readonly handler: RequestHandler
  /** Everything served. A new array means that discovery and OpenAPI are made anew. */
  readonly resources: () => readonly Resource[]
  /** e.g. `v1.36.2` */
  readonly kubernetesVersion: string
  /** The administrator's bearer token; ignored when `authenticator` is given. */
  readonly token: string
  readonly authenticator?: Authenticator
  readonly authorizer?: Authorizer
  /**
   * Who a request without a token comes from; default system:anonymous, who may do next to nothing. kubectl sends tokens over
   * TLS only, so a door on plain HTTP is of use to it only with ADMIN_USER here.
   */
  readonly anonymous?: UserInfo
  /** exec, logs and port-forward go here; absent in a cluster without kubelets. */
  readonly nodes?: () => NodeConnection | undefined
  /** Absent: plain HTTP. */
  readonly tls?: TlsOptions
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default 0: any free port. */
  readonly port?: number
  /** Of HTTP/2; default 100, kube-apiserver's own (--http2-max-streams-per-connection). */
  readonly maxStreamsPerConnection?: number
  /** POST routes beside the API, by path. */
  readonly extensions?: ReadonlyMap<string, ExtensionRoute>
  /** Told what an operator should know, a line each, such as a watch that was dropped; default: standard error. */
  readonly log?: (line: string) => void
  /** Requests that may change something wait for their turn here, and are called then; default: they come at once. */
  readonly inTurn?: (request: RecordedRequest, work: () => Routed) => Promise<Awaited<Routed>>
  /** Told of bugs that a request ran into; default: standard error. */
  readonly onError?: (error: unknown) => void
}

export interface HttpServer {
  readonly host: string
  readonly port: number
  /** e.g. `https://127.0.0.1:6443` */
  readonly url: string
  /** As if nobody listened: connections end, new ones are refused, until it is told otherwise. */
  refuse(refusing: boolean): Promise<void>
  /** Ends watches, logs and upgraded connections, then stops listening. */
  close(): Promise<void>
}

/** @throws PodwireError when the port is taken or the host is not ours */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { host = '127.0.0.1', port = 0 } = options
  const door = new Door(options)
  await door.listen(host, port)
  return door
}

/** The door before it listens: for connections that are handed to it. */
export function createDoor(options: HttpServerOptions): Door {
  return new Door(options)
}

class Door implements HttpServer {
  readonly #options: HttpServerOptions
  readonly #app: FastifyInstance
  readonly #extensions: ReadonlyMap<string, ExtensionRoute>
  readonly #context: DoorContext
  readonly #upgrades: UpgradeDoor
  readonly #proxies: ProxyDoor
  /** Absent without TLS: only there do clients say that they speak HTTP/2. */
  readonly #http2: Http2Connections | undefined
  readonly #open = new Set<OpenWriter>()
  readonly #onError: (error: unknown) => void
  readonly #log: (line: string) => void
  readonly #auditIds: AuditIds
  readonly #warns: boolean
  #served: ServedResources | undefined
  #closing = false
  /** Of connections that are sockets: in process, a request is over when it has been handed in. */
  #turn: Turn | undefined
  host = ''
  port = 0
  url = ''

  constructor(options: HttpServerOptions) {
    this.#options = options
    this.#extensions = options.extensions ?? new Map()
    this.#onError = options.onError ?? reportToStderr
    this.#log = options.log ?? logToStderr
    this.#auditIds = new AuditIds(options.engine.random.fork('apiserver/http/audit'))
    const version = parseKubernetesVersion(options.kubernetesVersion)
    this.#warns = version.minor >= WARNINGS_SINCE
    const authorizer = options.authorizer ?? options.handler.authorizer?.() ?? rbacAuthorizer(bootstrapSource())
    this.#context = {
      engine: options.engine,
      random: options.engine.random.fork('apiserver/http'),
      handler: options.handler,
      served: () => this.#servedNow(),
      openApi: new OpenApi(options.resources, version, () => Date.parse(options.engine.clock.timestamp())),
      authenticator: withServiceAccounts(options.authenticator ?? singleToken(options.token), options.handler),
      authorizer,
      impersonation: new Impersonation(authorizer),
      // As on the real server: where everybody may do everything, nobody is let in without being somebody.
      anonymous: options.anonymous ?? (authorizer.mode === 'RBAC' ? ANONYMOUS_USER : undefined),
      kubernetesVersion: version,
      nodes: options.nodes ?? (() => undefined),
      report: (error) => this.#statusOf(error),
      metrics: new ApiMetrics(version),
      shared: new SharedEvents(),
      serverAddress: () => `${this.host}:${this.port}`,
    }
    this.#app = this.#createApp()
    this.#http2 = this.#receive(this.#app.server)
    this.#proxies = new ProxyDoor(this.#context, options.driver)
    this.#upgrades = new UpgradeDoor(this.#context, options.driver, this.#proxies)
    this.#app.server.on('upgrade', (request, socket, head) => this.#upgrades.handle(request, socket, head))
  }

  /** Takes connections from now on, also without listening. */
  async ready(): Promise<void> {
    await this.#app.ready()
  }

  /** A connection that is no socket. */
  accept(connection: Duplex): void {
    this.#app.server.emit('connection', connection)
  }

  /** One that came before, in another run; who asked is not there to hear the answer. */
  giveAgain(request: RecordedRequest): void {
    try {
      const routed = route(this.#context, requestAgain(request))
      if (routed instanceof Promise) routed.catch(() => undefined)
    } catch (error) {
      this.#statusOf(error)
    }
  }

  async listen(host: string, port: number): Promise<void> {
    try {
      await this.#app.listen({ host, port })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new PodwireError('serve the API', reason, 'Choose another port, or 0 for any free one.')
    }
    // A TCP server that listens has an AddressInfo.
    const address = this.#app.server.address() as AddressInfo
    this.#turn = new Turn(this.#onError)
    this.host = host
    this.port = address.port
    const name = host.includes(':') ? `[${host}]` : host
    this.url = `${this.#options.tls === undefined ? 'http' : 'https'}://${name}:${address.port}`
  }

  async refuse(refusing: boolean): Promise<void> {
    const { server } = this.#app
    if (refusing === !server.listening) return
    if (refusing) {
      this.#endConnections()
      await new Promise<void>((closed) => server.close(() => closed()))
    } else {
      await new Promise<void>((listening, failed) => {
        server.once('error', failed)
        server.listen({ host: this.host, port: this.port }, listening)
      })
    }
  }

  async close(): Promise<void> {
    this.#closing = true
    this.#endConnections()
    await this.#app.close()
  }

  #endConnections(): void {
    this.#turn?.end()
    for (const writer of [...this.#open]) writer.end()
    this.#upgrades.close()
    this.#proxies.close()
    this.#http2?.close()
    this.#app.server.closeAllConnections()
  }

  #servedNow(): ServedResources {
    const resources = this.#options.resources()
    if (this.#served === undefined || this.#served.resources !== resources)
      this.#served = new ServedResources(resources, this.#context.kubernetesVersion.minor)
    return this.#served
  }

  #createApp(): FastifyInstance {
    return createApp({
      bodyLimitBytes: BODY_LIMIT_BYTES,
      tls: this.#options.tls,
      extensions: this.#extensions,
      authenticator: this.#context.authenticator,
      handle: (request, reply) => this.#handle(request, reply),
      refuse: (error, request, reply) => this.#refuse(error, request, reply),
      refuseUrl: (request, reply) => void this.#send(BAD_REQUEST, newExchange(request, reply)),
      refuseUnreadable: (error, socket) => {
        if (this.#turn === undefined) refuseUnreadable(error, socket)
        else this.#turn.refusal(() => refuseUnreadable(error, socket))
      },
      proxy: (request, reply) => {
        reply.hijack()
        this.#proxy(request.raw, proxyReply(reply.raw), request, reply)
      },
    })
  }

  /** Requests that fastify has nothing to add to, on connections of either HTTP. */
  #receive(server: FastifyInstance['server']): Http2Connections | undefined {
    const requests = {
      bodyLimitBytes: BODY_LIMIT_BYTES,
      closing: () => this.#closing,
      handle: (request: ReceivedRequest, reply: DoorReply) => {
        if (this.#turn === undefined) this.#handleDirectly(request, reply)
        else this.#turn.request(() => this.#handleDirectly(request, reply))
      },
    }
    receiveDirectly(server, requests)
    if (!(server instanceof TlsServer)) return undefined
    return new Http2Connections(server, {
      ...requests,
      refuseTooLarge: (request, reply) => void this.#refuseDirectly(bodyTooLarge(BODY_LIMIT_BYTES), request, reply),
      proxy: (request, reply) => this.#proxy(request, reply, request, reply),
      others: this.#extensions,
      maxStreamsPerConnection: this.#options.maxStreamsPerConnection ?? 100,
    })
  }

  /** Answers at once where it can: a promise a request costs more than it seems. */
  #handle(request: ReceivedRequest, reply: DoorReply): void | Promise<void> {
    const exchange = newExchange(request, reply)
    if (!isReadableUrl(request.url)) return this.#send(BAD_REQUEST, exchange)
    try {
      const work = (): Routed => {
        const routed = route(this.#context, new HttpDoorRequest(exchange, this.#warns))
        if (!(routed instanceof Promise) && routed.type === 'stream') this.#stream(routed, exchange)
        return routed
      }
      const { driver, inTurn } = this.#options
      const recorded = inTurn === undefined ? undefined : recordedRequest(request, this.#context)
      const answer = inTurn === undefined || recorded === undefined ? driver.enter(work) : inTurn(recorded, work)
      if (answer instanceof Promise) return this.#sendLater(answer, exchange)
      return answer.type === 'stream' ? undefined : this.#send(answer, exchange)
    } catch (error) {
      return this.#send(refusalAnswer(this.#statusOf(error)), exchange)
    }
  }

  async #sendLater(answer: Promise<Answer | StreamAnswer>, exchange: Exchange): Promise<void> {
    try {
      const sent = await answer
      if (sent.type !== 'stream') await this.#send(sent, exchange)
    } catch (error) {
      await this.#send(refusalAnswer(this.#statusOf(error)), exchange)
    }
  }

  #handleDirectly(request: ReceivedRequest, reply: DoorReply): void {
    // Whoever took it back meanwhile, which costs a client of HTTP/2 nothing, costs no more.
    if (reply.raw instanceof Http2Reply && reply.raw.destroyed) return
    try {
      const sent = this.#handle(request, reply)
      if (sent instanceof Promise) sent.catch((error: unknown) => void this.#refuseDirectly(error, request, reply))
    } catch (error) {
      void this.#refuseDirectly(error, request, reply)
    }
  }

  /** Whoever cannot even be refused is cut off. */
  async #refuseDirectly(error: unknown, request: ReceivedRequest, reply: DoorReply): Promise<void> {
    try {
      await this.#refuse(error, request, reply)
    } catch (failure) {
      this.#onError(failure)
      reply.raw.destroy()
    }
  }

  #proxy(message: ProxiedMessage, response: ProxyReply, request: ReceivedRequest, reply: DoorReply): void {
    this.#proxies.handle(message, response, (error) => this.#send(refusalAnswer(error), newExchange(request, reply)))
  }

  /** Starts a stream inside the simulation; a refusal leaves the reply untouched. */
  #stream(stream: StreamAnswer, { counted, reply, request, warnings }: Exchange): void {
    const { metrics } = this.#context
    const writing: StreamWriterOptions = {
      warnings: () => warnings.headers(),
      auditId: this.#auditIds.of(request.headers),
      onUnread: (unreadBytes) => {
        if (counted !== undefined) metrics.watcherTerminated(counted.info)
        const agent = request.headers['user-agent'] ?? 'a client without a name'
        this.#log(`dropped ${request.method} ${request.url} of ${agent}: it left ${unreadBytes} bytes unread`)
      },
    }
    const { raw } = reply
    const writer: OpenWriter =
      raw instanceof Http2Reply ? new Http2StreamWriter(raw, stream, writing) : new ResponseWriter(raw, stream, writing)
    const stop = stream.open(writer)
    reply.hijack()
    if (counted !== undefined) metrics.answered(counted, 200, undefined)
    const over = counted === undefined ? undefined : metrics.longRunning(counted)
    this.#open.add(writer)
    writer.onClose(() => {
      this.#open.delete(writer)
      over?.()
      this.#options.driver.enter(stop)
    })
    writer.begin()
  }

  #send(answer: Answer, { request, reply, warnings, counted }: Exchange): void | Promise<void> {
    const sent = sendAnswer(answer, request, reply, warnings, this.#auditIds, this.#turn)
    const { metrics } = this.#context
    if (sent instanceof Promise) return sent.then((bytes) => counted && metrics.answered(counted, answer.code, bytes))
    if (counted !== undefined && sent !== undefined) metrics.answered(counted, answer.code, sent)
  }

  /** Errors of fastify itself, above all a body that is too large. */
  #refuse(error: unknown, request: ReceivedRequest, reply: DoorReply): void | Promise<void> {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const refusal =
      code === 'FST_ERR_CTP_BODY_TOO_LARGE' ? bodyTooLarge(BODY_LIMIT_BYTES) : this.#clientFault(error, request.method)
    return this.#send(refusalAnswer(refusal), newExchange(request, reply))
  }

  /** What fastify refuses before a handler sees it (a media type that is none, a bad length) is the client's fault. */
  #clientFault(error: unknown, method: string): StatusError {
    const code = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
    if (code === 415) return method === 'PATCH' ? unsupportedPatch() : unsupportedMediaType(UNKNOWN_FORMAT)
    if (error instanceof Error && typeof code === 'number' && code < 500) return badRequest(error.message)
    return this.#statusOf(error)
  }

  #statusOf(error: unknown): StatusError {
    if (error instanceof StatusError) return error
    this.#onError(error)
    return internalError(error instanceof Error ? error.message : String(error))
  }
}

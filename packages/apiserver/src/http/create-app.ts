// fastify as the door sets it up: bodies come as they are, nothing is logged, every path ends in the door's own hands.

import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { InvariantError } from '@podwire/engine'
import type { Socket } from 'node:net'
import { isProxyUrl } from '../proxy/proxy-door.ts'
import type { Authenticator } from './authentication.ts'
import type { DoorReply, ReceivedRequest } from './exchange.ts'
import type { ExtensionRoute } from './extension-route.ts'
import { addExtensionRoutes } from './extension-routes.ts'
import { type TlsOptions, tlsOptions } from './tls-options.ts'

/** What a request's line and headers may hold (http.DefaultMaxHeaderBytes). */
const HEADER_LIMIT_BYTES = 1024 * 1024
/** Methods beyond fastify's own that still get the API's 405. */
const MORE_METHODS = ['PROPFIND', 'PROPPATCH', 'MKCOL', 'COPY', 'MOVE', 'LOCK', 'UNLOCK', 'REPORT', 'SEARCH']

/** No route has a JSON schema: fastify need not load what compiles them, which is more than fastify itself. */
const noSchema = (): never => {
  throw new InvariantError('Invariant broken: no route has a JSON schema')
}
const WITHOUT_SCHEMAS = { compilersFactory: { buildValidator: noSchema, buildSerializer: noSchema } }

export interface AppOptions {
  readonly bodyLimitBytes: number
  readonly tls: TlsOptions | undefined
  readonly extensions: ReadonlyMap<string, ExtensionRoute>
  readonly authenticator: Authenticator
  readonly handle: (request: ReceivedRequest, reply: DoorReply) => void | Promise<void>
  /** Told of fastify's own errors, above all of a body that is too large. */
  readonly refuse: (error: unknown, request: ReceivedRequest, reply: DoorReply) => void | Promise<void>
  readonly refuseUrl: (request: ReceivedRequest, reply: DoorReply) => void
  /** Told of bytes that are no request. */
  readonly refuseUnreadable: (error: Error, socket: Socket) => void
  readonly proxy: (request: FastifyRequest, reply: FastifyReply) => void
}

export function createApp(options: AppOptions): FastifyInstance {
  const { tls } = options
  const common = {
    bodyLimit: options.bodyLimitBytes,
    logger: false,
    schemaController: WITHOUT_SCHEMAS,
    forceCloseConnections: true,
    keepAliveTimeout: 180_000,
    frameworkErrors: (_error: Error, request: FastifyRequest, reply: FastifyReply) => options.refuseUrl(request, reply),
    clientErrorHandler: options.refuseUnreadable,
  }
  const app =
    tls === undefined
      ? fastify({ ...common, http: { maxHeaderSize: HEADER_LIMIT_BYTES } })
      : (fastify({
          ...common,
          https: { ...tlsOptions(tls), maxHeaderSize: HEADER_LIMIT_BYTES },
        }) as unknown as FastifyInstance)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  for (const method of MORE_METHODS) app.addHttpMethod(method)
  addExtensionRoutes(app, options.extensions, options.authenticator)
  // Before a body is read: what is proxied has no limit, and goes on as it comes.
  app.addHook('onRequest', (request, reply, done) => {
    if (isProxyUrl(request.method, request.url)) options.proxy(request, reply)
    else done()
  })
  app.all('/*', (request, reply) => options.handle(request, reply))
  app.setNotFoundHandler((request, reply) => options.handle(request, reply))
  app.setErrorHandler((error, request, reply) => options.refuse(error, request, reply))
  return app
}

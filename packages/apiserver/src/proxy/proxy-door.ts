// Proxied requests on real sockets: bodies stream both ways, an upgrade becomes a pipe. It stands before the web framework, which
// would read bodies whole and limit them. Errors of the way to the backend are Statuses, as the real server words them.
// Source: apimachinery util/proxy/upgradeaware.go.

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Driver, Random } from '@podwire/engine'
import { certificateOf } from '../http/client-certificate.ts'
import { admit, type DoorContext } from '../http/router.ts'
import { readRequestLine } from '../http/request-line.ts'
import { isReadableUrl } from '../http/url.ts'
import { internalError, plainError } from '../status/errors.ts'
import { StatusError } from '../status/status-error.ts'
import type { BackendResponse, ByteStream } from '../streams/node-connection.ts'
import { refuseUpgrade } from '../streams/upgrade-protocols.ts'
import { pairs, type Headers } from './forwarded-headers.ts'
import type { ProxyReply } from './proxy-reply.ts'
import { isProxied, proxiedRequest, type ClientRequest, type Proxied } from './proxied-request.ts'
import { rewriteUrl } from './rewrite-url.ts'
import { rewrittenResponse } from './rewritten-response.ts'

/** What may wait unread for one client when yet more comes. */
const UNREAD_LIMIT_BYTES = 64 * 1024 * 1024
const CACHE_CONTROL = ['Cache-Control', 'no-cache, private'] as const
const NO_STREAM: ByteStream = { write: () => {}, end: () => {}, destroy: () => {} }

type ProxiedTo = Extract<Proxied, { kind: 'request' }>

export function isProxyUrl(method: string, url: string): boolean {
  if (!url.includes('/proxy') || !isReadableUrl(url)) return false
  return isProxied(readRequestLine(method, url).info)
}

/** What is asked of a request and its body as they came, over either HTTP. */
type Message = Pick<IncomingMessage, 'headers' | 'headersDistinct' | 'rawHeaders'> & {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly socket: Duplex & { readonly remoteAddress?: string | undefined }
  onStranger?(): void
}
export type ProxiedMessage = Message & {
  on(event: 'data' | 'error', listener: (chunk: Buffer) => void): unknown
  once(event: 'end', listener: () => void): unknown
}

function clientRequest(message: Message, upgrade: boolean): ClientRequest {
  const { method = 'GET', url = '/', rawHeaders, socket } = message
  const client = (socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '')
  return { method, url, headers: pairs(rawHeaders), client, upgrade }
}

function unreachable(message: string): StatusError {
  return new StatusError(503, 'ServiceUnavailable', `error trying to reach service: ${message}`)
}

export class ProxyDoor {
  readonly #context: DoorContext
  readonly #driver: Driver
  readonly #random: Random
  /** Open exchanges and pipes, to be ended with the server. */
  readonly #open = new Set<() => void>()
  /** Virtual time moves for one request after the other. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(context: DoorContext, driver: Driver) {
    this.#context = context
    this.#driver = driver
    this.#random = context.engine.random.fork('apiserver/proxy')
  }

  close(): void {
    for (const end of [...this.#open]) end()
  }

  /** @param refuse answers with a Status */
  handle(message: ProxiedMessage, response: ProxyReply, refuse: (error: StatusError) => void): void {
    const answer = (error: StatusError): void => {
      if (response.headersSent) response.destroy()
      else refuse(error)
    }
    try {
      const proxied = this.#driver.enter(() => this.#resolve(message, clientRequest(message, false)))
      if (proxied.kind === 'redirect') redirect(response, proxied.location)
      else this.#exchange(proxied, message, response, answer)
    } catch (error) {
      answer(this.#context.report(error))
    }
  }

  handleUpgrade(message: IncomingMessage, socket: Duplex, head: Buffer): void {
    try {
      const proxied = this.#driver.enter(() => this.#resolve(message, clientRequest(message, true)))
      if (proxied.kind === 'request') this.#pipe(proxied, socket, head)
    } catch (error) {
      refuseUpgrade(socket, this.#context.report(error))
    }
  }

  #resolve(message: Message, sent: ClientRequest): Proxied {
    const { method, url } = sent
    const { headers, headersDistinct: distinct, socket } = message
    const { user, path, info } = admit(this.#context, {
      method,
      url,
      headers,
      distinct,
      certificate: certificateOf(socket),
      onStranger: () => message.onStranger?.(),
    })
    if (!isProxied(info)) throw internalError(`${path} is no proxy subresource`)
    return proxiedRequest(this.#context, info, user, this.#random, sent)
  }

  #send(proxied: ProxiedTo, response: BackendResponse): ByteStream {
    const nodes = this.#context.nodes()
    if (nodes === undefined) throw unreachable('this cluster has no network')
    return this.#driver.enter(() => nodes.sendRequest(proxied.backend, proxied.request, response))
  }

  #exchange(
    proxied: ProxiedTo,
    message: ProxiedMessage,
    response: ProxyReply,
    answer: (error: StatusError) => void,
  ): void {
    const over = this.#context.engine.deferred<void>()
    let open = true
    const finish = (): void => {
      open = false
      this.#open.delete(abort)
      over.resolve()
    }
    const abort = (): void => {
      if (!open) return
      finish()
      this.#enter(() => stream.destroy())
      response.destroy()
    }
    const out = clientResponse(response, {
      finish,
      breakOff: abort,
      refuse: (error) => {
        finish()
        answer(error)
      },
    })
    const settings = {
      method: proxied.request.method,
      unpack: proxied.unpack,
      rewriteUrl: (url: string) => rewriteUrl(url, proxied.rewrite),
    }
    let stream: ByteStream = NO_STREAM
    this.#open.add(abort)
    stream = this.#send(proxied, rewrittenResponse(out, settings))
    response.onClose(abort)
    message.on('error', abort)
    message.on('data', (bytes: Buffer) => this.#enter(() => stream.write(bytes)))
    message.once('end', () => {
      this.#enter(() => stream.end())
      this.#moveTime(over.promise)
    })
  }

  /** Where nobody else moves time, the request does, once it is whole. */
  #moveTime(over: Promise<void>): void {
    this.#turn = this.#turn.then(() => this.#driver.wait(over)).catch((error: unknown) => this.#context.report(error))
  }

  #pipe(proxied: ProxiedTo, socket: Duplex, head: Buffer): void {
    let stream: ByteStream = NO_STREAM
    let open = true
    const close = (): void => {
      if (!open) return
      open = false
      this.#open.delete(close)
      this.#enter(() => stream.destroy())
      socket.end()
    }
    this.#open.add(close)
    socket.once('close', close)
    socket.once('end', close)
    stream = this.#send(proxied, pipedResponse(socket, close))
    if (head.length > 0) this.#enter(() => stream.write(head))
    socket.on('data', (bytes: Buffer) => this.#enter(() => stream.write(bytes)))
  }

  readonly #enter = (work: () => void): void => {
    try {
      this.#driver.enter(work)
    } catch (error) {
      this.#context.report(error)
    }
  }
}

function redirect(response: ProxyReply, location: string): void {
  const headers: Headers = [
    ['Location', location],
    ['Content-Length', '0'],
  ]
  response.head(301, 'Moved Permanently', [CACHE_CONTROL, ...headers])
  response.end()
}

interface ExchangeEnds {
  finish(): void
  /** Too late for a Status. */
  breakOff(): void
  refuse(error: StatusError): void
}

function clientResponse(response: ProxyReply, ends: ExchangeEnds): BackendResponse {
  return {
    head: (code, reason, headers) => {
      try {
        response.head(code, reason, [CACHE_CONTROL, ...headers])
      } catch (error) {
        ends.refuse(unreachable(`malformed HTTP response: ${error instanceof Error ? error.message : String(error)}`))
      }
    },
    data: (bytes) => {
      if (response.writableLength > UNREAD_LIMIT_BYTES) ends.breakOff()
      else if (response.headersSent && !response.destroyed) response.write(bytes)
    },
    end: () => {
      ends.finish()
      if (response.headersSent) response.end()
    },
    error: (message) => {
      if (response.headersSent) ends.breakOff()
      else ends.refuse(unreachable(message))
    },
  }
}

function rawHead(code: number, reason: string, headers: Headers): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${code} ${reason}\r\n${lines.join('')}\r\n`
}

/** What a backend said to an upgrade: as it is when it agreed or refused; anything else is an error. */
function pipedResponse(socket: Duplex, close: () => void): BackendResponse {
  let begun = false
  const write = (data: Uint8Array | string): void => {
    if (socket.destroyed || socket.writableEnded) return
    if (socket.writableLength > UNREAD_LIMIT_BYTES) socket.destroy()
    else socket.write(data)
  }
  const refuse = (message: string): void => {
    refuseUpgrade(socket, plainError(message))
    close()
  }
  return {
    head: (code, reason, headers) => {
      if (code !== 101 && code < 400) {
        refuse(`invalid upgrade response: status code ${code}`)
        return
      }
      begun = true
      write(Buffer.from(rawHead(code, reason, headers), 'latin1'))
    },
    data: (bytes) => {
      if (begun) write(bytes)
    },
    end: close,
    error: (message) => {
      if (begun) close()
      else refuse(`error dialing backend: ${message}`)
    },
  }
}

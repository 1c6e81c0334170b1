// A request before it is sent: headers as given, with Host and a length where they are absent, and where the connection goes.

import type { ConnectOptions } from '../fabric/network.ts'
import type { BodyStream } from './body-stream.ts'
import type { SendOptions } from './client.ts'
import { RequestFrame } from './frame.ts'
import { type HeaderList, headerValue, type HttpRequest } from './message.ts'

/** A request made once, to be sent any number of times. */
export interface PreparedRequest {
  readonly frame: RequestFrame
  readonly connect: ConnectOptions
  readonly timeoutUs: number | undefined
  readonly tls?: SendOptions['tls'] | undefined
  readonly upgrades?: boolean | undefined
  readonly stream?: BodyStream | undefined
  readonly streams?: boolean | undefined
  /** Of connections that are kept open it takes none: it gets a new one. */
  readonly fresh?: boolean
}

export function prepareRequest(options: SendOptions): PreparedRequest {
  return {
    frame: new RequestFrame(requestOf(options), options.stream !== undefined),
    connect: connectOptions(options),
    timeoutUs: options.timeoutUs,
    tls: options.tls,
    upgrades: options.upgrades,
    stream: options.stream,
    streams: options.streams,
  }
}

const EMPTY = new Uint8Array()

function connectOptions(options: SendOptions): ConnectOptions {
  const { address, port, connectTimeoutUs, localAddress } = options
  if (connectTimeoutUs === undefined && localAddress === undefined) return { address, port }
  return {
    address,
    port,
    ...(connectTimeoutUs !== undefined && { timeoutUs: connectTimeoutUs }),
    ...(localAddress !== undefined && { localAddress }),
  }
}

function requestOf(options: SendOptions): HttpRequest {
  const given = options.headers ?? NO_HEADERS
  const body = typeof options.body === 'string' ? Buffer.from(options.body) : (options.body ?? EMPTY)
  let headers = given
  if (headerValue(given, 'host') === undefined) {
    const host = ['Host', options.host ?? defaultHost(options)] as const
    headers = given.length === 0 ? [host] : [host, ...given]
  }
  if (body.length > 0 && headerValue(given, 'content-length') === undefined) {
    if (headerValue(given, 'transfer-encoding') === undefined) {
      headers = [...headers, ['Content-Length', String(body.length)]]
    }
  }
  if (options.stream !== undefined && options.version !== '2' && headerValue(given, 'content-length') === undefined) {
    if (headerValue(given, 'transfer-encoding') === undefined) headers = [...headers, ['Transfer-Encoding', 'chunked']]
  }
  return {
    method: options.method ?? 'GET',
    target: options.target ?? '/',
    version: options.version ?? '1.1',
    headers,
    body,
  }
}

const NO_HEADERS: HeaderList = []

function defaultHost({ address, port }: SendOptions): string {
  const name = address.includes(':') ? `[${address}]` : address
  return port === 80 ? name : `${name}:${port}`
}

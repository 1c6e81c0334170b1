// Real TLS for a client that speaks it. The simulated server is greeted first, with the client's own SNI and ALPN; the door then
// shows the client the very certificate that server chose, and takes the cryptography off. So any door of any port can be
// https, and whoever serves inside decides everything. HTTP/2 ends here (http2-door.ts); all else goes through byte by byte.

import type { Socket } from 'node:net'
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls'
import type { Driver } from '@podwire/engine'
import type { TcpSocket } from '../fabric/network.ts'
import {
  ClientCertificate,
  ClientHello,
  connectTls,
  type ServerCredentials,
  type ServerHello,
  type StreamSocket,
} from '../tls/index.ts'
import { shownBy } from './client-certificates.ts'
import { readGreeting, type Greeting } from './client-hello.ts'
import { serveHttp2 } from './http2-door.ts'
import { joinStream } from './join-stream.ts'
import type { DoorTarget } from './tcp-door.ts'

/** What a client that speaks TLS to a plain server hears of it: no TLS, which is what it says itself then. */
const NOT_TLS = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'

const contexts = new WeakMap<ServerCredentials, SecureContext>()

/** @param first what the client said so far; @param inner the connection inside, on which nothing was said yet */
export function carryTls(driver: Driver, client: Socket, first: Buffer, inner: TcpSocket, target: DoorTarget): void {
  let heard = first
  const listen = (): void => {
    const greeting = readGreeting(heard)
    if (greeting === 'more') return
    client.off('data', take)
    client.off('end', leave)
    if (greeting === 'broken') return refuse(driver, client, inner)
    client.pause()
    client.unshift(heard)
    greet(driver, client, greeting, inner, target)
  }
  const take = (data: Buffer): void => {
    heard = Buffer.concat([heard, data])
    listen()
  }
  const leave = (): void => refuse(driver, client, inner)
  client.on('data', take)
  client.once('end', leave)
  listen()
}

function refuse(driver: Driver, client: Socket, inner: TcpSocket): void {
  client.destroy()
  driver.enter(() => inner.destroy())
}

function greet(driver: Driver, client: Socket, greeting: Greeting, inner: TcpSocket, target: DoorTarget): void {
  const { serverName, protocols } = greeting
  driver.enter(() => {
    inner.onEnd = inner.onError = () => client.destroy()
    const secured = connectTls(inner, new ClientHello(serverName, undefined, protocols), {
      established: (hello) => secure(driver, client, hello, { inner, secured }, { ...target, serverName }),
      failed: () => client.end(NOT_TLS),
      certificate: 'later',
    })
  })
}

function secure(
  driver: Driver,
  client: Socket,
  { credentials, protocol, asksForCertificate }: ServerHello,
  { inner, secured }: { readonly inner: TcpSocket; readonly secured: StreamSocket },
  target: DoorTarget & { readonly serverName: string },
): void {
  if (protocol === 'h2') {
    // Each request inside has a connection of its own; the one that was greeted has said all it had to.
    secured.onEnd = secured.onError = undefined
    secured.end()
    return serveHttp2(driver, client, { credentials, asksForCertificate }, target)
  }
  const outer = new TLSSocket(client, {
    isServer: true,
    secureContext: contextOf(credentials),
    // What it is worth is decided inside.
    ...(asksForCertificate ? { requestCert: true, rejectUnauthorized: false } : {}),
    ...(protocol === undefined ? {} : { ALPNProtocols: [protocol] }),
  })
  outer.on('error', () => client.destroy())
  if (asksForCertificate) {
    outer.once('secure', () => driver.enter(() => inner.write(new ClientCertificate(shownBy(outer)))))
  }
  joinStream(driver, outer, secured)
}

function contextOf(credentials: ServerCredentials): SecureContext {
  const known = contexts.get(credentials)
  if (known !== undefined) return known
  const context = createSecureContext({ cert: credentials.certificate, key: credentials.key })
  contexts.set(credentials, context)
  return context
}

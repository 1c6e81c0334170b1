// A door for TCP: listens on a loopback address of the host and carries each connection to an address in the cluster, as the
// outside host or a node would dial it. Bytes go both ways; what the simulated network refuses, the host's client sees as a
// closed connection. A client that begins with TLS gets TLS (tls-door.ts), one that begins with HTTP/2 is served that (http2-door.ts).

import { createServer, type Server, type Socket } from 'node:net'
import type { Driver } from '@podwire/engine'
import type { NetworkNamespace, TcpSocket } from '../fabric/network.ts'
import { looksLikeTls } from './client-hello.ts'
import { looksLikeHttp2, serveHttp2 } from './http2-door.ts'
import { joinStream } from './join-stream.ts'
import { carryTls } from './tls-door.ts'

export interface DoorTarget {
  /** Who dials inside: the outside host or a node. */
  readonly from: NetworkNamespace
  readonly address: string
  readonly port: number
}

export interface Door {
  readonly address: string
  readonly port: number
  close(): Promise<void>
}

/** Rejects with the host's error (EADDRINUSE, EADDRNOTAVAIL …) when it cannot listen. */
export function openTcpDoor(
  driver: Driver,
  listen: { address: string; port: number },
  target: DoorTarget,
): Promise<Door> {
  return listenForDoor(
    createServer({ allowHalfOpen: true }, (client) => carry(driver, client, target)),
    listen,
  )
}

/** Makes a server a door: closing it drops whoever is connected. Rejects with the host's error. */
export function listenForDoor(server: Server, listen: { address: string; port: number }): Promise<Door> {
  const open = new Set<Socket>()
  server.on('connection', (client) => {
    open.add(client)
    client.on('close', () => open.delete(client))
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: listen.address, port: listen.port, exclusive: true }, () => {
      server.removeListener('error', reject)
      resolve({ address: listen.address, port: portOf(server), close: () => closeServer(server, open) })
    })
  })
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function closeServer(server: Server, open: ReadonlySet<Socket>): Promise<void> {
  for (const client of open) client.destroy()
  return new Promise((resolve) => {
    server.close(() => resolve())
  })
}

/** Dials inside for a client of the host, and carries what both say. */
function carry(driver: Driver, client: Socket, target: DoorTarget): void {
  // Nothing is read until the inner connection stands: a client that is refused must not seem to have been heard.
  client.pause()
  client.setNoDelay(true)
  client.on('error', () => client.destroy())
  const connecting = driver.enter(() => target.from.connectTcp({ address: target.address, port: target.port }))
  connecting.then(
    (inner) => decide(driver, client, inner, target),
    // A refused SYN has no counterpart once the host accepted: a reset is the nearest thing.
    () => client.resetAndDestroy(),
  )
}

/** The client's first bytes say whether it speaks TLS, or HTTP/2 without it; a server that speaks first speaks neither. */
export function decide(driver: Driver, client: Socket, inner: TcpSocket, target: DoorTarget): void {
  let heard: Buffer = Buffer.alloc(0)
  const settle = (): void => {
    client.off('data', onFirst)
    client.off('end', onOther)
    client.off('close', onOther)
    inner.onData = inner.onEnd = inner.onError = undefined
  }
  const plainly = (): void => {
    settle()
    joinStream(driver, client, inner, heard.length === 0 ? undefined : new Uint8Array(heard))
  }
  const onFirst = (first: Buffer): void => {
    heard = heard.length === 0 ? first : Buffer.concat([heard, first])
    if (looksLikeTls(heard)) {
      settle()
      return carryTls(driver, client, heard, inner, target)
    }
    const isHttp2 = looksLikeHttp2(heard)
    if (isHttp2 === false) return plainly()
    if (isHttp2 === undefined) return undefined
    settle()
    // Each request inside has a connection of its own.
    driver.enter(() => inner.end())
    client.pause()
    client.unshift(heard)
    return serveHttp2(driver, client, undefined, { ...target, serverName: undefined })
  }
  const onOther = (): void => {
    plainly()
    driver.enter(() => inner.end())
  }
  inner.onData = (data) => {
    plainly()
    client.write(data)
  }
  inner.onEnd = () => {
    plainly()
    client.end()
  }
  inner.onError = () => client.resetAndDestroy()
  client.on('data', onFirst)
  client.on('end', onOther)
  client.on('close', onOther)
  if (client.destroyed) driver.enter(() => inner.destroy())
  else client.resume()
}

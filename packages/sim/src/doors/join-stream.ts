// A stream of the host (a socket, or one with TLS taken off) joined to a connection inside: bytes, ends and resets go both ways.

import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Driver } from '@podwire/engine'
import { WINDOW_BYTES } from '../http/body-stream.ts'
import type { StreamSocket } from '../tls/index.ts'

/** @param first what the client said already */
export function joinStream(driver: Driver, client: Duplex, inner: StreamSocket, first?: Uint8Array): void {
  // What one end does not take, the other is not asked for: a slow client slows the server inside, and the other way round.
  inner.onData = (data) => {
    if (!client.write(data)) inner.pause()
  }
  client.on('drain', () => driver.enter(() => inner.resume()))
  inner.onEnd = () => void client.end()
  inner.onError = () => (client instanceof Socket ? void client.resetAndDestroy() : void client.destroy())
  client.on('data', (data: Buffer) => {
    driver.enter(() => inner.write(new Uint8Array(data)))
    if (inner.backlogBytes < WINDOW_BYTES) return
    client.pause()
    inner.onTaken = () => {
      if (inner.backlogBytes >= WINDOW_BYTES) return
      inner.onTaken = undefined
      client.resume()
    }
  })
  client.on('end', () => driver.enter(() => inner.end()))
  client.on('error', () => client.destroy())
  client.on('close', () => driver.enter(() => (client.errored === null ? inner.end() : inner.destroy())))
  if (first !== undefined) driver.enter(() => inner.write(first))
  if (client.destroyed) driver.enter(() => inner.destroy())
  else client.resume()
}

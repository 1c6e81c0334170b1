// A connection that has been upgraded, and two of them joined: what comes in on one goes out on the other.

import type { Engine, Microseconds } from '@podwire/engine'
import type { StreamSocket } from '../tls/index.ts'

/** A connection whose HTTP is over. */
export interface Tunnel {
  readonly socket: StreamSocket
  /** What came behind the last message. */
  readonly rest: Uint8Array
}

/** @param silenceUs the server may be silent so long; then both ends are closed, as nginx does it */
export function joinTunnels(engine: Engine, client: Tunnel, server: Tunnel, silenceUs: Microseconds): void {
  let heardUs = engine.clock.now()
  const watch = (): void => {
    const leftUs = heardUs + silenceUs - engine.clock.now()
    task = engine.schedule(
      Math.max(0, leftUs),
      'tunnel: silence',
      () => {
        if (engine.clock.now() - heardUs < silenceUs) return watch()
        client.socket.end()
        server.socket.end()
      },
      'background',
    )
  }
  let task: ReturnType<Engine['schedule']> | undefined
  watch()
  carry(
    client.socket,
    server.socket,
    () => {},
    () => engine.cancel(task),
  )
  carry(
    server.socket,
    client.socket,
    () => (heardUs = engine.clock.now()),
    () => engine.cancel(task),
  )
  if (client.rest.length > 0) server.socket.write(client.rest)
  if (server.rest.length > 0) client.socket.write(server.rest)
}

function carry(from: StreamSocket, to: StreamSocket, heard: () => void, over: () => void): void {
  from.endsWithPeer = false
  from.onFrame = undefined
  from.onData = (data) => {
    heard()
    to.write(data)
  }
  from.onEnd = () => {
    over()
    to.end()
    from.end()
  }
  from.onError = () => {
    over()
    to.onError = undefined
    to.destroy()
  }
}

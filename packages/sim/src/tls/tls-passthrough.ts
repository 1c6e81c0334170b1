// A TLS connection carried on as it is: whoever it is carried to shows its own certificate, and neither end can tell. What one side
// does not take, the other is not asked for.

import type { NetworkNamespace, SocketAddress } from '../fabric/network.ts'
import type { ClientHello } from './records.ts'
import type { StreamSocket } from './tls-socket.ts'

const WINDOW_BYTES = 64 * 1024

/** @param hello what the client has said already */
export function passTls(network: NetworkNamespace, client: StreamSocket, hello: ClientHello, to: SocketAddress): void {
  const server = network.openTcp({ address: to.address, port: to.port })
  server.write(hello)
  carry(client, server)
  carry(server, client)
}

function carry(from: StreamSocket, to: StreamSocket): void {
  const pass = (write: () => void): void => {
    write()
    if (to.backlogBytes < WINDOW_BYTES) return
    from.pause()
    to.onTaken = () => {
      if (to.backlogBytes < WINDOW_BYTES) from.resume()
    }
  }
  from.endsWithPeer = false
  from.onFrame = (frame) => pass(() => to.write(frame))
  from.onData = (data) => pass(() => to.write(data))
  from.onEnd = () => to.end()
  from.onError = () => {
    to.onError = undefined
    to.destroy()
  }
}

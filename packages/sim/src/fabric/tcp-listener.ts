// A listening TCP socket. Every connection is accepted at once: the backlog never fills, because no program here is too busy
// to accept. What a program that does not answer looks like is a handler that does nothing.

import type { Listener, TcpSocket } from './network.ts'
import type { NetStack } from './net-stack.ts'
import { PortTable } from './port-table.ts'
import type { OwnedSocket, SocketOwner } from './tcp-endpoint.ts'

export class TcpListener implements Listener, OwnedSocket {
  readonly stack: NetStack
  readonly owner: SocketOwner
  readonly port: number
  /** As it was bound; bound to nothing in particular it takes all families there are: `::`, or `0.0.0.0` without IPv6. */
  readonly address: string
  readonly onConnection: (socket: TcpSocket) => void
  previousOwned: OwnedSocket | undefined = undefined
  nextOwned: OwnedSocket | undefined = undefined
  #closed = false

  /** @throws SocketError EADDRINUSE, EADDRNOTAVAIL */
  constructor(
    stack: NetStack,
    owner: SocketOwner,
    port: number,
    onConnection: (socket: TcpSocket) => void,
    address: string | undefined,
  ) {
    this.stack = stack
    this.owner = owner
    this.port = port
    this.address = stack.bindAddress(address) ?? stack.anyAddress
    this.onConnection = onConnection
    PortTable.bind(stack.ports.tcp, port, this)
    owner.add(this)
  }

  /** Connections that stand are not touched. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    PortTable.release(this.stack.ports.tcp, this.port, this)
    this.owner.delete(this)
  }

  abandon(): void {
    this.close()
  }
}

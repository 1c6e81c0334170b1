// A listening TCP or SCTP socket. Every connection is accepted at once: the backlog never fills, because no program here is too busy
// to accept. What a program that does not answer looks like is a handler that does nothing.

import type { Listener } from './network.ts'
import type { NetStack } from './net-stack.ts'
import { PortTable } from './port-table.ts'
import type { OwnedSocket, SocketOwner } from './socket-owner.ts'

type Listeners<Socket> = Map<number, StreamListener<Socket>[]>

export class StreamListener<Socket> implements Listener, OwnedSocket {
  readonly owner: SocketOwner
  readonly port: number
  /** As it was bound; bound to nothing in particular it takes all families there are: `::`, or `0.0.0.0` without IPv6. */
  readonly address: string
  readonly onConnection: (socket: Socket) => void
  previousOwned: OwnedSocket | undefined = undefined
  nextOwned: OwnedSocket | undefined = undefined
  readonly #table: Listeners<Socket>
  #closed = false

  /**
   * @param table of its protocol
   * @throws SocketError EADDRINUSE, EADDRNOTAVAIL
   */
  constructor(
    stack: NetStack,
    owner: SocketOwner,
    table: Listeners<Socket>,
    port: number,
    onConnection: (socket: Socket) => void,
    address: string | undefined,
  ) {
    this.#table = table
    this.owner = owner
    this.port = port
    this.address = stack.bindAddress(address) ?? stack.anyAddress
    this.onConnection = onConnection
    PortTable.bind(table, port, this)
    owner.add(this)
  }

  /** Connections that stand are not touched. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    PortTable.release(this.#table, this.port, this)
    this.owner.delete(this)
  }

  abandon(): void {
    this.close()
  }
}

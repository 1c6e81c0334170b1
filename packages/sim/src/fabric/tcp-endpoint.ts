// One end of a TCP connection: what a program holds as its socket. Closing is half-close, end by end; a reset or a vanished
// peer is an error. Departures: a writer never blocks (it is told what the peer has not taken), and TIME_WAIT is not kept.

import type { Microseconds, ScheduledTask } from '@podwire/engine'
import { changedFlow, type Flow, type FlowTuple } from './flow.ts'
import {
  type ConnectingSocket,
  type SocketAddress,
  SocketError,
  type SocketErrorCode,
  type TcpConnection,
  type WireFrame,
} from './network.ts'
import type { NetStack } from './net-stack.ts'
import { Inbox } from './inbox.ts'
import type { Pipe } from './pipe.ts'
import type { OwnedSocket, SocketOwner } from './socket-owner.ts'
import { FIN, RST, type Segment, TCP } from './transport.ts'

export class TcpEndpoint extends Inbox implements ConnectingSocket, OwnedSocket {
  readonly stack: NetStack
  previousOwned: OwnedSocket | undefined = undefined
  nextOwned: OwnedSocket | undefined = undefined
  flow: Flow
  outgoing: Pipe<TcpEndpoint> | undefined = undefined
  endsWithPeer = false
  readonly #owner: SocketOwner
  /** A client: it claimed an ephemeral port, and is connected only when the SYN-ACK is back. */
  readonly #isClient: boolean
  /** The peer's kernel accepted. */
  #established: boolean
  #connectedAtUs = 0
  #finSent = false
  #closed = false
  #onConnect: (() => void) | undefined
  onTaken: (() => void) | undefined = undefined
  #windowTask: ScheduledTask | undefined
  /** Of an attempt that will fail by itself: a program that gives up before leaves nothing to wait for. */
  #failTask: ScheduledTask | undefined

  /** @param flow of its SYN: its addresses are those it was sent with, or those it arrived with */
  constructor(stack: NetStack, owner: SocketOwner, flow: Flow, isClient: boolean) {
    super(TCP, stack.core, owner)
    this.stack = stack
    this.#owner = owner
    this.flow = flow
    this.#isClient = isClient
    this.#established = !isClient
    owner.add(this)
  }

  get local(): SocketAddress {
    const tuple = this.#tuple
    return this.#isClient
      ? { address: tuple.source, port: tuple.sourcePort }
      : { address: tuple.destination, port: tuple.destinationPort }
  }

  get remote(): SocketAddress {
    const tuple = this.#tuple
    return this.#isClient
      ? { address: tuple.destination, port: tuple.destinationPort }
      : { address: tuple.source, port: tuple.sourcePort }
  }

  /** The connection as this end sees it. */
  get #tuple(): FlowTuple {
    const { original, delivered } = this.flow
    return this.#isClient ? original : (delivered ?? original)
  }

  get connected(): boolean {
    return this.#established && this.#connectedAtUs <= this.stack.core.engine.clock.now()
  }

  get closed(): boolean {
    return this.#closed
  }

  get state(): TcpConnection['state'] {
    if (!this.connected) return 'SYN_SENT'
    if (this.#finSent) return 'FIN_WAIT2'
    return this.peerEnded ? 'CLOSE_WAIT' : 'ESTABLISHED'
  }

  get onConnect(): (() => void) | undefined {
    return this.#onConnect
  }

  set onConnect(handler: (() => void) | undefined) {
    const watched = this.#onConnect !== undefined
    this.#onConnect = handler
    if (!watched && handler !== undefined && this.#established && !this.connected) this.#watchConnect()
  }

  get backlogBytes(): number {
    const { outgoing } = this
    return outgoing === undefined || this.#closed ? 0 : outgoing.bytesUnderWay + (outgoing.to?.unreadBytes ?? 0)
  }

  /** The peer's writer hears of it, a way later. */
  protected override taken(): void {
    const peer = this.outgoing?.to
    if (peer?.onTaken !== undefined) peer.#tellTaken()
  }

  #tellTaken(): void {
    if (this.#windowTask?.pending === true) return
    const { core } = this.stack
    this.#windowTask = core.engine.schedule(this.flow.latencyUs, 'tcp window', () => {
      if (!this.#closed) core.tell(this.#owner, this.onTaken, undefined, undefined)
    })
  }

  /** The SYN was accepted; the SYN-ACK is back at `connectedAtUs`. */
  accepted(connectedAtUs: number): void {
    this.#established = true
    this.#connectedAtUs = connectedAtUs
    if (this.#onConnect !== undefined) this.#watchConnect()
  }

  write(data: Uint8Array | WireFrame): void {
    // What happened to the connection was told through onError; a program that writes on is not told twice.
    if (this.#closed) return
    if (this.#finSent) throw new SocketError('EPIPE', this.flow)
    this.outgoing?.send(data, this)
  }

  end(): void {
    if (this.#finSent || this.#closed) return
    this.#finSent = true
    const { outgoing } = this
    const peer = outgoing?.to
    if (outgoing?.idle === true && peer?.endUnseen === true) {
      outgoing.sendUnseen(FIN)
      peer.receive(FIN)
    } else {
      outgoing?.send(FIN, this)
    }
    if (this.peerEnded) this.#close()
  }

  destroy(): void {
    if (this.#closed) return
    this.#reset()
    this.deliverFailure(new SocketError('ECONNRESET', this.flow))
  }

  /** The process exits: FIN, or RST when data was left unread. */
  abandon(): void {
    if (this.#closed) return
    if (this.hasUnread || !this.#established) this.#reset()
    else {
      this.end()
      this.#close()
    }
    // Nobody is left to retransmit for.
    this.outgoing?.abandon()
    this.silence()
  }

  /** Its program carries it on by another connection: both ends' flows say so. */
  carriedOn(onward: Flow): void {
    const peer = this.outgoing?.to
    this.flow = changedFlow(this.flow, { onward })
    if (peer !== undefined) peer.flow = this.flow
  }

  /** A segment arrives. */
  receive(segment: Segment): void {
    if (this.#closed) {
      // Unknown here by now: data is answered with RST, a FIN or an RST with nothing.
      if (segment !== FIN && segment !== RST) this.#reset()
    } else if (segment === RST) {
      this.fail(new SocketError('ECONNRESET', this.flow))
    } else if (segment === FIN) {
      if (this.#finSent) this.#close()
      this.deliverEnd()
      if (this.endsWithPeer && this.onEnd === undefined) this.end()
    } else if (typeof segment !== 'symbol') {
      this.deliver(segment)
    }
  }

  /** The attempt fails after a while, if it is still under way then. */
  failLater(delayUs: Microseconds, code: SocketErrorCode): void {
    this.#failTask = this.stack.core.engine.schedule(delayUs, 'tcp connect', () =>
      this.fail(new SocketError(code, this.flow)),
    )
  }

  /** Refused, timed out or reset. */
  fail(error: SocketError): void {
    if (this.#closed) return
    this.#close()
    this.outgoing?.clear()
    this.deliverFailure(error)
  }

  /** Nobody at this end could tell when the peer's FIN comes: it needs no event. */
  get endUnseen(): boolean {
    if (this.#closed || !this.endUnwatched) return false
    return this.#finSent || (this.endsWithPeer && this.outgoing?.idle === true && !this.hasUnread)
  }

  #reset(): void {
    this.#close()
    // A reset is sent once; neither it nor what got lost before is retransmitted.
    this.outgoing?.abandon()
    this.outgoing?.send(RST, this)
    this.outgoing?.abandon()
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    this.stack.core.engine.cancel(this.#failTask)
    this.#owner.delete(this)
    if (this.#isClient) this.stack.ports.unclaim(this.flow.original.sourcePort)
  }

  #watchConnect(): void {
    const { engine } = this.stack.core
    engine.schedule(this.#connectedAtUs - engine.clock.now(), 'tcp connect', () => {
      if (!this.#closed) this.stack.core.tell(this.#owner, this.#onConnect, undefined, undefined)
    })
  }
}

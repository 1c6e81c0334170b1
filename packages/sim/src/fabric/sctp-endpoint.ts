// One end of an SCTP association: what a program holds as its socket. Whole messages, in order, on one stream; either end's SHUTDOWN
// ends it for both. Source: RFC 9260 sections 8.3, 8.4 and 9; Linux net/sctp/sm_statefuns.c. Departures: one address an end (no
// multihoming), one stream, no fragments, and a sender never blocks.

import { SCTP_HEARTBEAT, SCTP_HEARTBEAT_ACK } from '@podwire/proxy'
import { SECOND, type Microseconds, type ScheduledTask } from '@podwire/engine'
import type { Flow } from './flow.ts'
import { Inbox } from './inbox.ts'
import type { Link } from './link.ts'
import { type ConnectingSctpSocket, type SctpAssociation, type SocketAddress, SocketError } from './network.ts'
import type { NetStack } from './net-stack.ts'
import type { Pipe } from './pipe.ts'
import type { OwnedSocket, SocketOwner } from './socket-owner.ts'
import { ABORT, SCTP, SHUTDOWN, SHUTDOWN_ACK, SHUTDOWN_COMPLETE, type Segment } from './transport.ts'

/** hb_interval: a path at rest is asked this much later than its retransmission timeout. */
const HEARTBEAT_INTERVAL_US: Microseconds = 30 * SECOND

export class SctpEndpoint extends Inbox implements ConnectingSctpSocket, OwnedSocket {
  readonly stack: NetStack
  readonly local: SocketAddress
  readonly remote: SocketAddress
  previousOwned: OwnedSocket | undefined = undefined
  nextOwned: OwnedSocket | undefined = undefined
  flow: Flow
  onConnect: (() => void) | undefined = undefined
  /** Its attempt to connect has nothing to wait for any more. */
  whenClosed: (() => void) | undefined = undefined
  readonly #owner: SocketOwner
  /** A client: it claimed an ephemeral port. */
  readonly #isClient: boolean
  #connected = false
  #shutdownSent = false
  #closed = false
  /** Its process is gone: the kernel ends it by itself. */
  #orphaned = false
  #link: Link | undefined
  #outgoing: Pipe<SctpEndpoint> | undefined
  /** Sent before there was a way. */
  #early: Segment[] | undefined
  #heartbeat: ScheduledTask | undefined
  /** Heartbeats in a row. */
  #unanswered = 0

  constructor(
    stack: NetStack,
    owner: SocketOwner,
    local: SocketAddress,
    remote: SocketAddress,
    flow: Flow,
    isClient: boolean,
  ) {
    super(SCTP, stack.core, owner)
    this.stack = stack
    this.#owner = owner
    this.local = local
    this.remote = remote
    this.flow = flow
    this.#isClient = isClient
    owner.add(this)
  }

  get connected(): boolean {
    return this.#connected
  }

  get closed(): boolean {
    return this.#closed
  }

  get state(): SctpAssociation['state'] {
    if (!this.#connected) return 'COOKIE_WAIT'
    if (this.peerEnded) return 'SHUTDOWN_ACK_SENT'
    return this.#shutdownSent ? 'SHUTDOWN_SENT' : 'ESTABLISHED'
  }

  get onMessage(): ((message: Uint8Array) => void) | undefined {
    return this.onData
  }

  set onMessage(handler: ((message: Uint8Array) => void) | undefined) {
    this.onData = handler
  }

  /** There is a way to the peer: what was sent meanwhile goes out with the COOKIE-ECHO. */
  reached(link: Link, outgoing: Pipe<SctpEndpoint>): void {
    this.#link = link
    this.#outgoing = outgoing
    const early = this.#early ?? []
    this.#early = undefined
    for (const segment of early) outgoing.send(segment, this)
  }

  /** The COOKIE-ECHO is here, or the COOKIE-ACK. */
  established(): void {
    if (this.#closed) return
    this.#connected = true
    this.#beatLater()
    this.stack.core.tell(this.#owner, this.onConnect, undefined, undefined)
  }

  send(message: Uint8Array): void {
    // What happened to the association was told through onError; a program that goes on is not told twice.
    if (this.#closed && !this.peerEnded) return
    if (this.#shutdownSent || this.peerEnded) throw new SocketError('EPIPE', this.flow)
    this.#transmit(message)
  }

  end(): void {
    if (this.#closed || this.#shutdownSent || this.peerEnded) return
    this.#shutdownSent = true
    this.#transmit(SHUTDOWN)
  }

  destroy(): void {
    if (this.#closed) return
    this.#abort()
    this.deliverFailure(new SocketError('ECONNRESET', this.flow))
  }

  /** The process exits: SHUTDOWN, or ABORT when something was left unread. */
  abandon(): void {
    this.#owner.delete(this)
    this.#orphaned = true
    if (this.hasUnread || !this.#connected) this.#abort()
    else this.end()
    // Nobody is left to send again for.
    this.#outgoing?.abandon()
    this.silence()
  }

  /** A packet arrives. */
  receive(segment: Segment): void {
    if (this.#closed) {
      // Unknown here by now (8.4): an ABORT is the answer, except to what ends an association anyway.
      if (typeof segment !== 'symbol' || segment === SHUTDOWN) this.#outgoing?.send(ABORT, this)
      return
    }
    if (typeof segment !== 'symbol') {
      if (!this.#orphaned) this.deliver(segment)
    } else if (segment === SHUTDOWN) {
      this.#transmit(SHUTDOWN_ACK)
      this.deliverEnd()
    } else if (segment === SHUTDOWN_ACK) {
      this.#transmit(SHUTDOWN_COMPLETE)
      this.#close()
      this.deliverEnd()
    } else if (segment === SHUTDOWN_COMPLETE) {
      this.#close()
    } else {
      this.fail(new SocketError('ECONNRESET', this.flow))
    }
  }

  /** Refused, timed out or aborted. */
  fail(error: SocketError): void {
    if (this.#closed) return
    this.#close()
    this.#outgoing?.clear()
    // Who has been told of the end waits for nothing more.
    if (!this.peerEnded) this.deliverFailure(error)
  }

  #transmit(segment: Segment): void {
    if (this.#outgoing !== undefined) this.#outgoing.send(segment, this)
    else if (this.#early === undefined) this.#early = [segment]
    else this.#early.push(segment)
  }

  #abort(): void {
    if (this.#closed) return
    this.#close()
    // An ABORT is sent once; neither it nor what got lost before is sent again.
    this.#outgoing?.abandon()
    this.#outgoing?.send(ABORT, this)
    this.#outgoing?.abandon()
  }

  #close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#early = undefined
    const { core, ports } = this.stack
    core.engine.cancel(this.#heartbeat)
    this.whenClosed?.()
    if (!this.#orphaned) this.#owner.delete(this)
    if (this.#isClient) ports.unclaim(this.local.port)
  }

  /** Conntracks on the way know an association at rest by its heartbeats, and it learns by them that its peer is gone. */
  #beatLater(): void {
    const { firstUs, maxUs } = SCTP.retransmission
    const delayUs = HEARTBEAT_INTERVAL_US + Math.min(firstUs * 2 ** this.#unanswered, maxUs)
    this.#heartbeat = this.stack.core.engine.schedule(delayUs, 'sctp heartbeat', () => this.#beat(), 'background')
  }

  #beat(): void {
    const link = this.#link
    if (link === undefined) return
    // The namespace is gone, and its kernel's sockets with it.
    if (!this.stack.attached) return this.#close()
    if (link.exchange(this.#isClient, SCTP_HEARTBEAT, SCTP_HEARTBEAT_ACK)) {
      // To a peer that has forgotten the association it comes out of the blue: ABORT.
      if (this.#outgoing?.to?.closed === true) return this.fail(new SocketError('ECONNRESET', this.flow))
      this.#unanswered = 0
    } else if (link.wasReset) return this.fail(new SocketError('ECONNRESET', this.flow))
    else if (this.#unanswered++ >= SCTP.retransmission.retries) {
      return this.fail(new SocketError('ETIMEDOUT', this.flow))
    }
    this.#beatLater()
  }
}

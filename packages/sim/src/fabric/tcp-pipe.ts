// One direction of a TCP connection: what is under way to an endpoint, in order. Everything that arrives at one moment is one
// queue event. Segments that get lost wait here, as a sender's retransmission queue would, until the way works again or the
// kernel gives up.

import { TCP_ACK, TCP_FIN, TCP_RST } from '@podwire/proxy'
import type { ScheduledTask } from '@podwire/engine'
import type { Stalled } from './core.ts'
import { RETRANSMISSION_TIMEOUT_US } from './latency.ts'
import { SocketError, type WireFrame } from './network.ts'
import type { TcpEndpoint } from './tcp-endpoint.ts'
import { windowBytes } from './tcp-inbox.ts'
import type { TcpLink } from './tcp-link.ts'

export const FIN = Symbol('FIN')
export const RST = Symbol('RST')
export type Segment = Uint8Array | WireFrame | typeof FIN | typeof RST

// Ethernet, IP and TCP headers; the size of a frame's body is not known without making its bytes.
const HEADER_BYTES = 66

interface UnderWay {
  readonly segment: Segment
  readonly arrivesAtUs: number
  next: UnderWay | undefined
}

export class TcpPipe implements Stalled {
  /** Where it leads; the server's end is known when the SYN has arrived. */
  to: TcpEndpoint | undefined
  readonly #link: TcpLink
  readonly #fromClient: boolean
  #first: UnderWay | undefined
  #last: UnderWay | undefined
  #task: ScheduledTask | undefined
  #lost: Segment[] | undefined
  #giveUp: ScheduledTask | undefined

  constructor(link: TcpLink, fromClient: boolean) {
    this.#link = link
    this.#fromClient = fromClient
  }

  /** True while nothing is on its way, and nothing can happen to what is sent. */
  get idle(): boolean {
    return !this.#link.core.impairments.active && this.#first === undefined && this.#lost === undefined
  }

  /** Sent, and not arrived. */
  get bytesUnderWay(): number {
    let bytes = 0
    for (let entry = this.#first; entry !== undefined; entry = entry.next) bytes += sizeOf(entry.segment)
    for (const segment of this.#lost ?? []) bytes += sizeOf(segment)
    return bytes
  }

  send(segment: Segment, sender: TcpEndpoint): void {
    if (this.#lost !== undefined) {
      this.#lost.push(segment)
      return
    }
    if (!this.#link.pass(this.#fromClient, flagsOf(segment), bytesOf(segment))) {
      if (this.#link.wasReset) this.#refuse(segment, sender)
      else this.#stall(segment, sender)
      return
    }
    const lateUs = this.#link.lateUs(this.#fromClient)
    if (lateUs === undefined) this.#stall(segment, sender)
    else this.#enqueue(segment, lateUs)
  }

  /** Counts a segment that nobody can see arrive, without an event for it. */
  sendUnseen(segment: Segment): void {
    this.#link.pass(this.#fromClient, flagsOf(segment), HEADER_BYTES)
  }

  retry(): void {
    const lost = this.#lost
    if (lost === undefined) return
    const first = lost[0]
    if (first !== undefined && !this.#link.pass(this.#fromClient, flagsOf(first), bytesOf(first))) return
    this.#endStall()
    for (const segment of lost) this.#enqueue(segment)
  }

  /** The sender is gone for good: nothing of this is retransmitted. */
  abandon(): void {
    this.#endStall()
  }

  /** Forgets everything under way. */
  clear(): void {
    this.#endStall()
    this.#link.core.engine.cancel(this.#task)
    this.#task = undefined
    this.#first = this.#last = undefined
  }

  /** Nothing overtakes what was sent before it. */
  #enqueue(segment: Segment, lateUs = 0): void {
    const { core, connectedAtUs, latencyUs } = this.#link
    const now = core.engine.clock.now()
    const sentAt = this.#fromClient && connectedAtUs > now ? connectedAtUs : now
    const entry: UnderWay = {
      segment,
      arrivesAtUs: Math.max(sentAt + latencyUs + lateUs, this.#last?.arrivesAtUs ?? 0),
      next: undefined,
    }
    if (this.#last === undefined) this.#first = entry
    else this.#last.next = entry
    this.#last = entry
    if (this.#task === undefined) this.#schedule(entry.arrivesAtUs - now)
  }

  #schedule(delayUs: number): void {
    this.#task = this.#link.core.engine.schedule(delayUs, 'tcp', () => this.#arrive())
  }

  #arrive(): void {
    this.#task = undefined
    const now = this.#link.core.engine.clock.now()
    for (let entry = this.#first; entry !== undefined; entry = this.#first) {
      if (entry.arrivesAtUs > now) {
        if (this.#task === undefined) this.#schedule(entry.arrivesAtUs - now)
        return
      }
      this.#first = entry.next
      if (entry.next === undefined) this.#last = undefined
      this.to?.receive(entry.segment)
    }
  }

  /** The reset is back after a round trip at most; nobody resets a reset. */
  #refuse(segment: Segment, sender: TcpEndpoint): void {
    if (segment === RST) return
    const { core, latencyUs, flow } = this.#link
    core.engine.schedule(latencyUs, 'tcp reset', () => sender.fail(new SocketError('ECONNRESET', flow)))
  }

  #stall(segment: Segment, sender: TcpEndpoint): void {
    const { core } = this.#link
    this.#lost = [segment]
    core.stalled.add(this)
    this.#giveUp = core.engine.schedule(
      RETRANSMISSION_TIMEOUT_US,
      'tcp retransmission',
      () => {
        this.#endStall()
        sender.fail(new SocketError('ETIMEDOUT', this.#link.flow))
      },
      'background',
    )
  }

  #endStall(): void {
    if (this.#lost === undefined) return
    const { core } = this.#link
    this.#lost = undefined
    core.stalled.delete(this)
    core.engine.cancel(this.#giveUp)
    this.#giveUp = undefined
  }
}

function sizeOf(segment: Segment): number {
  return typeof segment === 'symbol' ? 0 : windowBytes(segment)
}

function flagsOf(segment: Segment): number {
  if (segment === FIN) return TCP_FIN | TCP_ACK
  return segment === RST ? TCP_RST : TCP_ACK
}

function bytesOf(segment: Segment): number {
  return segment instanceof Uint8Array ? HEADER_BYTES + segment.length : HEADER_BYTES
}

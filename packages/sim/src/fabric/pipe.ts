// One direction of a TCP connection or SCTP association: what is under way to an endpoint, in order. Everything that arrives at one moment is one
// queue event. Segments that get lost wait here, as a sender's retransmission queue would, until the way works again or the
// kernel gives up.

import type { Due, ScheduledTask } from '@podwire/engine'
import type { Stalled } from './core.ts'
import { windowBytes } from './inbox.ts'
import type { Link } from './link.ts'
import { SocketError } from './network.ts'
import { ABORT, retransmittedAfterUs, RST, type Segment } from './transport.ts'

/** What a pipe leads to, and what sends into it. */
export interface PipeEnd {
  receive(segment: Segment): void
  fail(error: SocketError): void
}

interface UnderWay {
  readonly segment: Segment
  readonly arrivesAtUs: number
  next: UnderWay | undefined
}

export class Pipe<End extends PipeEnd> implements Stalled, Due {
  /** Where it leads; the server's end is known when the connection is accepted. */
  to: End | undefined
  readonly #link: Link
  readonly #fromClient: boolean
  #first: UnderWay | undefined
  #last: UnderWay | undefined
  #task: ScheduledTask | undefined
  #lost: Segment[] | undefined
  #giveUp: ScheduledTask | undefined

  constructor(link: Link, fromClient: boolean) {
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

  send(segment: Segment, sender: End): void {
    if (this.#lost !== undefined) {
      this.#lost.push(segment)
      return
    }
    if (!this.#link.pass(this.#fromClient, this.#controlOf(segment), this.#bytesOf(segment))) {
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
    this.#link.pass(this.#fromClient, this.#controlOf(segment), this.#link.transport.headerBytes)
  }

  retry(): void {
    const lost = this.#lost
    if (lost === undefined) return
    const first = lost[0]
    if (first !== undefined && !this.#link.pass(this.#fromClient, this.#controlOf(first), this.#bytesOf(first))) return
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
    this.#task = this.#link.core.engine.scheduleDue(delayUs, this.#link.transport.protocol, this)
  }

  /** The first of what is under way arrives. */
  due(): void {
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
  #refuse(segment: Segment, sender: End): void {
    if (segment === RST || segment === ABORT) return
    const { core, latencyUs, flow, transport } = this.#link
    core.engine.schedule(latencyUs, transport.resetTitle, () => sender.fail(new SocketError('ECONNRESET', flow)))
  }

  #stall(segment: Segment, sender: End): void {
    const { core, transport } = this.#link
    const { retransmission, retransmissionTitle } = transport
    this.#lost = [segment]
    core.stalled.add(this)
    this.#giveUp = core.engine.schedule(
      // The last one, too, is waited for.
      retransmittedAfterUs(retransmission, retransmission.retries + 1),
      retransmissionTitle,
      () => {
        this.#endStall()
        sender.fail(new SocketError('ETIMEDOUT', this.#link.flow))
      },
      'background',
    )
  }

  #controlOf(segment: Segment): number {
    return this.#link.transport.controlOf(segment)
  }

  #bytesOf(segment: Segment): number {
    const { headerBytes } = this.#link.transport
    return segment instanceof Uint8Array ? headerBytes + segment.length : headerBytes
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

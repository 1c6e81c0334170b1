// UDP: every datagram is walked by itself, so it meets the rules and the conntrack entries of its own moment. Answers are
// datagrams like any other; conntrack on the way gives them the address the client knows. An ICMP error comes back to the
// sender's onError; what the kernel refuses at once (EPERM, no route) comes the same way, a moment later.

import { canonicalAddress, isUnspecified } from './address.ts'
import { flowOf, unsentFlow } from './core.ts'
import type { Flow, FlowOutcome, FlowTuple } from './flow.ts'
import { loopbackOf } from './host.ts'
import { type SocketAddress, SocketError, type SocketErrorCode, type UdpSocket } from './network.ts'
import type { NetStack } from './net-stack.ts'
import { type Bound, PortTable } from './port-table.ts'
import type { Walk } from './walk.ts'
import type { OwnedSocket, SocketOwner } from './socket-owner.ts'

// Ethernet, IP and UDP headers.
const HEADER_BYTES = 42

export class UdpBinding implements UdpSocket, Bound, OwnedSocket {
  readonly local: SocketAddress
  /** Undefined: any. */
  readonly address: string | undefined
  readonly stack: NetStack
  onMessage: ((data: Uint8Array, from: SocketAddress) => void) | undefined = undefined
  onError: ((error: SocketError, to: SocketAddress) => void) | undefined = undefined
  readonly #owner: SocketOwner
  previousOwned: OwnedSocket | undefined = undefined
  nextOwned: OwnedSocket | undefined = undefined
  #closed = false

  /** @throws SocketError EADDRINUSE, EADDRNOTAVAIL */
  constructor(stack: NetStack, owner: SocketOwner, port: number, address: string | undefined) {
    this.stack = stack
    this.#owner = owner
    this.address = stack.bindAddress(address)
    this.local = { address: this.address ?? stack.anyAddress, port: port === 0 ? stack.ports.ephemeralUdp() : port }
    stack.ports.bindUdp(this.local.port, this)
    owner.add(this)
  }

  send(data: Uint8Array, to: SocketAddress): Flow {
    const { core } = this.stack
    let destination = canonicalAddress(to.address)
    if (isUnspecified(destination)) destination = loopbackOf(destination)
    const bound = this.address === undefined || isUnspecified(this.address) ? undefined : this.address
    const source = bound ?? this.stack.sourceFor(destination)
    const original: FlowTuple = {
      protocol: 'udp',
      source: source ?? '',
      sourcePort: this.local.port,
      destination,
      destinationPort: to.port,
    }
    if (this.#closed || source === undefined) return this.#unsent(original, to)
    const walk = core.walk(this.stack, {
      protocol: 'udp',
      source,
      sourcePort: this.local.port,
      destination,
      destinationPort: to.port,
      bytes: HEADER_BYTES + data.length,
    })
    this.#meetFaults(walk)
    const { receiver, packet } = walk
    let outcome: FlowOutcome = walk.outcome
    if (receiver === undefined) {
      if (walk.error !== undefined) this.#errorLater(walk.error, walk.errorDelayUs, to, () => flow)
    } else {
      const target = PortTable.find(receiver.ports.udp, packet.destination, packet.destinationPort)
      if (target === undefined) {
        outcome = 'closed'
        this.#errorLater('ECONNREFUSED', 2 * walk.latencyUs, to, () => flow)
      } else {
        target.#arriveLater(walk.latencyUs, data, { address: packet.source, port: packet.sourcePort })
      }
      if (walk.record !== undefined) {
        const refused = target === undefined ? 'nobody listens on ' : ''
        walk.record.add(receiver.name, 'listener', `${refused}udp ${packet.destination}:${packet.destinationPort}`)
      }
    }
    const flow = flowOf(walk, original, outcome)
    core.publish(flow)
    return flow
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.stack.ports.releaseUdp(this.local.port, this)
    this.#owner.delete(this)
  }

  abandon(): void {
    this.close()
    this.onMessage = undefined
    this.onError = undefined
  }

  /** One datagram is sent once: what is lost is lost. */
  #meetFaults(walk: Walk): void {
    const way = walk.impairedWay
    if (way === undefined) return
    const { impairments } = this.stack.core
    const lost = impairments.loses(way)
    if (lost === undefined) walk.latencyUs += impairments.delayUs(way)
    else walk.stop(lost)
  }

  #unsent(original: FlowTuple, to: SocketAddress): Flow {
    const flow = unsentFlow(original)
    if (this.#closed) return flow
    this.stack.core.publish(flow)
    this.#errorLater('ENETUNREACH', 0, to, () => flow)
    return flow
  }

  #arriveLater(latencyUs: number, data: Uint8Array, from: SocketAddress): void {
    const { core } = this.stack
    core.engine.schedule(latencyUs, 'udp', () => {
      if (!this.#closed) core.tell(this.#owner, this.onMessage, data, from)
    })
  }

  #errorLater(code: SocketErrorCode, delayUs: number, to: SocketAddress, flow: () => Flow): void {
    // Nobody could see it: no event.
    if (this.onError === undefined) return
    const { core } = this.stack
    core.engine.schedule(delayUs, 'udp error', () => {
      if (!this.#closed) core.tell(this.#owner, this.onError, new SocketError(code, flow()), to)
    })
  }
}

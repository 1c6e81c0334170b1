// What the two ends of one TCP connection or SCTP association share: the way its packets take, fixed when the first of them was
// walked (an established connection keeps its NAT mapping, whatever the rules say later), and whether that way still works.

import type { Direction } from '@podwire/proxy'
import type { FabricCore } from './core.ts'
import type { Flow } from './flow.ts'
import { reversed, type Way, wayOf } from './impairments.ts'
import type { NetStack } from './net-stack.ts'
import type { Transport } from './transport.ts'
import type { PathHop } from './walk.ts'

export class Link {
  readonly transport: Transport
  readonly core: FabricCore
  readonly client: NetStack
  readonly server: NetStack
  readonly lastHop: PathHop | undefined
  readonly latencyUs: number
  /** When the client has the SYN-ACK, or the INIT-ACK: it sends nothing earlier. */
  readonly connectedAtUs: number
  flow: Flow
  #checkedGeneration: number
  #wayWorks = true

  constructor(
    transport: Transport,
    core: FabricCore,
    client: NetStack,
    server: NetStack,
    lastHop: PathHop | undefined,
    flow: Flow,
    connectedAtUs: number,
  ) {
    this.transport = transport
    this.core = core
    this.client = client
    this.server = server
    this.lastHop = lastHop
    this.flow = flow
    this.latencyUs = flow.latencyUs
    this.connectedAtUs = connectedAtUs
    this.#checkedGeneration = core.wire.generation
  }

  /** Tells the conntracks on the way that the handshake was completed. */
  established(): void {
    const { handshake } = this.transport
    for (let hop = this.lastHop; hop !== undefined; hop = hop.previous) {
      const { host, connection, direction } = hop
      if (connection === undefined) continue
      for (let i = 0; i < handshake.length; i++) {
        const step = handshake[i]
        if (step === undefined) break
        host.hooks.passKnown(connection, step.from === 'original' ? direction : opposite(direction), step.control)
      }
    }
  }

  /** The last segment that got lost was answered with a reset: a host on the way no longer knows the connection. */
  wasReset = false

  /** How much later than usual one more segment arrives; undefined: it never does. */
  lateUs(fromClient: boolean): number | undefined {
    const { impairments } = this.core
    return impairments.active ? impairments.segmentLateUs(this.#way(fromClient), this.transport.retransmission) : 0
  }

  #way(fromClient: boolean): Way {
    const way = wayOf(this.client, this.lastHop, this.server)
    return fromClient ? way : reversed(way)
  }

  /** Sends one segment along. @returns false when it gets lost on the way */
  pass(fromClient: boolean, control: number, bytes: number): boolean {
    if (!this.#works()) return false
    const { impairments } = this.core
    if (impairments.active && impairments.stops(this.#way(fromClient)) !== undefined) return false
    for (let hop = this.lastHop; hop !== undefined; hop = hop.previous) {
      const { host, connection, direction } = hop
      if (connection === undefined) continue
      if (host.hooks.passKnown(connection, fromClient ? direction : opposite(direction), control, bytes)) continue
      this.wasReset = host.hooks.resets?.(connection) === true
      return false
    }
    return true
  }

  /** Sends a packet and its answer, neither of which is sent again. @returns false when one of them gets lost */
  exchange(fromClient: boolean, control: number, answer: number): boolean {
    return this.#once(fromClient, control) && this.#once(!fromClient, answer)
  }

  #once(fromClient: boolean, control: number): boolean {
    const { impairments } = this.core
    const lost = impairments.active && impairments.loses(this.#way(fromClient)) !== undefined
    if (!lost && this.pass(fromClient, control, this.transport.headerBytes)) return true
    this.#passHome(fromClient, control)
    return false
  }

  /** The sender's own host sees what gets lost further on. */
  #passHome(fromClient: boolean, control: number): void {
    const home = (fromClient ? this.client : this.server).host
    if (!home.up) return
    for (let hop = this.lastHop; hop !== undefined; hop = hop.previous) {
      const { host, connection, direction } = hop
      if (host !== home || connection === undefined) continue
      host.hooks.passKnown(connection, fromClient ? direction : opposite(direction), control)
    }
  }

  #works(): boolean {
    const { generation } = this.core.wire
    if (generation !== this.#checkedGeneration) {
      this.#checkedGeneration = generation
      this.#wayWorks = this.client.attached && this.server.attached && this.#hostsUp()
    }
    return this.#wayWorks
  }

  #hostsUp(): boolean {
    for (let hop = this.lastHop; hop !== undefined; hop = hop.previous) if (!hop.host.up) return false
    return this.client.host.up && this.server.host.up
  }
}

function opposite(direction: Direction): Direction {
  return direction === 'original' ? 'reply' : 'original'
}

// What the two ends of one TCP connection share: the way its packets take, fixed when the SYN was walked (an established
// connection keeps its NAT mapping, whatever the rules say later), and whether that way still works.

import { TCP_ACK, TCP_SYN, type Direction } from '@podwire/proxy'
import type { FabricCore } from './core.ts'
import type { Flow } from './flow.ts'
import { reversed, type Way, wayOf } from './impairments.ts'
import type { NetStack } from './net-stack.ts'
import type { PathHop } from './walk.ts'

export class TcpLink {
  readonly core: FabricCore
  readonly client: NetStack
  readonly server: NetStack
  readonly lastHop: PathHop | undefined
  readonly latencyUs: number
  /** When the client has the SYN-ACK. */
  readonly connectedAtUs: number
  flow: Flow
  #checkedGeneration: number
  #wayWorks = true

  constructor(
    core: FabricCore,
    client: NetStack,
    server: NetStack,
    lastHop: PathHop | undefined,
    flow: Flow,
    connectedAtUs: number,
  ) {
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
    for (let hop = this.lastHop; hop !== undefined; hop = hop.previous) {
      const { host, connection, direction } = hop
      if (connection === undefined) continue
      host.hooks.passKnown(connection, opposite(direction), TCP_SYN | TCP_ACK)
      host.hooks.passKnown(connection, direction, TCP_ACK)
    }
  }

  /** The last segment that got lost was answered with a reset: a host on the way no longer knows the connection. */
  wasReset = false

  /** How much later than usual one more segment arrives; undefined: it never does. */
  lateUs(fromClient: boolean): number | undefined {
    const { impairments } = this.core
    return impairments.active ? impairments.segmentLateUs(this.#way(fromClient)) : 0
  }

  #way(fromClient: boolean): Way {
    const way = wayOf(this.client, this.lastHop, this.server)
    return fromClient ? way : reversed(way)
  }

  /** Sends one segment along. @returns false when it gets lost on the way */
  pass(fromClient: boolean, tcpFlags: number, bytes: number): boolean {
    if (!this.#works()) return false
    const { impairments } = this.core
    if (impairments.active && impairments.stops(this.#way(fromClient)) !== undefined) return false
    for (let hop = this.lastHop; hop !== undefined; hop = hop.previous) {
      const { host, connection, direction } = hop
      if (connection === undefined) continue
      if (host.hooks.passKnown(connection, fromClient ? direction : opposite(direction), tcpFlags, bytes)) continue
      this.wasReset = host.hooks.resets?.(connection) === true
      return false
    }
    return true
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

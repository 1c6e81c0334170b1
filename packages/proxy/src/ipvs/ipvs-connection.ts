// One entry of ipvs's connection table: a client's connection and the real server it goes to. The address translation itself is
// conntrack's (vs/conntrack=1); this is the state ipvs keeps beside it, with its own time-outs.
// Source: Linux net/netfilter/ipvs/ip_vs_conn.c.

import type { Microseconds } from '@podwire/engine'
import type { Connection } from '../conntrack/connection.ts'
import type { Direction } from '../dataplane/packet.ts'
import { NOWHERE } from './ipvs-connections.ts'
import { firstState, isActiveState, nextState, stateTimeout, type IpvsConnectionState } from './tcp-states.ts'
import type { RealServer, VirtualServer } from './virtual-server.ts'

export class IpvsConnection {
  readonly connection: Connection
  readonly virtual: VirtualServer
  readonly server: RealServer
  state: IpvsConnectionState
  expiresAtUs: Microseconds
  /** Where the list of all has it and, of the same server, its neighbours in the order of age. */
  place = NOWHERE
  previous = NOWHERE
  next = NOWHERE

  constructor(connection: Connection, virtual: VirtualServer, server: RealServer, nowUs: Microseconds) {
    this.connection = connection
    this.virtual = virtual
    this.server = server
    this.state = firstState(virtual.protocol)
    this.expiresAtUs = nowUs
  }

  get active(): boolean {
    return isActiveState(this.state)
  }

  /** An entry may have run out, and a connection been opened anew that leads elsewhere. */
  isLive(nowUs: Microseconds): boolean {
    return this.expiresAtUs > nowUs && this.connection.ipvs === this
  }

  /** One more packet of it. */
  see(direction: Direction, control: number, bytes: number, nowUs: Microseconds): void {
    const { virtual, server } = this
    this.state = nextState(virtual.protocol, this.state, direction, control)
    this.expiresAtUs = nowUs + stateTimeout(virtual.protocol, this.state, virtual.connections.timeouts)
    virtual.traffic.packet(direction, bytes, nowUs)
    server.traffic.packet(direction, bytes, nowUs)
  }
}

// One entry of ipvs's connection table: a client's connection and the real server it goes to. The address translation itself is
// conntrack's (vs/conntrack=1); this is the state ipvs keeps beside it, with its own time-outs.
// Source: Linux net/netfilter/ipvs/ip_vs_conn.c.

import { invariant, type Microseconds } from '@podwire/engine'
import type { Connection } from '../conntrack/connection.ts'
import type { Direction } from '../dataplane/packet.ts'
import type { ServiceProtocol } from '../services/service-port.ts'
import { NOWHERE, type IpvsConnections } from './ipvs-connections.ts'
import { firstState, isActiveState, nextState, stateTimeout, type IpvsConnectionState } from './tcp-states.ts'
import type { Load } from './traffic.ts'
import type { RealServer, VirtualServer } from './virtual-server.ts'

/** What it has carried since somebody last added that up stands in it: its servers are not touched by every packet. */
export class IpvsConnection implements Load {
  readonly connection: Connection
  readonly virtual: VirtualServer
  readonly server: RealServer
  state: IpvsConnectionState
  expiresAtUs: Microseconds
  conns = 0
  inPkts = 0
  outPkts = 0
  inBytes = 0
  outBytes = 0
  /** It waits for its load to be added up. */
  isPending = false
  /** Where the list of all has it and, of the same server, its neighbours in the order of age. */
  place = NOWHERE
  previous = NOWHERE
  next = NOWHERE
  readonly #connections: IpvsConnections

  /** @param connections of the node */
  constructor(
    connections: IpvsConnections,
    connection: Connection,
    virtual: VirtualServer,
    server: RealServer,
    nowUs: Microseconds,
  ) {
    this.#connections = connections
    this.connection = connection
    this.virtual = virtual
    this.server = server
    this.state = firstState(protocolOf(connection))
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
    const connections = this.#connections
    const protocol = protocolOf(this.connection)
    connections.note(this, nowUs)
    this.state = nextState(protocol, this.state, direction, control)
    this.expiresAtUs = nowUs + stateTimeout(protocol, this.state, connections.timeouts)
    if (direction === 'original') {
      this.inPkts++
      this.inBytes += bytes
    } else {
      this.outPkts++
      this.outBytes += bytes
    }
  }

  /** Its load has been added to its servers'. */
  unload(): void {
    this.isPending = false
    this.conns = 0
    this.inPkts = 0
    this.outPkts = 0
    this.inBytes = 0
    this.outBytes = 0
  }
}

function protocolOf({ protocol }: Connection): ServiceProtocol {
  invariant(protocol !== 'icmp', 'ipvs carries no ICMP connections')
  return protocol
}

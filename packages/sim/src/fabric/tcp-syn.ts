// A SYN on its way: when it arrives somebody listens or nobody does, and both ends hear of it. The flow is published then, with what
// became of it.

import { invariant, type Due } from '@podwire/engine'
import { changedFlow, type FlowOutcome, type FlowTuple } from './flow.ts'
import type { FlowRecord } from './flow-record.ts'
import { SYN_TIMEOUT_US } from './latency.ts'
import type { Link } from './link.ts'
import type { NetStack } from './net-stack.ts'
import { Pipe } from './pipe.ts'
import { PortTable } from './port-table.ts'
import { TcpEndpoint } from './tcp-endpoint.ts'

export class Syn implements Due {
  readonly #client: TcpEndpoint
  readonly #toServer: Pipe<TcpEndpoint>
  readonly #link: Link
  readonly #record: FlowRecord | undefined

  /** @param toServer of the link, with what the client has sent already */
  constructor(client: TcpEndpoint, toServer: Pipe<TcpEndpoint>, link: Link, record: FlowRecord | undefined) {
    this.#client = client
    this.#toServer = toServer
    this.#link = link
    this.#record = record
  }

  due(): void {
    const link = this.#link
    const { server } = link
    const { delivered } = link.flow
    invariant(delivered !== undefined, 'a SYN that arrives was delivered')
    const listener = PortTable.find(server.ports.tcp, delivered.destination, delivered.destinationPort)
    const outcome: FlowOutcome = !server.attached || !server.host.up ? 'host-down' : listener ? 'delivered' : 'closed'
    if (this.#record !== undefined) noteArrival(this.#record, server, delivered, outcome)
    if (outcome !== 'delivered') this.#client.flow = link.flow = changedFlow(this.#client.flow, { outcome })
    server.core.publish(link.flow)
    if (this.#client.closed) return
    if (listener === undefined || outcome !== 'delivered') return this.#refused(outcome)
    const accepted = new TcpEndpoint(server, listener.owner, link.flow, false)
    this.#connect(accepted)
    server.core.tell(listener.owner, listener.onConnection, accepted, undefined)
  }

  #refused(outcome: FlowOutcome): void {
    this.#toServer.clear()
    if (outcome === 'host-down') this.#client.failLater(SYN_TIMEOUT_US, 'ETIMEDOUT')
    else this.#client.failLater(this.#link.latencyUs, 'ECONNREFUSED')
  }

  #connect(accepted: TcpEndpoint): void {
    const link = this.#link
    const toClient = new Pipe<TcpEndpoint>(link, false)
    this.#toServer.to = accepted
    toClient.to = this.#client
    accepted.outgoing = toClient
    link.established()
    this.#client.accepted(link.connectedAtUs)
  }
}

function noteArrival(
  record: FlowRecord,
  { name }: NetStack,
  { destination, destinationPort }: FlowTuple,
  outcome: FlowOutcome,
): void {
  const place = `tcp ${destination}:${destinationPort}`
  const what = outcome === 'delivered' ? place : `nobody listens on ${place}: RST`
  record.add(name, 'listener', outcome === 'host-down' ? 'gone before the SYN came' : what)
}

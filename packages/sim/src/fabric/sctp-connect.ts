// Opening an SCTP association: INIT, INIT-ACK, COOKIE-ECHO, COOKIE-ACK. Each INIT is walked by itself, so that one that is sent again
// meets the rules of its own moment. Source: RFC 9260 section 5; Linux net/sctp (rto_initial, max_init_retransmits).
// A closed port answers with ABORT: ECONNREFUSED. An ICMP error does not end an attempt, as Linux keeps it for a soft error (sctp_v4_err): a
// rejected INIT is sent again until ETIMEDOUT. Departure: when a cookie or its ACK is lost, the next INIT makes up for it.

import { type Packet, SCTP_INIT } from '@podwire/proxy'
import { SECOND, type Microseconds, type ScheduledTask } from '@podwire/engine'
import { canonicalAddress, isUnspecified } from './address.ts'
import { flowOf, unsentFlow } from './core.ts'
import { changedFlow, type FlowOutcome, type FlowTuple } from './flow.ts'
import type { FlowRecord } from './flow-record.ts'
import { loopbackOf } from './host.ts'
import { reversed } from './impairments.ts'
import { Link } from './link.ts'
import { type ConnectOptions, type SctpSocket, SocketError, type SocketErrorCode } from './network.ts'
import type { NetStack } from './net-stack.ts'
import { Pipe } from './pipe.ts'
import { PortTable } from './port-table.ts'
import { SctpEndpoint } from './sctp-endpoint.ts'
import type { SocketOwner } from './socket-owner.ts'
import type { StreamListener } from './stream-listener.ts'
import { type Retransmission, SCTP } from './transport.ts'
import type { Walk } from './walk.ts'

/** Eight more INITs after 3, 9, 21, 45, 93, 153, 213 and 273 s; 333 s until it gives up. */
const INIT: Retransmission = { firstUs: 3 * SECOND, maxUs: 60 * SECOND, retries: 8 }

export function openSctp(stack: NetStack, owner: SocketOwner, options: ConnectOptions): SctpEndpoint {
  let destination = canonicalAddress(options.address)
  if (isUnspecified(destination)) destination = loopbackOf(destination)
  const source = stack.bindAddress(options.localAddress) ?? stack.sourceFor(destination)
  const local = { address: source ?? '', port: stack.ports.claim() }
  const remote = { address: destination, port: options.port }
  const original: FlowTuple = {
    protocol: 'sctp',
    source: local.address,
    sourcePort: local.port,
    destination,
    destinationPort: remote.port,
  }
  const client = new SctpEndpoint(stack, owner, local, remote, unsentFlow(original), true)
  if (source !== undefined) new Attempt(client, original).start(options.timeoutUs)
  else {
    stack.core.publish(client.flow)
    stack.core.engine.schedule(0, 'sctp connect', () => client.fail(new SocketError('ENETUNREACH', client.flow)))
  }
  return client
}

/** How much later than usual the INIT is there, its answer is back, and so on. */
interface Handshake {
  readonly initUs: Microseconds
  readonly initAckUs: Microseconds
  readonly cookieUs: Microseconds
  readonly cookieAckUs: Microseconds
}

const SOUND: Handshake = { initUs: 0, initAckUs: 0, cookieUs: 0, cookieAckUs: 0 }

class Attempt {
  readonly #client: SctpEndpoint
  readonly #original: FlowTuple
  #retries = 0
  #retry: ScheduledTask | undefined
  #limit: ScheduledTask | undefined
  #published: FlowOutcome | undefined

  constructor(client: SctpEndpoint, original: FlowTuple) {
    this.#client = client
    this.#original = original
  }

  start(timeoutUs: Microseconds | undefined): void {
    const { engine } = this.#client.stack.core
    this.#client.whenClosed = () => {
      engine.cancel(this.#retry)
      engine.cancel(this.#limit)
    }
    if (timeoutUs !== undefined) this.#limit = this.#schedule(timeoutUs, () => this.#fail('ETIMEDOUT'))
    this.#sendInit()
  }

  #sendInit(): void {
    const client = this.#client
    const { source, sourcePort, destination, destinationPort } = this.#original
    const walk = client.stack.core.walk(client.stack, {
      protocol: 'sctp',
      source,
      sourcePort,
      destination,
      destinationPort,
      sctpChunk: SCTP_INIT,
    })
    const handshake = walk.answerable() ? shakeHands(client.stack, walk) : undefined
    client.flow = flowOf(walk, this.#original, walk.outcome)
    this.#retry = this.#schedule(Math.min(INIT.firstUs * 2 ** this.#retries, INIT.maxUs), () => this.#again())
    const server = walk.receiver
    if (handshake === undefined || server === undefined) this.#publish()
    else this.#schedule(walk.latencyUs + handshake.initUs, () => this.#arriveInit(server, walk, handshake))
  }

  #again(): void {
    if (this.#retries++ < INIT.retries) this.#sendInit()
    else this.#fail('ETIMEDOUT')
  }

  #arriveInit(server: NetStack, walk: Walk, handshake: Handshake): void {
    const client = this.#client
    const { core } = client.stack
    const { packet, latencyUs } = walk
    const listener = PortTable.find(server.ports.sctp, packet.destination, packet.destinationPort)
    const outcome: FlowOutcome = !server.attached || !server.host.up ? 'host-down' : listener ? 'delivered' : 'closed'
    if (walk.record !== undefined) noteArrival(walk.record, server, packet, outcome)
    if (outcome !== 'delivered') client.flow = changedFlow(client.flow, { outcome })
    this.#publish()
    if (client.closed || outcome === 'host-down') return
    const answerInUs = latencyUs + handshake.initAckUs
    if (listener === undefined) {
      this.#schedule(answerInUs, () => this.#fail('ECONNREFUSED'))
      return
    }
    core.engine.cancel(this.#retry)
    const link = new Link(
      SCTP,
      core,
      client.stack,
      server,
      walk.lastHop,
      client.flow,
      core.engine.clock.now() + answerInUs,
    )
    link.established()
    const toServer = new Pipe<SctpEndpoint>(link, true)
    this.#schedule(answerInUs + latencyUs + handshake.cookieUs, () => {
      if (client.closed) return
      accept(listener, client, link, toServer, packet)
      this.#schedule(latencyUs + handshake.cookieAckUs, () => {
        core.engine.cancel(this.#limit)
        client.established()
      })
    })
    client.reached(link, toServer)
  }

  #publish(): void {
    const { flow, stack } = this.#client
    // The same answer to an INIT that is sent again is no news.
    if (flow.outcome !== this.#published) stack.core.publish(flow)
    this.#published = flow.outcome
  }

  #fail(code: SocketErrorCode): void {
    this.#client.fail(new SocketError(code, this.#client.flow))
  }

  #schedule(delayUs: Microseconds, run: () => void): ScheduledTask {
    return this.#client.stack.core.engine.schedule(delayUs, 'sctp connect', run)
  }
}

/** @returns undefined when one of the four packets gets lost */
function shakeHands({ core: { impairments } }: NetStack, walk: Walk): Handshake | undefined {
  const way = walk.impairedWay
  if (way === undefined) return SOUND
  const back = reversed(way)
  const lost = [way, back, way, back].map((one) => impairments.loses(one)).find((loser) => loser !== undefined)
  if (lost !== undefined) {
    walk.stop(lost)
    return undefined
  }
  return {
    initUs: impairments.delayUs(way),
    initAckUs: impairments.delayUs(back),
    cookieUs: impairments.delayUs(way),
    cookieAckUs: impairments.delayUs(back),
  }
}

function accept(
  listener: StreamListener<SctpSocket>,
  client: SctpEndpoint,
  link: Link,
  toServer: Pipe<SctpEndpoint>,
  { source, sourcePort, destination, destinationPort }: Packet,
): void {
  const { server, core } = link
  const local = { address: destination, port: destinationPort }
  const accepted = new SctpEndpoint(
    server,
    listener.owner,
    local,
    { address: source, port: sourcePort },
    link.flow,
    false,
  )
  const toClient = new Pipe<SctpEndpoint>(link, false)
  toServer.to = accepted
  toClient.to = client
  accepted.reached(link, toClient)
  accepted.established()
  core.tell(listener.owner, listener.onConnection, accepted, undefined)
}

function noteArrival(
  record: FlowRecord,
  { name }: NetStack,
  { destination, destinationPort }: Packet,
  outcome: FlowOutcome,
): void {
  const port = `sctp ${destination}:${destinationPort}`
  const what = outcome === 'delivered' ? port : `nobody listens on ${port}: ABORT`
  record.add(name, 'listener', outcome === 'host-down' ? 'gone before the INIT came' : what)
}

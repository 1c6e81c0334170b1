// Opening a TCP connection. The handshake is folded into few events: the SYN arrives and is accepted (one event), and the
// client hears of it (one more, only if it asked to). Data written before that travels right behind the handshake.
//
// What a failed attempt looks like: no route → ENETUNREACH at once; refused or rejected → ECONNREFUSED after a round trip;
// neighbour silent → EHOSTUNREACH after ARP gave up; dropped → ETIMEDOUT when the SYN retries end, or the caller's timeout.

import { canonicalAddress, isUnspecified } from './address.ts'
import { flowOf, unsentFlow } from './core.ts'
import type { FlowTuple } from './flow.ts'
import type { Handshake } from './impairments.ts'
import { loopbackOf } from './host.ts'
import { SYN_TIMEOUT_US } from './latency.ts'
import type { ConnectOptions } from './network.ts'
import type { NetStack } from './net-stack.ts'
import { Link } from './link.ts'
import { Pipe } from './pipe.ts'
import type { SocketOwner } from './socket-owner.ts'
import { TcpEndpoint } from './tcp-endpoint.ts'
import { Syn } from './tcp-syn.ts'
import { TCP } from './transport.ts'
import type { Walk } from './walk.ts'

export function openTcp(stack: NetStack, owner: SocketOwner, options: ConnectOptions): TcpEndpoint {
  let destination = canonicalAddress(options.address)
  if (isUnspecified(destination)) destination = loopbackOf(destination)
  const source = stack.bindAddress(options.localAddress) ?? stack.sourceFor(destination)
  const original: FlowTuple = {
    protocol: 'tcp',
    source: source ?? '',
    sourcePort: stack.ports.claim(),
    destination,
    destinationPort: options.port,
  }
  if (source === undefined) return unroutable(stack, owner, original)
  // A TCP packet without more said of it is a SYN.
  const walk = stack.core.walk(stack, original)
  const handshake = walk.answerable() ? shakeHands(stack, walk) : undefined
  const flow = flowOf(walk, original, walk.outcome)
  const client = new TcpEndpoint(stack, owner, flow, true)
  const timeoutUs = options.timeoutUs ?? SYN_TIMEOUT_US
  if (handshake !== undefined) sendSyn(client, walk, timeoutUs, handshake)
  else failWalk(client, walk, timeoutUs)
  return client
}

const SOUND: Handshake = { synLateUs: 0, lateUs: 0, retries: 0 }

/** @returns undefined when no SYN gets through */
function shakeHands({ core }: NetStack, walk: Walk): Handshake | undefined {
  const way = walk.impairedWay
  if (way === undefined) return SOUND
  const handshake = core.impairments.handshake(way)
  if (handshake === undefined) walk.stopped('every SYN or its answer was lost')
  else walk.noteRetries(handshake.retries)
  return handshake
}

function unroutable(stack: NetStack, owner: SocketOwner, original: FlowTuple): TcpEndpoint {
  const flow = unsentFlow(original)
  const client = new TcpEndpoint(stack, owner, flow, true)
  stack.core.publish(flow)
  client.failLater(0, 'ENETUNREACH')
  return client
}

function sendSyn(client: TcpEndpoint, walk: Walk, timeoutUs: number, { synLateUs, lateUs }: Handshake): void {
  const { core } = client.stack
  const server = walk.receiver
  if (server === undefined) return
  const now = core.engine.clock.now()
  const connectedAtUs = now + 2 * walk.latencyUs + lateUs
  const link = new Link(TCP, core, client.stack, server, walk.lastHop, client.flow, connectedAtUs)
  const toServer = new Pipe<TcpEndpoint>(link, true)
  client.outgoing = toServer
  if (timeoutUs < connectedAtUs - now) client.failLater(timeoutUs, 'ETIMEDOUT')
  const syn = new Syn(client, toServer, link, walk.record)
  core.engine.scheduleDue(walk.latencyUs + synLateUs, 'tcp connect', syn)
}

function failWalk(client: TcpEndpoint, walk: Walk, timeoutUs: number): void {
  client.stack.core.publish(client.flow)
  if (walk.error !== undefined && walk.errorDelayUs <= timeoutUs) client.failLater(walk.errorDelayUs, walk.error)
  else client.failLater(timeoutUs, 'ETIMEDOUT')
}

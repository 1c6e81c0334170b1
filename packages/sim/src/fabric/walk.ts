// One packet's way from a socket to a socket, as a synchronous function of the network's present state. Order of the hooks as
// in Linux: own packets OUTPUT → routing → POSTROUTING; arriving ones PREROUTING → routing → INPUT, or FORWARD → POSTROUTING.
// Routing comes before the filters: without a route the answer is "unreachable", whatever a REJECT rule says.
// Departure: all hops look at the state of the moment of sending; a rule that changes within the 200 µs of flight is not seen.

import { hashText } from '@podwire/engine'
import type { Connection, Direction, Packet, Trace, Verdict } from '@podwire/proxy'
import type { FlowOutcome } from './flow.ts'
import { FlowRecord } from './flow-record.ts'
import { type Host, UPLINK } from './host.ts'
import { ARP_FAILURE_US, type LatencyModel } from './latency.ts'
import { isLoopback } from './address.ts'
import { type Impairment, type Impairments, reversed, type Way, wayOf } from './impairments.ts'
import type { SocketErrorCode } from './network.ts'
import type { NetStack } from './net-stack.ts'
import { replyPasses } from './reply-way.ts'
import { formatRoute, type Route } from './routing-table.ts'
import type { Wire } from './wire.ts'

/** A host the packet passed, with the connection its conntrack has for it; a list from the last host to the first. */
export interface PathHop {
  readonly host: Host
  readonly connection: Connection | undefined
  readonly direction: Direction
  readonly previous: PathHop | undefined
}

// As IP sends it. Two routers that point at each other use it up.
const TTL = 64

export class Walk {
  readonly packet: Packet
  /** Undefined while flow traces are off. */
  readonly record: FlowRecord | undefined
  lastHop: PathHop | undefined = undefined
  outcome: FlowOutcome = 'dropped'
  receiver: NetStack | undefined = undefined
  /** One way. */
  latencyUs = 0
  /** What the sender is told; undefined: silence. */
  error: SocketErrorCode | undefined = undefined
  /** From sending to being told. */
  errorDelayUs = 0
  readonly #wire: Wire
  readonly #latency: LatencyModel
  readonly #trace: Trace | undefined
  readonly #impairments: Impairments
  #source: NetStack | undefined
  #ttl = TTL

  constructor(wire: Wire, latency: LatencyModel, packet: Packet, tracing: boolean, impairments: Impairments) {
    this.#wire = wire
    this.#latency = latency
    this.#impairments = impairments
    this.packet = packet
    this.record = tracing ? new FlowRecord() : undefined
    this.#trace = this.record?.trace
  }

  /** @returns true when the packet reached a stack (which may have nobody listening) */
  run(source: NetStack): boolean {
    this.#source = source
    if (source.isLocal(this.packet.destination) && source.host.place !== source.name) {
      this.latencyUs += this.#latency.loopbackUs
      this.#deliver(source)
    } else if (source.host.place === source.name) {
      this.#sendFromHost(source.host)
    } else {
      this.#sendFromPod(source)
    }
    const stopped = this.impairedWay === undefined ? undefined : this.#impairments.stops(this.impairedWay)
    if (stopped !== undefined) this.stop(stopped)
    return this.receiver !== undefined
  }

  /** The way it took, while faults may be on it. */
  get impairedWay(): Way | undefined {
    if (!this.#impairments.active || this.receiver === undefined || this.#source === undefined) return undefined
    return wayOf(this.#source, this.lastHop, this.receiver)
  }

  /** A fault takes the packet. */
  stop({ effect, why }: Impairment): void {
    this.stopped(effect.kind === 'lose' ? `lost: ${why}` : why)
  }

  stopped(why: string): void {
    this.#step('wire', 'fault', why)
    this.receiver = undefined
    this.#fail('dropped', undefined)
  }

  /** How its sender fares with a handshake or an echo on a way that loses and delays. */
  noteRetries(retries: number): void {
    if (retries > 0) this.#step('wire', 'fault', `lost ${retries} time${retries === 1 ? '' : 's'}, and sent again`)
  }

  /** The answers of a connection or ping pass the hosts that rewrote its packets; datagrams walk back by themselves. */
  answerable(): boolean {
    const { receiver } = this
    if (receiver === undefined) return false
    const way = this.impairedWay
    const fault = way === undefined ? undefined : this.#impairments.stops(reversed(way))
    const why =
      fault === undefined
        ? replyPasses(this.#wire, receiver, this.packet.source, this.lastHop)
        : `answers are stopped: ${fault.why}`
    if (why === undefined) return true
    this.#step(receiver.name, 'reply', why)
    this.receiver = undefined
    this.outcome = 'dropped'
    return false
  }

  #sendFromPod(pod: NetStack): void {
    if (!pod.attached) return this.#fail('no-route', 'ENETUNREACH')
    if (this.record !== undefined) {
      this.#step(pod.name, 'routing', `default via ${pod.gatewayFor(this.packet.destination)} dev eth0`)
    }
    if (!pod.host.up) return this.#fail('host-down', undefined)
    this.latencyUs += this.#latency.podVethUs
    this.#arrive(pod.host, 'cni0')
  }

  #sendFromHost(host: Host): void {
    const { packet } = this
    if (!host.up) return this.#fail('host-down', undefined)
    let route = this.#route(host)
    if (route === undefined) return this.#fail('no-route', 'ENETUNREACH')
    packet.inInterface = ''
    packet.outInterface = route.device
    const destination = packet.destination
    const verdict = this.#hook(host, host.hooks.output(packet, this.#trace))
    this.#passed(host)
    if (verdict.kind !== 'accept') {
      // The kernel tells a sending UDP socket at once, for DROP and REJECT alike.
      if (packet.protocol === 'udp') return this.#fail(verdict.kind === 'drop' ? 'dropped' : 'rejected', 'EPERM')
      return this.#refuse(verdict)
    }
    if (packet.destination !== destination) {
      route = this.#route(host)
      if (route === undefined) return this.#fail('no-route', 'EHOSTUNREACH')
    }
    packet.outInterface = route.device
    const leaving = this.#hook(host, this.#postrouting(host))
    if (leaving.kind !== 'accept') return this.#refuse(leaving)
    if (host.isLocal(packet.destination)) {
      this.latencyUs += this.#latency.loopbackUs
      packet.inInterface = 'lo'
      return this.#input(host)
    }
    this.#transmit(host, route)
  }

  #arrive(host: Host, device: string): void {
    const { packet } = this
    if (--this.#ttl <= 0) {
      this.#step(host.place, 'routing', 'time to live exceeded')
      return this.#fail('no-route', 'EHOSTUNREACH')
    }
    packet.inInterface = device
    packet.outInterface = ''
    host.egress?.restore(packet)
    const verdict = this.#hook(host, host.hooks.prerouting(packet, this.#trace))
    this.#passed(host)
    if (verdict.kind !== 'accept') return this.#refuse(verdict)
    if (host.isLocal(packet.destination)) return this.#input(host)
    if (!host.forwarding) {
      this.#step(host.place, 'routing', 'not for this host, and it forwards nothing')
      return this.#fail('dropped', undefined)
    }
    this.#forward(host)
  }

  #forward(host: Host): void {
    const { packet } = this
    if (isLoopback(packet.source) || isLoopback(packet.destination)) {
      this.#step(host.place, 'routing', `martian ${packet.source} → ${packet.destination}`)
      return this.#fail('dropped', undefined)
    }
    const route = this.#route(host)
    if (route === undefined) return this.#fail('no-route', 'ENETUNREACH')
    packet.outInterface = route.device
    const forward = this.#hook(host, host.hooks.forward(packet, this.#trace))
    if (forward.kind !== 'accept') return this.#refuse(forward)
    const leaving = this.#hook(host, this.#postrouting(host))
    if (leaving.kind !== 'accept') return this.#refuse(leaving)
    this.#transmit(host, route)
  }

  #input(host: Host): void {
    this.packet.outInterface = ''
    const verdict = this.#hook(host, host.hooks.input(this.packet, this.#trace))
    if (verdict.kind !== 'accept') return this.#refuse(verdict)
    this.#deliver(host.stack)
  }

  #postrouting(host: Host): Verdict {
    const verdict = host.hooks.postrouting(this.packet, this.#trace)
    if (verdict.kind === 'accept' && host.egress?.masquerade(this.packet)) {
      this.#trace?.push({ at: 'nat/POSTROUTING', what: host.egress.rule() })
    }
    return verdict
  }

  #transmit(host: Host, route: Route): void {
    const { destination } = this.packet
    if (route.device === 'cni0') {
      const pod = host.pods.get(destination)
      if (pod === undefined) return this.#silentNeighbour(host, destination)
      this.latencyUs += this.#latency.podVethUs
      if (this.record !== undefined) this.#step(host.place, 'cni0', `${destination} is ${pod.name}`)
      // A pod drops what comes in from its own address: what a Service without hairpin masquerade runs into.
      if (pod.isLocal(this.packet.source)) {
        this.#step(pod.name, 'eth0', `martian source ${this.packet.source}: its own address, from outside`)
        return this.#fail('dropped', undefined)
      }
      return this.#deliver(pod)
    }
    if (route.device === UPLINK) {
      this.#step(host.place, UPLINK, 'nothing out there is simulated: no answer')
      return this.#fail('no-route', undefined)
    }
    const nextHop = this.#nextHop(route)
    const next = this.#wire.ownerOf(nextHop)
    if (next === undefined || next === host || !next.up) return this.#silentNeighbour(host, nextHop)
    const fault = this.#impairments.active ? this.#impairments.stopsHop(host, next) : undefined
    if (fault !== undefined) return this.stop(fault)
    this.latencyUs += this.#latency.wireUs
    if (this.record !== undefined) this.#step('wire', host.name, `→ ${next.name} (${nextHop})`)
    this.#arrive(next, 'eth0')
  }

  /** Equal next hops are chosen by the connection's addresses and ports, as routers hash them. */
  #nextHop({ via, nexthops }: Route): string {
    const { protocol, source, sourcePort, destination, destinationPort } = this.packet
    if (nexthops === undefined) return via ?? destination
    const hash = hashText(`${protocol} ${source} ${sourcePort} ${destination} ${destinationPort}`, 0)
    // Neighbouring ports differ in the low bits alone: fold the others in before choosing.
    const nextHop = nexthops[((hash ^ (hash >>> 15) ^ (hash >>> 7)) >>> 0) % nexthops.length] ?? destination
    this.#step('wire', 'ecmp', `${nextHop}, one of ${nexthops.length} next hops`)
    return nextHop
  }

  #deliver(stack: NetStack): void {
    this.receiver = stack
    this.outcome = 'delivered'
  }

  #route(host: Host): Route | undefined {
    const { destination } = this.packet
    if (host.isLocal(destination)) return LOCAL_ROUTE
    const route = this.#wire.isAnnounced(destination) ? ANNOUNCED_ROUTE : host.routes.lookup(destination)
    if (this.record !== undefined) {
      this.#step(host.place, 'routing', route === undefined ? `no route to ${destination}` : formatRoute(route))
    }
    return route
  }

  #silentNeighbour(host: Host, address: string): void {
    this.#step(host.place, address.includes(':') ? 'ndp' : 'arp', `${address} does not answer`)
    this.outcome = 'host-down'
    this.error = 'EHOSTUNREACH'
    this.errorDelayUs = ARP_FAILURE_US + 2 * this.latencyUs
  }

  #refuse(verdict: Verdict): void {
    if (verdict.kind === 'reject') return this.#fail('rejected', 'ECONNREFUSED')
    this.#fail('dropped', undefined)
  }

  #fail(outcome: FlowOutcome, error: SocketErrorCode | undefined): void {
    this.outcome = outcome
    this.error = error
    this.errorDelayUs = 2 * this.latencyUs
  }

  #passed(host: Host): void {
    const { connection, direction } = this.packet
    this.lastHop = { host, connection, direction, previous: this.lastHop }
  }

  #hook(host: Host, verdict: Verdict): Verdict {
    this.record?.at(host.place)
    return verdict
  }

  #step(place: string, at: string, what: string): void {
    this.record?.add(place, at, what)
  }
}

const LOCAL_ROUTE: Route = { destination: 'local', device: 'lo' }
const ANNOUNCED_ROUTE: Route = { destination: 'announced', device: 'eth0' }

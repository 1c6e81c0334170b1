// What is wrong with the network: sets of places between which packets are stopped, lost or late. A packet's way is looked at whole,
// from its sender over the hosts it passes to its receiver; answers go the same way back. Losses and delays are drawn from a
// stream of their own, in the order packets are sent. Source: what `tc qdisc … netem loss, delay` and a DROP rule do to a link.

import { SECOND, type Microseconds, type Random } from '@podwire/engine'
import type { Host } from './host.ts'
import type { NetStack } from './net-stack.ts'
import { retransmittedAfterUs, type Retransmission } from './transport.ts'
import type { PathHop } from './walk.ts'

/** Places on the network, as a fault names them. */
export interface PlaceSet {
  /** The machine itself is meant, and what is on it. */
  hasHost(host: Host): boolean
  /** The pod is meant by its own name. */
  hasPod(pod: NetStack): boolean
  /** The stack, or the machine it is on. */
  covers(stack: NetStack): boolean
}

export type Effect =
  | { readonly kind: 'stop' }
  /** `rate`: 0 to 1. */
  | { readonly kind: 'lose'; readonly rate: number }
  | { readonly kind: 'delay'; readonly delayUs: Microseconds; readonly jitterUs: Microseconds }

export interface Impairment {
  readonly from: PlaceSet
  readonly to: PlaceSet
  readonly effect: Effect
  /** For traces: `partition of node-2`. */
  readonly why: string
}

/** The way of one packet. */
export interface Way {
  readonly origin: NetStack
  /** In the order they are passed. */
  readonly hosts: readonly Host[]
  readonly receiver: NetStack
}

/** TCP sends a SYN again after one second, then twice as late each time (tcp_syn_retries 6). */
const SYN_RETRIES = 6

export interface Handshake {
  /** How much later than on a sound way the SYN arrives. */
  readonly synLateUs: Microseconds
  /** How much later the client has its answer. */
  readonly lateUs: Microseconds
  readonly retries: number
}

export class Impairments {
  readonly #rules = new Set<Impairment>()
  readonly #random: () => Random

  /** @param random called once something may get lost */
  constructor(random: () => Random) {
    this.#random = random
  }

  get active(): boolean {
    return this.#rules.size > 0
  }

  add(rule: Impairment): void {
    this.#rules.add(rule)
  }

  remove(rule: Impairment): void {
    this.#rules.delete(rule)
  }

  /** What stops every packet of this way; undefined: nothing. */
  stops(way: Way): Impairment | undefined {
    for (const rule of this.#rules) if (isStop(rule) && concerns(rule, way)) return rule
    return undefined
  }

  /** What stops packets on the link between two hosts. */
  stopsHop(from: Host, to: Host): Impairment | undefined {
    for (const rule of this.#rules) if (isStop(rule) && rule.from.hasHost(from) && rule.to.hasHost(to)) return rule
    return undefined
  }

  /** Draws whether one packet gets lost, and at what. */
  loses(way: Way): Impairment | undefined {
    let loser: Impairment | undefined
    for (const rule of this.#rules) {
      if (rule.effect.kind !== 'lose' || !concerns(rule, way)) continue
      if (this.#random().chance(rule.effect.rate)) loser ??= rule
    }
    return loser
  }

  /** Draws how late one packet is. */
  delayUs(way: Way): Microseconds {
    let sum = 0
    for (const rule of this.#rules) {
      if (rule.effect.kind !== 'delay' || !concerns(rule, way)) continue
      const { delayUs, jitterUs } = rule.effect
      sum += jitterUs === 0 ? delayUs : Math.max(0, this.#random().integer(delayUs - jitterUs, delayUs + jitterUs))
    }
    return sum
  }

  /** Draws how a handshake goes; undefined: no SYN and its answer both come through. */
  handshake(way: Way): Handshake | undefined {
    const back = reversed(way)
    for (let retries = 0; retries <= SYN_RETRIES; retries++) {
      if (this.loses(way) !== undefined || this.loses(back) !== undefined) continue
      const synLateUs = (2 ** retries - 1) * SECOND + this.delayUs(way)
      return { synLateUs, lateUs: synLateUs + this.delayUs(back), retries }
    }
    return undefined
  }

  /** Draws how late one segment of a connection is, retransmissions included; undefined: it never arrives. */
  segmentLateUs(way: Way, retransmission: Retransmission): Microseconds | undefined {
    for (let retries = 0; retries <= retransmission.retries; retries++) {
      if (this.loses(way) === undefined) return retransmittedAfterUs(retransmission, retries) + this.delayUs(way)
    }
    return undefined
  }
}

/** @param lastHop the hosts passed, last first */
export function wayOf(origin: NetStack, lastHop: PathHop | undefined, receiver: NetStack): Way {
  const hosts: Host[] = []
  for (let hop = lastHop; hop !== undefined; hop = hop.previous) hosts.push(hop.host)
  return { origin, hosts: hosts.reverse(), receiver }
}

export function reversed({ origin, hosts, receiver }: Way): Way {
  return { origin: receiver, hosts: [...hosts].reverse(), receiver: origin }
}

const isStop = ({ effect }: Impairment): boolean =>
  effect.kind === 'stop' || (effect.kind === 'lose' && effect.rate >= 1)

function concerns({ from, to }: Impairment, { origin, hosts, receiver }: Way): boolean {
  if (hosts.some((host, place) => crosses(from, to, host, hosts[place + 1]))) return true
  if (origin.isPod && from.hasPod(origin)) {
    if (to.covers(receiver) || hosts.some((host) => host !== origin.host && to.hasHost(host))) return true
  }
  if (!receiver.isPod || !to.hasPod(receiver)) return false
  return from.covers(origin) || hosts.some((host) => host !== receiver.host && from.hasHost(host))
}

function crosses(from: PlaceSet, to: PlaceSet, host: Host, next: Host | undefined): boolean {
  return next !== undefined && next !== host && from.hasHost(host) && to.hasHost(next)
}

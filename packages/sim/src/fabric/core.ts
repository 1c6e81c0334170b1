// What every part of the fabric shares: the engine, the wire, the latency model, whether flows are traced; and the one way to
// send a packet and to tell the bus about it.

import { topic, type Engine, type Random } from '@podwire/engine'
import { Packet, type PacketOptions } from '@podwire/proxy'
import { Impairments } from './impairments.ts'
import type { Flow, FlowOutcome, FlowTuple } from './flow.ts'
import type { LatencyModel } from './latency.ts'
import type { NetStack } from './net-stack.ts'
import type { Gate, SocketOwner } from './socket-owner.ts'
import { Walk } from './walk.ts'
import type { Wire } from './wire.ts'

// Their places go into the trace's hash: only ever append.
const PROTOCOLS: readonly FlowTuple['protocol'][] = ['tcp', 'udp', 'icmp', 'sctp']
const OUTCOMES: readonly FlowOutcome[] = ['delivered', 'closed', 'rejected', 'dropped', 'no-route', 'host-down']

/** A TCP or SCTP connection attempt, a datagram or a ping went its way, or failed to. */
export const flowSeen = topic<Flow>('network.flow', (digest, { original, delivered, outcome }) => {
  digest.number(PROTOCOLS.indexOf(original.protocol) * 8 + OUTCOMES.indexOf(outcome))
  digest.text(original.source)
  digest.number(original.sourcePort)
  digest.text(original.destination)
  digest.number(original.destinationPort)
  if (delivered === undefined) return
  digest.text(delivered.destination)
  digest.number(delivered.destinationPort)
})

/** Something that waits for the network to heal. */
export interface Stalled {
  retry(): void
}

export class FabricCore {
  readonly engine: Engine
  readonly wire: Wire
  readonly latency: LatencyModel
  /** Flow steps are collected while true. */
  tracing = false
  /** Senders whose packets get no answer; they try again when paths change. */
  readonly stalled = new Set<Stalled>()
  /** What faults do to the network. */
  readonly impairments: Impairments

  constructor(engine: Engine, wire: Wire, latency: LatencyModel) {
    this.engine = engine
    this.wire = wire
    this.latency = latency
    let random: Random | undefined
    this.impairments = new Impairments(() => (random ??= engine.random.fork('network/impairments')))
  }

  /** Walks one packet. The options become the packet, which the walk rewrites. */
  walk(source: NetStack, options: PacketOptions): Walk {
    const walk = new Walk(this.wire, this.latency, new Packet(options), this.tracing, this.impairments)
    walk.run(source)
    return walk
  }

  publish(flow: Flow): void {
    this.engine.bus.publish(flowSeen, flow)
  }

  /** Paths may work again. */
  heal(): void {
    for (const sender of [...this.stalled]) sender.retry()
  }

  /** Settles what a program waits for. */
  wake({ gate }: SocketOwner, settle: () => void): void {
    if (gate?.paused === true) gate.whenRunning(settle)
    else settle()
  }

  /**
   * Calls a program back. What it throws, now or in a promise, is its own misfortune: its owner is told, and nobody else.
   * An async function may have woken promise chains.
   */
  tell<First, Second>(
    owner: SocketOwner,
    handler: ((first: First, second: Second) => unknown) | undefined,
    first: First,
    second: Second,
  ): void {
    if (handler === undefined) return
    const { gate } = owner
    if (gate?.paused === true) return this.#tellLater(gate, owner, handler, first, second)
    let result: unknown
    try {
      result =
        this.engine.around === undefined ? handler(first, second) : this.#tellWatched(owner, handler, first, second)
    } catch (error) {
      owner.crashed(error)
      return
    }
    if (result === undefined) return
    this.engine.touchAsync()
    if (result instanceof Promise) blame(owner, result)
  }

  // Apart from tell, which runs for every segment: a function with closures in it allocates room for them each time it runs.
  #tellLater<First, Second>(
    gate: Gate,
    owner: SocketOwner,
    handler: (first: First, second: Second) => unknown,
    first: First,
    second: Second,
  ): void {
    gate.whenRunning(() => this.tell(owner, handler, first, second))
  }

  #tellWatched<First, Second>(
    owner: SocketOwner,
    handler: (first: First, second: Second) => unknown,
    first: First,
    second: Second,
  ): unknown {
    const { around } = this.engine
    return around === undefined ? handler(first, second) : around(owner, () => handler(first, second))
  }
}

/** What a promise of the owner's program throws is its misfortune too. */
function blame(owner: SocketOwner, promise: Promise<unknown>): void {
  promise.catch((error: unknown) => owner.crashed(error))
}

/** The record of a walk. @param outcome what became of the packet at the receiver, once it got there */
export function flowOf(walk: Walk, original: FlowTuple, outcome: FlowOutcome): Flow {
  const { packet, receiver, record } = walk
  const delivered: FlowTuple | undefined =
    receiver === undefined
      ? undefined
      : {
          protocol: original.protocol,
          source: packet.source,
          sourcePort: packet.sourcePort,
          destination: packet.destination,
          destinationPort: packet.destinationPort,
        }
  const { latencyUs } = walk
  if (record === undefined)
    return { original, delivered, outcome, receiver: receiver?.name, latencyUs, steps: NO_STEPS }
  return {
    original,
    delivered,
    outcome,
    receiver: receiver?.name,
    latencyUs,
    get steps() {
      return record.steps()
    },
  }
}

/** What never left the sender: no route, or no address to send from. */
export function unsentFlow(original: FlowTuple): Flow {
  return { original, delivered: undefined, outcome: 'no-route', receiver: undefined, latencyUs: 0, steps: NO_STEPS }
}

const NO_STEPS: Flow['steps'] = []

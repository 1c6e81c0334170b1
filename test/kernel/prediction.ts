// What our evaluator says of a flow through node-1 of the referee's network: who answers, whom they see, what the dialler is told;
// and, replayed with counters on, which rules its packets match.

import { Engine, Random } from '@podwire/engine'
import { NodeDataPlane, Packet, TCP_ACK, TCP_RST, TCP_SYN, type HookRules, type Verdict } from '@podwire/proxy'
import {
  ADDRESSES,
  deviceAddress,
  deviceTo,
  HOST_PORT,
  isNodeAddress,
  SERVICE_PORTS,
  TARGET_PORTS,
  type IpFamily,
  type Place,
} from './topology.ts'

export interface Flow {
  readonly from: Place
  readonly source: string
  readonly protocol: 'tcp' | 'udp'
  readonly address: string
  readonly port: number
}

/** Draws what it is told: the referee steers our choice to the endpoint the kernel took. */
class Steered extends Random {
  next = 0

  override real(): number {
    return this.next
  }
}

/** Enough different draws to meet every endpoint of a service of up to eight. */
const DRAWS = Array.from({ length: 16 }, (_, i) => (i + 0.5) / 16)

export class Prediction {
  readonly #hooks: HookRules
  readonly #family: IpFamily
  readonly #random = new Steered(1)
  readonly #counting: NodeDataPlane
  #sourcePort = 20_000

  constructor(hooks: HookRules, family: IpFamily) {
    this.#hooks = hooks
    this.#family = family
    this.#counting = this.#plane(true)
  }

  /** Counters after all replays, for iptables-save. */
  get counters(): NodeDataPlane['counters'] {
    return this.#counting.counters
  }

  /** Every outcome this flow may have on its first try, with a draw that leads there. */
  outcomes(flow: Flow): ReadonlyMap<string, number> {
    const found = new Map<string, number>()
    for (const draw of DRAWS) {
      const outcome = this.#converse(this.#plane(false), flow, draw)
      if (!found.has(outcome)) found.set(outcome, draw)
      // Nothing was drawn.
      if (!/ /.test(outcome)) break
    }
    return found
  }

  /** Once more, with counters. */
  replay(flow: Flow, draw: number): string {
    return this.#converse(this.#counting, flow, draw)
  }

  #plane(counters: boolean): NodeDataPlane {
    const rules = { hooks: () => this.#hooks, udpGeneration: 0, isStale: () => false }
    return new NodeDataPlane({
      clock: new Engine({ seed: 1 }).clock,
      random: this.#random,
      nodeName: 'node-1',
      stack: { isLocal: isNodeAddress, interfaceAddress: deviceAddress },
      rules: () => rules,
      counters,
    })
  }

  /** First packet, answer, one more packet: every state a rule can ask for. Returns what the dialler sees. */
  #converse(plane: NodeDataPlane, flow: Flow, draw: number): string {
    this.#random.next = draw
    const { source, address, port, protocol, from } = flow
    const origin = from === 'node' ? '' : deviceTo(source)
    const sourcePort = this.#sourcePort++
    const out = (tcpFlags: number): Packet =>
      new Packet({
        family: this.#family,
        protocol,
        source,
        sourcePort,
        destination: address,
        destinationPort: port,
        tcpFlags,
      })
    const first = out(TCP_SYN)
    const verdict = cross(plane, first, origin)
    if (verdict.kind !== 'accept') {
      // A process hears at once of a datagram that does not get out.
      if (from === 'node' && protocol === 'udp' && first.outInterface === '') return 'EPERM'
      return verdict.kind === 'reject' ? 'ECONNREFUSED' : 'TIMEOUT'
    }
    const listens = isListening(this.#family, first.destination, first.destinationPort)
    // A refusal of UDP is an ICMP error, which no rule of ours is asked about.
    if (!listens && protocol === 'udp') return 'ECONNREFUSED'
    const seen = first.source
    const answer = new Packet({
      family: this.#family,
      protocol,
      source: first.destination,
      sourcePort: first.destinationPort,
      destination: first.source,
      destinationPort: first.sourcePort,
      tcpFlags: listens ? TCP_SYN | TCP_ACK : TCP_RST | TCP_ACK,
    })
    const answered = `${first.destination} ${first.destinationPort} ${seen}`
    if (cross(plane, answer, isNodeAddress(answer.source) ? '' : deviceTo(answer.source)).kind !== 'accept')
      return 'TIMEOUT'
    if (answer.source !== address || answer.destination !== source)
      return `an answer from ${answer.source} to ${answer.destination}`
    if (!listens) return 'ECONNREFUSED'
    if (protocol === 'tcp' && cross(plane, out(TCP_ACK), origin).kind !== 'accept') return 'TIMEOUT'
    return answered
  }
}

/** A packet through the node. @param device where it comes in; '': the node sends it */
export function cross(plane: NodeDataPlane, packet: Packet, device: string): Verdict {
  packet.inInterface = device
  let verdict = device === '' ? plane.output(packet) : plane.prerouting(packet)
  if (verdict.kind !== 'accept') return verdict
  packet.outInterface = deviceTo(packet.destination)
  const local = packet.outInterface === 'lo'
  if (device !== '' && local) return plane.input(packet)
  if (device !== '') verdict = plane.forward(packet)
  if (verdict.kind === 'accept') verdict = plane.postrouting(packet)
  // Over the loopback device, with its connection still attached.
  if (verdict.kind === 'accept' && local) verdict = plane.input(packet)
  return verdict
}

function isListening(family: IpFamily, address: string, port: number): boolean {
  const { pods, remotePods, node } = ADDRESSES[family]
  if (pods.includes(address) || remotePods.includes(address)) return TARGET_PORTS.some((known) => known === port)
  if (isNodeAddress(address)) return address === node && port === HOST_PORT
  return deviceTo(address) === 'eth0' && SERVICE_PORTS.some((known) => known === port)
}

// The shortest way from a destination to the one service port behind it, for packets nobody traces or counts: looked up once in a
// version of the rules and remembered for all nodes that get the same rules for it. Used by iptables and nftables alike.

import { cidrHolds } from '../addresses/cidr.ts'
import type { Decision, Evaluation } from '../dataplane/hook-rules.ts'
import type { Packet } from '../dataplane/packet.ts'
import type { PodTraffic, PortUnit } from './port-unit.ts'
import type { Ruleset } from './ruleset.ts'
import { WayTable } from './way-table.ts'

/** One of these is chosen with equal odds; null: only the rules can tell. */
export type Choice = readonly Destination[] | null

interface Destination {
  readonly address: string
  readonly port: number
}

/** A destination of one service port. What every packet needs stands first. */
export interface Way {
  readonly protocol: Packet['protocol']
  readonly port: number
  /** The destination is the cluster IP: traffic that is not the pods' gets masqueraded. */
  readonly internal: boolean
  /** It is no external address of the service besides. */
  readonly internalOnly: boolean
  /** Source ranges guard load-balancer addresses of this port. */
  readonly guarded: boolean
  /** The same for all nodes; undefined: not looked up yet, or nodes differ. */
  choice: Choice | undefined
  /** Of another port at the same address. */
  readonly next: Way | undefined
  readonly unit: PortUnit
}

/** The ways in at each address somebody asked for; one for each version of the rules. */
export class Ways {
  readonly #ruleset: Ruleset
  readonly #byAddress = new Map<string, Way>()
  /** Those that nothing more need be asked about. */
  readonly packed = new WayTable()

  constructor(ruleset: Ruleset) {
    this.#ruleset = ruleset
  }

  /** The first of the ways at an address, whose word is known; undefined: no service has it. */
  at(address: string, word: number): Way | undefined {
    if (!this.#ruleset.index.mayHold(word)) return undefined
    const known = this.#byAddress.get(address)
    if (known !== undefined) return known
    let first: Way | undefined
    for (const { entry, place } of this.#ruleset.index.at(address)) {
      const unit = this.#ruleset.entry(entry)?.units()[place]
      if (unit !== undefined) first = wayOf(unit, address, first)
    }
    if (first !== undefined) this.#byAddress.set(address, first)
    return first
  }
}

function wayOf(unit: PortUnit, address: string, next: Way | undefined): Way {
  const { protocol, port, clusterIP, externalIPs, sourceRanges, loadBalancerVIPs } = unit.port
  const internal = clusterIP === address
  const internalOnly = internal && !externalIPs.includes(address) && !loadBalancerVIPs.includes(address)
  const guarded = sourceRanges.length > 0 && loadBalancerVIPs.length > 0
  return { protocol, port, internal, internalOnly, guarded, choice: undefined, next, unit }
}

/** The way a packet takes among those at its destination; null: none; `several`: the order of rules decides. */
export function wayOfPacket(first: Way, { destinationPort, protocol }: Packet): Way | null | 'several' {
  let found: Way | null = null
  for (let way: Way | undefined = first; way !== undefined; way = way.next) {
    if (way.port !== destinationPort || way.protocol !== protocol) continue
    if (found !== null) return 'several'
    found = way
  }
  return found
}

/** What nodes may disagree on is found once for each of them. */
export class NodeChoices {
  readonly #find: (way: Way, address: string) => Choice
  readonly #own = new Map<Way, Choice>()

  constructor(find: (way: Way, address: string) => Choice) {
    this.#find = find
  }

  at(way: Way, address: string): Choice {
    if (way.choice !== undefined) return way.choice
    const known = this.#own.get(way)
    if (known !== undefined) return known
    const choice = this.#find(way, address)
    if (way.unit.dependsOnNode) this.#own.set(way, choice)
    else way.choice = choice
    return choice
  }
}

/** Packs a way that is taken again: not worth it for rules that change all the time. Ways nodes disagree on have no choice here. */
export function packAgain({ packed }: Ways, packet: Packet, { internal, guarded, choice }: Way): void {
  if (choice !== undefined && choice !== null) packed.keep(packet, { internal, guarded, targets: choice })
}

/** One draw, unless there is no choice. */
export function draw(among: readonly Destination[], run: Evaluation): Destination | undefined {
  const count = among.length
  return among[count === 1 ? 0 : Math.floor(run.random.real() * count)]
}

/** Traffic to a cluster IP that gets the node's address: what is not known to be the pods' own. */
export function isMasqueraded(podTraffic: PodTraffic | undefined, all: boolean, packet: Packet): boolean {
  if (all) return true
  const { source, inInterface } = podTraffic ?? {}
  if (source !== undefined) return !cidrHolds(source, packet.family, packet.source, packet.sourceWord)
  if (inInterface === undefined) return false
  return inInterface.endsWith('+')
    ? !packet.inInterface.startsWith(inInterface.slice(0, -1))
    : packet.inInterface !== inInterface
}

/** `walk`: the rules have to be walked. */
export type Shortcut = Decision | undefined | 'walk'

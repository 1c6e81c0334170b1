// Virtual and real servers as the kernel's ipvs holds them: the list of real servers in its own order, weights, connections, and
// what each scheduler remembers.
// Source: Linux net/netfilter/ipvs/ip_vs_ctl.c.

import type { Microseconds } from '@podwire/engine'
import type { ServiceProtocol } from '../services/service-port.ts'
import { hostPort } from '../addresses/ip.ts'
import type { IpvsConnection } from './ipvs-connection.ts'
import { IpvsConnections, NOWHERE } from './ipvs-connections.ts'
import { Traffic } from './traffic.ts'

export type Scheduler = 'rr' | 'wrr' | 'lc' | 'wlc' | 'sh' | 'dh' | 'sed' | 'nq' | 'mh'

export const SCHEDULERS: readonly Scheduler[] = ['rr', 'wrr', 'lc', 'wlc', 'sh', 'dh', 'sed', 'nq', 'mh']

/** `sh-port`: the hash takes the client's port too; `sh-fallback`: a server that cannot take it is passed over. The same of mh. */
export type SchedulerFlag = 'sh-fallback' | 'sh-port' | 'mh-fallback' | 'mh-port'

/** What is wanted of one virtual server. */
export interface VirtualServerSpec {
  readonly protocol: ServiceProtocol
  readonly address: string
  readonly port: number
  readonly scheduler: Scheduler
  readonly flags: readonly SchedulerFlag[]
  readonly persistentSeconds: number | undefined
  readonly servers: readonly ServerAddress[]
}

export interface ServerAddress {
  /** `ip:port` */
  readonly text: string
  readonly address: string
  readonly port: number
  /** Default 1. */
  readonly weight?: number
}

/** `tcp 10.96.0.10:53` */
export function keyOf({ protocol, address, port }: Pick<VirtualServerSpec, 'protocol' | 'address' | 'port'>): string {
  return `${protocol} ${hostPort(address, port)}`
}

/** It is its own traffic: who adds it up finds both in one place. */
export class RealServer extends Traffic {
  /** When the last connection ended of those nobody holds on to any more. Beside its traffic: both are written when that is added up. */
  idleSinceUs: Microseconds = 0
  /** What kube-proxy or somebody else wants there: shared by nodes. */
  readonly #at: ServerAddress
  #weight: number
  /** Of its connections: places in the list of all. */
  newest = NOWHERE
  /** How many it holds on to, those included that are over and not yet swept out. */
  kept = 0
  oldest = NOWHERE
  /** The last weight that was not 0: mh keeps a draining server's slots. */
  lastWeight: number
  /** When it was told to drain; undefined: it serves. */
  drainingSinceUs: Microseconds | undefined = undefined
  readonly #connections: IpvsConnections

  constructor(at: ServerAddress, connections: IpvsConnections) {
    super()
    const { weight = 1 } = at
    this.#connections = connections
    this.#at = at
    this.#weight = weight
    this.lastWeight = weight
  }

  get text(): string {
    return this.#at.text
  }

  get address(): string {
    return this.#at.address
  }

  get port(): number {
    return this.#at.port
  }

  get traffic(): Traffic {
    this.#connections.settle()
    return this
  }

  get weight(): number {
    return this.#weight
  }

  set weight(weight: number) {
    this.#weight = weight
    if (weight !== 0) this.lastWeight = weight
  }

  count(nowUs: Microseconds): { readonly active: number; readonly inactive: number } {
    let active = 0
    let inactive = 0
    for (const { active: isActive } of this.connections(nowUs)) {
      if (isActive) active++
      else inactive++
    }
    return { active, inactive }
  }

  connections(nowUs: Microseconds): IterableIterator<IpvsConnection> {
    return this.#connections.of(this, nowUs)
  }

  hasConnectionFrom(client: string, nowUs: Microseconds): boolean {
    for (const { connection } of this.connections(nowUs)) if (connection.source === client) return true
    return false
  }
}

/** Turns of rr that are kept elsewhere. */
export interface Round {
  /** @returns who had the last one */
  end(): RealServer | undefined
}

/** A client and the server it stays with. */
interface Template {
  readonly server: RealServer
  untilUs: Microseconds
}

/** It is its own traffic, as real servers are. */
export class VirtualServer extends Traffic {
  /** Some server waits for its connections to end. */
  isDraining = false
  #last: RealServer | undefined = undefined
  #round: Round | undefined = undefined
  readonly connections: IpvsConnections
  #templates: Map<string, Template> | undefined = undefined
  spec: VirtualServerSpec
  /** In the kernel's order: the newest first. */
  servers: readonly RealServer[] = []
  currentWeight = 0
  /** sh, dh and mh: their table, made anew when the list changes. */
  table: readonly (RealServer | undefined)[] | undefined = undefined

  /** @param connections of all virtual servers of the node */
  constructor(spec: VirtualServerSpec, connections = new IpvsConnections()) {
    super()
    this.spec = spec
    this.connections = connections
  }

  get traffic(): Traffic {
    this.connections.settle()
    return this
  }

  /** rr and wrr: who was last. */
  get last(): RealServer | undefined {
    this.endRound()
    return this.#last
  }

  set last(server: RealServer | undefined) {
    this.endRound()
    this.#last = server
  }

  /** Until somebody asks who was last, or the list or a weight changes, servers take their turns there. */
  beginRound(round: Round): void {
    this.endRound()
    this.#round = round
  }

  endRound(): void {
    if (this.#round === undefined) return
    this.#last = this.#round.end()
    this.#round = undefined
  }

  /** Clients that stay with a server; undefined until there is one. */
  get templates(): ReadonlyMap<string, Template> | undefined {
    return this.#templates
  }

  pin(client: string, server: RealServer, untilUs: Microseconds): void {
    this.#templates ??= new Map()
    this.#templates.set(client, { server, untilUs })
  }

  unpin(client: string): void {
    this.#templates?.delete(client)
  }

  addServer(address: ServerAddress): void {
    this.servers = [new RealServer(address, this.connections), ...this.servers]
    this.changed()
  }

  removeServer(server: RealServer): void {
    const place = this.servers.indexOf(server)
    // rr goes on behind the server that stood before the one that went.
    if (this.last === server) this.last = this.servers[place - 1]
    this.servers = this.servers.filter((other) => other !== server)
    this.changed()
  }

  /** The list or a weight is another one. */
  changed(): void {
    this.table = undefined
    this.endRound()
    if (this.spec.scheduler !== 'rr') this.#last = undefined
    this.currentWeight = 0
  }

  /** Another scheduler starts afresh. */
  setSpec(spec: VirtualServerSpec): void {
    const rescheduled = this.spec.scheduler !== spec.scheduler
    if (rescheduled || spec.persistentSeconds !== undefined) this.endRound()
    this.spec = spec
    if (!rescheduled) return
    this.last = undefined
    this.changed()
  }
}

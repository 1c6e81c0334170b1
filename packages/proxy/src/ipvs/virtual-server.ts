// Virtual and real servers as the kernel's ipvs holds them: the list of real servers in its own order, weights, connections, and
// what each scheduler remembers. Departures: connections are those of conntrack, with its timeouts instead of ipvs's 900, 120
// and 300 seconds; expired ones are found when somebody counts.

import type { Microseconds } from '@podwire/engine'
import type { Connection } from '../conntrack/connection.ts'
import type { ServiceProtocol } from '../services/service-port.ts'

export type Scheduler = 'rr' | 'wrr' | 'lc' | 'wlc' | 'sh' | 'dh' | 'sed' | 'nq' | 'mh'

export const SCHEDULERS: readonly Scheduler[] = ['rr', 'wrr', 'lc', 'wlc', 'sh', 'dh', 'sed', 'nq', 'mh']

/** What kube-proxy wants of one virtual server. */
export interface VirtualServerSpec {
  readonly protocol: ServiceProtocol
  readonly address: string
  readonly port: number
  readonly scheduler: Scheduler
  readonly persistentSeconds: number | undefined
  readonly servers: readonly ServerAddress[]
}

export interface ServerAddress {
  /** `ip:port` */
  readonly text: string
  readonly address: string
  readonly port: number
}

export class RealServer {
  readonly text: string
  readonly address: string
  readonly port: number
  weight = 1
  /** When it was told to drain; undefined: it serves. */
  drainingSinceUs: Microseconds | undefined = undefined
  readonly #connections = new Set<Connection>()

  constructor({ text, address, port }: ServerAddress) {
    this.text = text
    this.address = address
    this.port = port
  }

  add(connection: Connection): void {
    this.#connections.add(connection)
  }

  /** Established ones, and ones on their way there; everything else that is remembered is inactive. UDP has no active ones. */
  count(nowUs: Microseconds): { readonly active: number; readonly inactive: number } {
    let active = 0
    let inactive = 0
    for (const connection of this.#connections) {
      if (!this.#isLive(connection, nowUs)) this.#connections.delete(connection)
      else if (isActive(connection)) active++
      else inactive++
    }
    return { active, inactive }
  }

  hasConnectionFrom(client: string, nowUs: Microseconds): boolean {
    for (const connection of this.#connections) {
      if (connection.original.source === client && this.#isLive(connection, nowUs)) return true
    }
    return false
  }

  /** An entry may have been opened anew and lead elsewhere. */
  #isLive({ gone, expiresAtUs, reply }: Connection, nowUs: Microseconds): boolean {
    return !gone && expiresAtUs > nowUs && reply.source === this.address && reply.sourcePort === this.port
  }
}

function isActive({ protocol, state }: Connection): boolean {
  return protocol !== 'udp' && (state === 'ESTABLISHED' || state === 'SYN_RECV' || state === 'SYN_SENT')
}

/** A client and the server it stays with. */
interface Template {
  readonly server: RealServer
  untilUs: Microseconds
}

export class VirtualServer {
  spec: VirtualServerSpec
  /** In the kernel's order: the newest first. */
  servers: RealServer[] = []
  readonly templates = new Map<string, Template>()
  /** rr and wrr: who was last, and wrr's current weight. */
  last: RealServer | undefined = undefined
  currentWeight = 0
  /** sh, dh and mh: their table, made anew when the list changes. */
  table: readonly (RealServer | undefined)[] | undefined = undefined

  constructor(spec: VirtualServerSpec) {
    this.spec = spec
  }

  changed(): void {
    this.table = undefined
    this.last =
      this.spec.scheduler === 'rr' && this.last !== undefined && this.servers.includes(this.last)
        ? this.last
        : undefined
    this.currentWeight = 0
  }
}

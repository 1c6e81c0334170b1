// The ports of one network namespace: who listens, and which are taken by connections. Ephemeral ports are those of
// net.ipv4.ip_local_port_range (32768–60999), taken in turn from a start of the namespace's own. Departures: a port serves one
// connection at a time, of TCP or SCTP, whatever its peer, and TIME_WAIT does not block it (tcp_tw_reuse frees most of those too).

import { hashText } from '@podwire/engine'
import { familyOf } from './address.ts'
import { SocketError } from './network.ts'

/** Something bound to a port. `address` undefined: any address. */
export interface Bound {
  readonly address: string | undefined
}

const FIRST_EPHEMERAL = 32768
const EPHEMERAL_COUNT = 60999 - FIRST_EPHEMERAL + 1

const NOBODY: ReadonlyMap<number, readonly never[]> = new Map()

export class PortTable<TcpListener extends Bound, UdpBinding extends Bound, SctpListener extends Bound> {
  readonly tcp = new Map<number, TcpListener[]>()
  /** Made with the first binding: most namespaces have none. */
  #udp: Map<number, UdpBinding[]> | undefined
  /** The same. */
  #sctp: Map<number, SctpListener[]> | undefined
  /** One bit an ephemeral port, from the first connection on. */
  #taken: Uint32Array | undefined
  #next: number

  constructor(name: string) {
    this.#next = (hashText(name, 0) >>> 0) % EPHEMERAL_COUNT
  }

  get udp(): ReadonlyMap<number, readonly UdpBinding[]> {
    return this.#udp ?? NOBODY
  }

  get sctp(): ReadonlyMap<number, readonly SctpListener[]> {
    return this.#sctp ?? NOBODY
  }

  /** To listen in. */
  get sctpListeners(): Map<number, SctpListener[]> {
    return (this.#sctp ??= new Map())
  }

  /** @throws SocketError EADDRINUSE */
  bindUdp(port: number, entry: UdpBinding): void {
    PortTable.bind((this.#udp ??= new Map()), port, entry)
  }

  releaseUdp(port: number, entry: UdpBinding): void {
    if (this.#udp !== undefined) PortTable.release(this.#udp, port, entry)
  }

  /** Who takes what arrives for an address and port: the one bound to the address before the one bound to any. */
  static find<T extends Bound>(table: ReadonlyMap<number, readonly T[]>, address: string, port: number): T | undefined {
    const bound = table.get(port)
    if (bound === undefined) return undefined
    let any: T | undefined
    for (const entry of bound) {
      if (entry.address === address) return entry
      if (entry.address === undefined || isAnyOf(entry.address, address)) any = entry
    }
    return any
  }

  /** @throws SocketError EADDRINUSE */
  static bind<T extends Bound>(table: Map<number, T[]>, port: number, entry: T): void {
    const bound = table.get(port)
    if (bound === undefined) {
      table.set(port, [entry])
      return
    }
    if (bound.some((other) => overlap(other.address, entry.address))) throw new SocketError('EADDRINUSE')
    bound.push(entry)
  }

  static release<T extends Bound>(table: Map<number, T[]>, port: number, entry: T): void {
    const left = (table.get(port) ?? []).filter((other) => other !== entry)
    if (left.length === 0) table.delete(port)
    else table.set(port, left)
  }

  /** Takes an ephemeral port for a connection. @throws SocketError EADDRNOTAVAIL when all are in use */
  claim(): number {
    this.#taken ??= new Uint32Array(Math.ceil(EPHEMERAL_COUNT / 32))
    const taken = this.#taken
    for (let tries = 0; tries < EPHEMERAL_COUNT; tries++) {
      const place = this.#next
      this.#next = place + 1 === EPHEMERAL_COUNT ? 0 : place + 1
      const word = taken[place >>> 5] ?? 0
      const bit = 1 << (place & 31)
      const port = FIRST_EPHEMERAL + place
      if ((word & bit) !== 0 || this.tcp.has(port) || this.#sctp?.has(port) === true) continue
      taken[place >>> 5] = word | bit
      return port
    }
    throw new SocketError('EADDRNOTAVAIL')
  }

  unclaim(port: number): void {
    const place = port - FIRST_EPHEMERAL
    if (this.#taken !== undefined) this.#taken[place >>> 5] = (this.#taken[place >>> 5] ?? 0) & ~(1 << (place & 31))
  }

  /** @throws SocketError EADDRNOTAVAIL */
  ephemeralUdp(): number {
    for (let tries = 0; tries < EPHEMERAL_COUNT; tries++) {
      const port = FIRST_EPHEMERAL + this.#next
      this.#next = (this.#next + 1) % EPHEMERAL_COUNT
      if (!this.udp.has(port)) return port
    }
    throw new SocketError('EADDRNOTAVAIL')
  }
}

/** `::` takes both families, as net.ipv6.bindv6only=0 has it; `0.0.0.0` takes IPv4. */
function isAnyOf(bound: string, address: string): boolean {
  return bound === '::' || (bound === '0.0.0.0' && familyOf(address) === 4)
}

function overlap(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined || a === b) return true
  if (a === '::' || b === '::') return true
  if (a === '0.0.0.0') return familyOf(b) === 4
  if (b === '0.0.0.0') return familyOf(a) === 4
  return false
}

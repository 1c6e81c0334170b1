// The connections of all real servers of a node. Those of one server are chained by their places in this list, so that servers, of which
// there are many and most seldom used, hold numbers and no objects: the garbage collector need not look through them for young ones.
// Connections that are over must not pile up: for each that comes two others are looked at, so that what is kept stays within twice
// what lives and a batch, whichever servers it belongs to.
// What packets carried is added up in batches, and new connections are chained with them, at the latest when somebody looks: servers
// are scattered over the memory, and the processor fetches those of a batch all at once.

import type { Microseconds } from '@podwire/engine'
import type { IpvsConnection } from './ipvs-connection.ts'
import { DEFAULT_TIMEOUTS, type IpvsTimeouts } from './tcp-states.ts'
import { nextLookUs } from './traffic.ts'
import type { RealServer } from './virtual-server.ts'

const LOOKS = 2
const BATCH = 64

/** No connection has this place. */
export const NOWHERE = -1

export class IpvsConnections {
  /** `ipvsadm --set`: how long they live. */
  timeouts: IpvsTimeouts = DEFAULT_TIMEOUTS
  /** In no order, without gaps. */
  readonly #all: IpvsConnection[] = []
  #next = 0
  /** Those whose load is not added up, each once, new ones in the order of age. All of it came between two looks at the traffic. */
  readonly #pending: IpvsConnection[] = []
  #notedAtUs: Microseconds = 0
  #settleByUs: Microseconds = 0

  /** A new connection. */
  add(connection: IpvsConnection, nowUs: Microseconds): void {
    this.note(connection, nowUs)
    connection.conns++
  }

  /** The connection is about to carry more. */
  note(connection: IpvsConnection, nowUs: Microseconds): void {
    if (this.#pending.length >= BATCH || nowUs >= this.#settleByUs) {
      this.settle()
      this.#settleByUs = nextLookUs(nowUs)
    }
    this.#notedAtUs = nowUs
    if (connection.isPending) return
    connection.isPending = true
    this.#pending.push(connection)
  }

  /** Adds up what is pending. */
  settle(): void {
    const pending = this.#pending
    if (pending.length === 0) return
    const nowUs = this.#notedAtUs
    for (const one of pending) {
      one.virtual.carry(one, nowUs)
      one.server.carry(one, nowUs)
      const isNew = one.conns > 0
      one.unload()
      if (isNew && one.isLive(nowUs)) this.#admit(one, nowUs)
    }
    pending.length = 0
  }

  /** Those of a server that are not over, oldest first. */
  *of(server: RealServer, nowUs: Microseconds): IterableIterator<IpvsConnection> {
    this.settle()
    let one = this.#at(server.oldest)
    while (one !== undefined) {
      const next = this.#at(one.next)
      if (one.isLive(nowUs)) yield one
      else this.#drop(one, nowUs)
      one = next
    }
  }

  #admit(connection: IpvsConnection, nowUs: Microseconds): void {
    this.#sweep(nowUs)
    const { server } = connection
    const place = this.#all.length
    this.#all.push(connection)
    connection.place = place
    connection.previous = server.newest
    this.#chain(connection, server.newest, place, connection.next)
    server.kept++
  }

  #at(place: number): IpvsConnection | undefined {
    return place === NOWHERE ? undefined : this.#all[place]
  }

  #sweep(nowUs: Microseconds): void {
    const all = this.#all
    for (let looked = 0; looked < LOOKS && all.length > 0; looked++) {
      if (this.#next >= all.length) this.#next = 0
      const one = all[this.#next]
      if (one === undefined || one.isLive(nowUs)) this.#next++
      else this.#drop(one, nowUs)
    }
  }

  /** The last one takes its place in the list. */
  #drop(one: IpvsConnection, nowUs: Microseconds): void {
    const { server, place, previous, next, expiresAtUs } = one
    server.idleSinceUs = Math.max(server.idleSinceUs, Math.min(expiresAtUs, nowUs))
    this.#join(server, previous, next)
    server.kept--
    const last = this.#all.pop()
    if (last === undefined || last === one) return
    last.place = place
    this.#all[place] = last
    this.#chain(last, last.previous, place, last.next)
  }

  /** Its neighbours know its place. */
  #chain({ server }: IpvsConnection, previous: number, place: number, next: number): void {
    this.#join(server, previous, place)
    this.#join(server, place, next)
  }

  #join(server: RealServer, before: number, after: number): void {
    const left = this.#at(before)
    const right = this.#at(after)
    if (left === undefined) server.oldest = after
    else left.next = after
    if (right === undefined) server.newest = before
    else right.previous = before
  }
}

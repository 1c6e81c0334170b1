// The connections of all real servers of a node, for one purpose: those that are over must not pile up. For each that comes two others
// are looked at, so that what is kept stays within twice what lives, whichever servers it belongs to.

import type { Microseconds } from '@podwire/engine'
import type { IpvsConnection } from './ipvs-connection.ts'

const LOOKS = 2

export class IpvsConnections {
  /** In no order. */
  readonly #all: IpvsConnection[] = []
  #next = 0

  add(connection: IpvsConnection, nowUs: Microseconds): void {
    const all = this.#all
    for (let looked = 0; looked < LOOKS && all.length > 0; looked++) {
      if (this.#next >= all.length) this.#next = 0
      const one = all[this.#next]
      if (one === undefined || one.isLive(nowUs)) {
        this.#next++
        continue
      }
      one.server.drop(one)
      const last = all.pop()
      if (last !== undefined && last !== one) all[this.#next] = last
    }
    all.push(connection)
  }
}

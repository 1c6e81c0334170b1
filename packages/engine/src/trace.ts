// Keeps the last events of a bus for people to read. The hash does not live here: it is the bus's and needs no observer.

import type { Bus, BusEvent } from './bus.ts'

export class Trace implements Disposable {
  readonly #subscription: Disposable
  readonly #capacity: number
  #events: BusEvent[] = []

  /** @param capacity how many events are kept; the oldest go first */
  constructor(bus: Bus, capacity = 10_000) {
    this.#capacity = capacity
    this.#subscription = bus.subscribeAll((event) => this.#keep(event))
  }

  /** The kept events, oldest first. */
  events(): readonly BusEvent[] {
    return this.#events.slice(-this.#capacity)
  }

  clear(): void {
    this.#events = []
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]()
  }

  #keep(event: BusEvent): void {
    this.#events.push(event)
    // Trimming at twice the capacity keeps the cost per event constant.
    if (this.#events.length >= 2 * this.#capacity) this.#events = this.#events.slice(-this.#capacity)
  }
}

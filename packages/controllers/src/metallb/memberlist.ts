// Who of the speakers is alive, as the others hear it: they probe each other. A speaker that says goodbye is gone within a
// second; one that falls silent is suspected for a while first. Departure: all speakers hear of it at the same moment, and the
// probes themselves send nothing.
// Source: hashicorp/memberlist as metallb configures it: probes every second that wait 500 ms, then suspicion for 4 × log10 of the
// number of members, in seconds.

import { type Engine, MILLISECOND, type Random, type ScheduledTask, SECOND } from '@podwire/engine'

export class Memberlist {
  readonly #engine: Engine
  readonly #random: Random
  readonly #alive = new Set<string>()
  readonly #leaving = new Map<string, ScheduledTask>()
  readonly #listeners = new Set<() => void>()

  constructor(engine: Engine) {
    this.#engine = engine
    this.#random = engine.random.fork('metallb-memberlist')
  }

  /** Nodes of live speakers. */
  get alive(): ReadonlySet<string> {
    return this.#alive
  }

  join(node: string): void {
    const leaving = this.#leaving.get(node)
    if (leaving !== undefined) this.#engine.cancel(leaving)
    this.#leaving.delete(node)
    if (this.#alive.has(node)) return
    this.#alive.add(node)
    this.#tell()
  }

  /** @param silently it crashed, or its node did */
  leave(node: string, silently: boolean): void {
    if (!this.#alive.has(node) || this.#leaving.has(node)) return
    const suspicionUs = 4 * SECOND * Math.max(1, Math.log10(Math.max(1, this.#alive.size)))
    const probedUs = this.#random.uniform(0, 1000) * MILLISECOND + 500 * MILLISECOND
    const goodbyeUs = this.#random.uniform(100, 1000) * MILLISECOND
    const delayUs = silently ? Math.round(probedUs + suspicionUs) : goodbyeUs
    const gone = (): void => {
      this.#leaving.delete(node)
      this.#alive.delete(node)
      this.#tell()
    }
    this.#leaving.set(node, this.#engine.schedule(delayUs, 'metallb-memberlist', gone))
  }

  /** Calls back when somebody came or went. @returns ends it */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}

// One node's kube-proxy: the newest sync it has finished, looked up lazily. While its pod is not running, the kernel keeps the
// rules it has.

import type { Clock, Microseconds, Random } from '@podwire/engine'
import { NO_RULES, type NodeRules } from '../dataplane/node-rules.ts'
import type { NodeFacts } from '../services/node-facts.ts'
import { syncDuration, type Sync, type SyncHistory } from './history.ts'
import { SyncedRules } from './synced-rules.ts'

export class NodeView {
  readonly nodeName: string
  readonly #clock: Clock
  readonly #random: Random
  readonly #history: SyncHistory
  #facts: NodeFacts
  #running = true
  /** Nothing is synced before this: the start of its kube-proxy. */
  #startedUs: Microseconds = 0
  #rules: NodeRules = NO_RULES
  #seenVersion = -1
  #untilUs: Microseconds = -1
  readonly #durations = new Map<number, Microseconds>()

  constructor(nodeName: string, clock: Clock, random: Random, history: SyncHistory) {
    this.nodeName = nodeName
    this.#clock = clock
    this.#random = random
    this.#history = history
    this.#facts = unknownNode(nodeName)
  }

  get running(): boolean {
    return this.#running
  }

  get facts(): NodeFacts {
    return this.#facts
  }

  setFacts(facts: NodeFacts): void {
    this.#facts = facts
    this.#seenVersion = -1
  }

  /** Starting again means a sync of everything, as soon as it can. */
  setRunning(running: boolean): void {
    if (running === this.#running) return
    // What it has at this moment is what it keeps.
    if (!running) this.rules()
    this.#running = running
    if (running) {
      this.#startedUs = this.#clock.now()
      this.#seenVersion = -1
    }
  }

  /** The rules in the node's kernel now; the same object while nothing changes. */
  rules(): NodeRules {
    if (!this.#running) return this.#rules
    const nowUs = this.#clock.now()
    if (this.#seenVersion === this.#history.version && nowUs < this.#untilUs) return this.#rules
    const { sync, untilUs } = this.#history.at(nowUs, (candidate) => this.#finishedUs(candidate))
    this.#seenVersion = this.#history.version
    this.#untilUs = untilUs
    if (sync !== undefined && !this.#has(sync)) this.#rules = new SyncedRules(sync, this.#facts)
    return this.#rules
  }

  #has(sync: Sync): boolean {
    return this.#rules instanceof SyncedRules && this.#rules.sync === sync && this.#rules.node === this.#facts
  }

  #finishedUs(sync: Sync): Microseconds {
    let duration = this.#durations.get(sync.number)
    if (duration === undefined) {
      duration = syncDuration(this.#random, this.nodeName, sync)
      if (this.#durations.size > 16) this.#durations.clear()
      this.#durations.set(sync.number, duration)
    }
    return Math.max(sync.startUs, this.#startedUs) + duration
  }
}

function unknownNode(name: string): NodeFacts {
  return { name, zone: undefined, addresses: [], interfaceAddresses: [], podCIDRs: [] }
}

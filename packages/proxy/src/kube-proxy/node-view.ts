// One node's kube-proxy: the newest sync it has finished, looked up lazily. While its pod is not running, the kernel keeps the
// rules it has.

import type { Clock, Microseconds, Random } from '@podwire/engine'
import { NO_RULES, type NodeRules } from '../dataplane/node-rules.ts'
import type { NodeFacts } from '../services/node-facts.ts'
import { syncDuration, type Sync } from './history.ts'
import type { ProxyProfile } from './proxy-profile.ts'
import type { ProxyProcessTimes } from '../ipvs/node-ipvs.ts'
import { SyncedRules } from './synced-rules.ts'

export class NodeView implements ProxyProcessTimes {
  readonly nodeName: string
  readonly #clock: Clock
  readonly #random: Random
  #profile: ProxyProfile
  #facts: NodeFacts
  #running = true
  /** Nothing is synced before this: the start of its kube-proxy. */
  #startedUs: Microseconds = 0
  #stoppedUs: Microseconds | undefined
  /** Which start of the process wrote the present rules. */
  #writtenByStartUs: Microseconds = 0
  #rules: NodeRules = NO_RULES
  #seenVersion = -1
  #untilUs: Microseconds = -1
  #failingSinceUs: Microseconds | undefined
  /** How many things keep it from hearing of changes. */
  #cutOffs = 0
  #waitingSinceUs: Microseconds | undefined
  readonly #durations = new Map<number, Microseconds>()
  readonly #finished = (sync: Sync): Microseconds => this.#finishedUs(sync)

  constructor(nodeName: string, clock: Clock, random: Random, profile: ProxyProfile) {
    this.nodeName = nodeName
    this.#clock = clock
    this.#random = random
    this.#profile = profile
    this.#facts = unknownNode(nodeName)
  }

  get running(): boolean {
    return this.#running
  }

  /** The flags it was started with. */
  get profile(): ProxyProfile {
    return this.#profile
  }

  /** Other flags mean another process: it begins now, and does not know the syncs of before. */
  setProfile(profile: ProxyProfile): void {
    if (profile === this.#profile) return
    this.rules()
    this.#profile = profile
    this.#startedUs = this.#clock.now()
    this.#seenVersion = -1
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
    this.#stoppedUs = running ? undefined : this.#clock.now()
    if (running) {
      this.#startedUs = this.#clock.now()
      this.#seenVersion = -1
    }
  }

  /**
   * Its syncs fail from now on (iptables-restore or nft refuses), or work again: then what it missed is written as soon as it can.
   */
  setFailing(failing: boolean): void {
    if (failing === (this.#failingSinceUs !== undefined)) return
    if (failing) {
      this.rules()
      this.#failingSinceUs = this.#clock.now()
      return
    }
    this.#failingSinceUs = undefined
    this.#waitingSinceUs = undefined
    this.#startAgain()
  }

  #startAgain(): void {
    this.#startedUs = this.#clock.now()
    this.#seenVersion = -1
  }

  /** One thing more keeps it from hearing of changes, or one less: meanwhile it keeps the rules it has, and thinks nothing of it. */
  setCutOff(cutOff: boolean): void {
    if (cutOff) this.rules()
    this.#cutOffs += cutOff ? 1 : -1
    if (this.#cutOffs === 0) this.#startAgain()
  }

  /** A change wants to be written: one that cannot be makes the proxy unhealthy in time. */
  noteChange(): void {
    if (this.#failingSinceUs !== undefined) this.#waitingSinceUs ??= this.#clock.now()
  }

  get failingSinceUs(): Microseconds | undefined {
    return this.#failingSinceUs
  }

  /** Since when a change waits for a sync that does not come. */
  get waitingSinceUs(): Microseconds | undefined {
    return this.#waitingSinceUs
  }

  /** The rules in the node's kernel now; the same object while nothing changes. */
  rules(): NodeRules {
    if (!this.#running || this.#cutOffs > 0 || this.#failingSinceUs !== undefined) return this.#rules
    const nowUs = this.#clock.now()
    const { history } = this.#profile
    if (this.#seenVersion === history.version && nowUs < this.#untilUs) return this.#rules
    const { sync, untilUs } = history.at(nowUs, this.#finished)
    this.#seenVersion = history.version
    this.#untilUs = untilUs
    if (sync !== undefined && !this.#has(sync)) {
      this.#rules = new SyncedRules(sync, this.#facts, this)
      this.#writtenByStartUs = this.#startedUs
    }
    return this.#rules
  }

  /** When it finished writing the rules it has; 0 while it has none. */
  rulesSinceUs(): Microseconds {
    const rules = this.rules()
    return rules instanceof SyncedRules ? this.#finishedUs(rules.sync) : 0
  }

  startedUs(): Microseconds {
    return this.#startedUs
  }

  /** The last time its kube-proxy went over all rules: with the sync that is in force, or a periodic one since. */
  lastSyncUs(): Microseconds {
    const rules = this.#rules
    if (!(rules instanceof SyncedRules)) return 0
    const { syncPeriodUs } = rules.sync.options
    const finishedUs = this.#finishedUs(rules.sync)
    const untilUs = this.#stoppedUs ?? this.#failingSinceUs ?? this.#clock.now()
    return finishedUs + Math.max(0, Math.floor((untilUs - finishedUs) / syncPeriodUs)) * syncPeriodUs
  }

  #has(sync: Sync): boolean {
    const rules = this.#rules
    const sameStart = this.#writtenByStartUs === this.#startedUs
    return rules instanceof SyncedRules && rules.sync === sync && rules.node === this.#facts && sameStart
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

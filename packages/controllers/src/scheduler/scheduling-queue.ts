// The pods that wait for a node: active ones by priority and age, unschedulable ones with their back-off. Pure bookkeeping.
// Source: kube-scheduler backend/queue.

import { SECOND, type Microseconds } from '@podwire/engine'
import type { Pod } from '@podwire/apiserver'
import type { PluginName } from './filters.ts'
import type { PodInfo } from './pod-info.ts'

const BACKOFF_INITIAL_US: Microseconds = SECOND
const BACKOFF_MAX_US: Microseconds = 10 * SECOND

/** An unschedulable pod, with who kept it off the nodes. */
export interface Rejected {
  readonly info: PodInfo
  readonly rejectors: ReadonlySet<PluginName>
}

interface Waiting extends Rejected {
  readonly attempts: number
  /** End of its back-off. */
  readonly readyUs: Microseconds
}

/** Pods of one priority, first come first served. */
class Lane {
  readonly pods = new Map<string, Pod>()
}

export class SchedulingQueue {
  /** By priority; few priorities are in use at a time. */
  readonly #lanes = new Map<number, Lane>()
  readonly #active = new Map<string, number>()
  readonly #unschedulable = new Map<string, Waiting>()
  readonly #attempts = new Map<string, number>()
  readonly #asleep = new Set<string>()

  /** Puts a pod into the active queue. False: it was there already (its newest version replaces the old one). */
  activate(key: string, pod: Pod): boolean {
    const waiting = this.#unschedulable.get(key)
    if (waiting !== undefined) this.#attempts.set(key, waiting.attempts)
    this.#unschedulable.delete(key)
    this.#asleep.delete(key)
    const known = this.#active.get(key)
    const priority = pod.spec.priority ?? 0
    if (known === priority) {
      this.#lane(priority).pods.set(key, pod)
      return false
    }
    if (known !== undefined) this.#lane(known).pods.delete(key)
    this.#active.set(key, priority)
    this.#lane(priority).pods.set(key, pod)
    return known === undefined
  }

  /** The next pod: highest priority, then longest in the queue. */
  pop(): { readonly key: string; readonly pod: Pod } | undefined {
    let best: number | undefined
    for (const [priority, { pods }] of this.#lanes) {
      if (pods.size > 0 && (best === undefined || priority > best)) best = priority
    }
    if (best === undefined) return undefined
    for (const [key, pod] of this.#lane(best).pods) {
      this.#lane(best).pods.delete(key)
      this.#active.delete(key)
      return { key, pod }
    }
    return undefined
  }

  /** Remembers a failed attempt. Returns the end of the pod's back-off. */
  failed(key: string, rejected: Rejected, nowUs: Microseconds): Microseconds {
    const attempts = (this.#attempts.get(key) ?? 0) + 1
    this.#attempts.delete(key)
    const readyUs = nowUs + Math.min(BACKOFF_MAX_US, BACKOFF_INITIAL_US * 2 ** (attempts - 1))
    this.#unschedulable.set(key, { ...rejected, attempts, readyUs })
    this.#asleep.add(key)
    return readyUs
  }

  /** The unschedulable pods that are to be tried again only after something changes, each with the end of its back-off. */
  *asleep(): Generator<Rejected & { readonly key: string; readonly readyUs: Microseconds }> {
    for (const key of this.#asleep) {
      const waiting = this.#unschedulable.get(key)
      if (waiting !== undefined) yield { key, ...waiting }
    }
  }

  /** Something changed for this pod: it will be tried again, and need not be asked until then. */
  awake(key: string): void {
    this.#asleep.delete(key)
  }

  /** The pod that waits for something to change, with who kept it off the nodes. */
  waiting(key: string): Rejected | undefined {
    return this.#unschedulable.get(key)
  }

  /** Replaces what is remembered of a waiting pod. */
  refresh(key: string, info: PodInfo): void {
    const waiting = this.#unschedulable.get(key)
    if (waiting !== undefined) this.#unschedulable.set(key, { ...waiting, info })
  }

  remove(key: string): void {
    const priority = this.#active.get(key)
    if (priority !== undefined) this.#lane(priority).pods.delete(key)
    this.#active.delete(key)
    this.#unschedulable.delete(key)
    this.#asleep.delete(key)
    this.#attempts.delete(key)
  }

  #lane(priority: number): Lane {
    let lane = this.#lanes.get(priority)
    if (lane === undefined) this.#lanes.set(priority, (lane = new Lane()))
    return lane
  }
}

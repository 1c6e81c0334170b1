// Running counts of the pods of each owner, kept up as the view of them changes: a sync looks at every pod only when it has to
// choose some, so that ten thousand replicas that become ready one by one do not cost ten thousand looks each. A tally always
// equals what countReplicas makes of the same pods. Departure: upstream counts all pods in every sync.

import type { KubeObject, Pod } from '@podwire/apiserver'
import { controllerOf } from '../objects/owner.ts'
import { classify, LABELED, READY, TERMINAL, TERMINATING, type ReplicaCounts } from './reconcile.ts'

/** What is known of an owner; its selector and template are those of this generation. */
interface Tally<T> {
  readonly owner: T
  readonly templateLabels: Readonly<Record<string, string>>
  /** Pods it controls and no longer selects. */
  strangers: number
  replicas: number
  labeled: number
  ready: number
  terminating: number
}

export class ReplicaTallies<T extends KubeObject> {
  readonly #selects: (owner: T, pod: Pod) => boolean
  readonly #templateLabels: (owner: T) => Readonly<Record<string, string>>
  readonly #byOwner = new Map<string, Tally<T>>()

  /** @param selects does the owner's selector match the pod? */
  constructor(
    selects: (owner: T, pod: Pod) => boolean,
    templateLabels: (owner: T) => Readonly<Record<string, string>>,
  ) {
    this.#selects = selects
    this.#templateLabels = templateLabels
  }

  /** A pod was one thing and is another now. */
  changed(before: Pod | undefined, after: Pod | undefined): void {
    if (before !== undefined) this.#count(before, -1)
    if (after !== undefined) this.#count(after, 1)
  }

  /**
   * @param pods all pods the owner controls, for the first time it is asked about and after changes of its spec
   * @returns undefined when a pod is among them that it has to let go
   */
  countsOf(owner: T, pods: () => readonly Pod[]): ReplicaCounts | undefined {
    const { uid, generation } = owner.metadata
    let tally = this.#byOwner.get(uid)
    if (tally === undefined || tally.owner.metadata.generation !== generation) tally = this.#begin(owner, pods())
    if (tally.strangers > 0) return undefined
    const { replicas, labeled, ready, terminating } = tally
    return {
      replicas,
      fullyLabeledReplicas: labeled,
      readyReplicas: ready,
      availableReplicas: ready,
      terminatingReplicas: terminating,
      nextAvailableMs: undefined,
    }
  }

  forget(ownerUid: string): void {
    this.#byOwner.delete(ownerUid)
  }

  #begin(owner: T, pods: readonly Pod[]): Tally<T> {
    const templateLabels = this.#templateLabels(owner)
    const tally: Tally<T> = { owner, templateLabels, strangers: 0, replicas: 0, labeled: 0, ready: 0, terminating: 0 }
    this.#byOwner.set(owner.metadata.uid, tally)
    for (const pod of pods) this.#add(tally, pod, 1)
    return tally
  }

  #count(pod: Pod, by: 1 | -1): void {
    const controller = controllerOf(pod)
    const tally = controller === undefined ? undefined : this.#byOwner.get(controller.uid)
    if (tally !== undefined) this.#add(tally, pod, by)
  }

  #add(tally: Tally<T>, pod: Pod, by: 1 | -1): void {
    if (!this.#selects(tally.owner, pod)) {
      tally.strangers += by
      return
    }
    const seen = classify(pod, tally.templateLabels)
    if (seen === TERMINAL) return
    if (seen === TERMINATING) {
      tally.terminating += by
      return
    }
    tally.replicas += by
    if ((seen & LABELED) !== 0) tally.labeled += by
    if ((seen & READY) !== 0) tally.ready += by
  }
}

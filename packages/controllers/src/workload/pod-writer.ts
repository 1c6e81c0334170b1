// Pod writes of the DaemonSet and Job controllers: creates in slow-start batches, deletes, and the events about them.
// Source: kubernetes pkg/controller/controller_utils.go (RealPodControl), slowStartBatch.

import {
  type EventRecorder,
  isNamespaceTerminating,
  isNotFound,
  type KubeObject,
  type NewObject,
  type Pod,
  pods,
  StatusError,
} from '@podwire/apiserver'
import type { ControllerContext } from '../manager/controller.ts'
import type { FreshView } from '../manager/fresh-view.ts'

export interface WriteOutcome {
  readonly written: readonly Pod[]
  /** What to throw after the status is written, so that the queue tries again later. */
  readonly retry: unknown
}

const SLOW_START_INITIAL_BATCH = 1

export class PodWriter {
  readonly #context: ControllerContext
  readonly #pods: FreshView<Pod>
  readonly #events: EventRecorder

  constructor(context: ControllerContext, view: FreshView<Pod>, events: EventRecorder) {
    this.#context = context
    this.#pods = view
    this.#events = events
  }

  /** A batch runs to its end even when one of its creates fails; the next one is not started. */
  create(owner: KubeObject, wanted: readonly NewObject<Pod>[]): WriteOutcome {
    const written: Pod[] = []
    let retry: unknown
    let failed = false
    let from = 0
    for (let batch = SLOW_START_INITIAL_BATCH; from < wanted.length && !failed; batch *= 2) {
      for (const pod of wanted.slice(from, from + batch)) {
        try {
          const created = this.#pods.wrote(this.#context.client.create(pods, pod))
          written.push(created)
          this.#events.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`)
        } catch (error) {
          failed = true
          retry = this.#failed(owner, 'FailedCreate', 'creating', error) ?? retry
        }
      }
      from += batch
    }
    return { written, retry }
  }

  /** Returns the pods that are now deleted or on their way. */
  delete(owner: KubeObject, victims: readonly Pod[]): WriteOutcome {
    const written: Pod[] = []
    let retry: unknown
    for (const victim of victims) {
      try {
        const left = this.#context.client.delete(pods, victim.metadata, { preconditions: { uid: victim.metadata.uid } })
        if (left === undefined) this.#pods.removed(victim)
        else this.#pods.wrote(left)
        written.push(victim)
        this.#events.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${victim.metadata.name}`)
      } catch (error) {
        if (isNotFound(error)) {
          this.#pods.removed(victim)
          written.push(victim)
        } else retry = this.#failed(owner, 'FailedDelete', 'deleting', error) ?? retry
      }
    }
    return { written, retry }
  }

  #failed(owner: KubeObject, reason: string, verb: string, error: unknown): unknown {
    if (!(error instanceof StatusError)) throw error
    // Nothing can be created in a namespace that goes away: no event, no retry.
    if (isNamespaceTerminating(error)) return undefined
    this.#events.event(owner, 'Warning', reason, `Error ${verb}: ${error.message}`)
    return error
  }
}

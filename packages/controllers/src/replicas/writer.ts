// The pod writes of the replica manager: creates in slow-start batches, deletes in rank order, and the events about them.
// Source: kubernetes pkg/controller/replicaset/replica_set.go (manageReplicas, slowStartBatch).

import {
  type EventRecorder,
  isNamespaceTerminating,
  isNotFound,
  type KubeObject,
  type Pod,
  pods,
  StatusError,
} from '@podwire/apiserver'
import type { ControllerContext } from '../manager/controller.ts'
import type { FreshView } from '../manager/fresh-view.ts'
import { controllerReference } from '../objects/owner.ts'
import { podFromTemplate } from './pod-from-template.ts'
import { type ReplicaFailure, type ReplicaPlan, SLOW_START_INITIAL_BATCH } from './reconcile.ts'
import type { ReplicaKind } from './replica-kind.ts'

export interface PlanOutcome {
  readonly failure: ReplicaFailure | undefined
  /** Thrown after the status is written, so that the queue tries again later. */
  readonly retry: unknown
}

const DONE: PlanOutcome = { failure: undefined, retry: undefined }

export class ReplicaWriter<T extends KubeObject> {
  readonly #context: ControllerContext
  readonly #kind: ReplicaKind<T>
  readonly #pods: FreshView<Pod>
  readonly #events: EventRecorder

  constructor(context: ControllerContext, kind: ReplicaKind<T>, view: FreshView<Pod>) {
    this.#context = context
    this.#kind = kind
    this.#pods = view
    this.#events = context.recorder(kind.component)
  }

  apply(owner: T, plan: ReplicaPlan): PlanOutcome {
    if (plan.create > 0) return this.#create(owner, plan.create)
    return plan.delete.length > 0 ? this.#delete(owner, plan.delete) : DONE
  }

  #create(owner: T, count: number): PlanOutcome {
    const template = this.#kind.template(owner)
    if (template === undefined) return DONE
    const pod = podFromTemplate(template, owner, controllerReference(owner, this.#kind.apiVersion, this.#kind.kind))
    let outcome = DONE
    let left = count
    // A batch runs to its end even when one of its creates fails; the next one is not started.
    for (let batch = Math.min(SLOW_START_INITIAL_BATCH, left); batch > 0; batch = Math.min(2 * batch, left)) {
      for (let i = 0; i < batch; i++) {
        try {
          const created = this.#pods.wrote(this.#context.client.create(pods, pod))
          this.#events.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`)
        } catch (error) {
          outcome = this.#failed(owner, 'FailedCreate', error)
        }
      }
      left -= batch
      if (outcome !== DONE) break
    }
    return outcome
  }

  #delete(owner: T, victims: readonly Pod[]): PlanOutcome {
    let outcome = DONE
    for (const victim of victims) {
      try {
        const left = this.#context.client.delete(pods, victim.metadata, { preconditions: { uid: victim.metadata.uid } })
        if (left === undefined) this.#pods.removed(victim)
        else this.#pods.wrote(left)
        this.#events.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${victim.metadata.name}`)
      } catch (error) {
        if (isNotFound(error)) this.#pods.removed(victim)
        else outcome = this.#failed(owner, 'FailedDelete', error)
      }
    }
    return outcome
  }

  #failed(owner: T, reason: ReplicaFailure['reason'], error: unknown): PlanOutcome {
    if (!(error instanceof StatusError)) throw error
    // Nothing can be created in a namespace that goes away: no event, no retry.
    if (isNamespaceTerminating(error)) return { failure: undefined, retry: undefined }
    const verb = reason === 'FailedCreate' ? 'creating' : 'deleting'
    this.#events.event(owner, 'Warning', reason, `Error ${verb}: ${error.message}`)
    return { failure: { reason, message: error.message }, retry: error }
  }
}

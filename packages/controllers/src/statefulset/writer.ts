// The pod writes of the StatefulSet controller and the events about them. Source: kubernetes
// pkg/controller/statefulset/stateful_pod_control.go.

import {
  type EventRecorder,
  isAlreadyExists,
  isNamespaceTerminating,
  isNotFound,
  type NewObject,
  type Pod,
  pods,
  RetryLater,
  type StatefulSet,
  StatusError,
} from '@podwire/apiserver'
import type { ControllerContext } from '../manager/controller.ts'
import type { FreshView } from '../manager/fresh-view.ts'
import { ClaimWriter } from './claim-writer.ts'
import { isWantedOrdinal } from './ordinals.ts'

function updated(set: StatefulSet, podName: string): readonly [reason: string, message: string] {
  return ['SuccessfulUpdate', `Update Pod ${podName} in StatefulSet ${set.metadata.name} successful`]
}

export class StatefulPodWriter {
  readonly #context: ControllerContext
  readonly #pods: FreshView<Pod>
  readonly #events: EventRecorder
  readonly #claims: ClaimWriter

  constructor(context: ControllerContext, view: FreshView<Pod>, events: EventRecorder) {
    this.#context = context
    this.#pods = view
    this.#events = events
    this.#claims = new ClaimWriter(context.client, events)
  }

  /** A pod comes after its claims. Returns what to throw at the end of the sync. */
  create(set: StatefulSet, pod: NewObject<Pod>, ordinal: number): unknown {
    const name = pod.metadata.name ?? ''
    if (this.#claims.hasStale(set, ordinal, name)) return new RetryLater(`claims of pod ${name} go with an earlier pod`)
    return this.#write(set, 'Create', name, () => {
      this.#claims.create(set, ordinal, name)
      this.#claims.retain(set, this.#pods.wrote(this.#context.client.create(pods, pod)), ordinal, true)
    })
  }

  /** Claims of a pod that is there: a waiting one gets those it lacks, all get their owners. */
  keepClaims(set: StatefulSet, pod: Pod, ordinal: number): unknown {
    const isWaiting = pod.status?.phase === 'Pending'
    try {
      if (isWaiting) this.#claims.create(set, ordinal, pod.metadata.name)
      const changed = this.#claims.retain(set, pod, ordinal, false)
      // Of a pod that runs and that the set keeps it counts as an update.
      if (changed && !isWaiting && isWantedOrdinal(set, ordinal))
        this.#tell(set, 'Normal', ...updated(set, pod.metadata.name))
      return undefined
    } catch (error) {
      if (!(error instanceof StatusError) && !(error instanceof RetryLater)) throw error
      return isNamespaceTerminating(error) ? undefined : error
    }
  }

  delete(set: StatefulSet, pod: Pod): unknown {
    return this.#write(set, 'Delete', pod.metadata.name, () => {
      try {
        const left = this.#context.client.delete(pods, pod.metadata, { preconditions: { uid: pod.metadata.uid } })
        if (left === undefined) this.#pods.removed(pod)
        else this.#pods.wrote(left)
      } catch (error) {
        if (!isNotFound(error)) throw error
        this.#pods.removed(pod)
      }
    })
  }

  relabel(set: StatefulSet, pod: Pod, labels: Readonly<Record<string, string>>): unknown {
    return this.#write(set, 'Update', pod.metadata.name, () => {
      const change = { metadata: { uid: pod.metadata.uid, labels } }
      this.#pods.wrote(this.#context.client.patch(pods, pod.metadata, 'merge', change))
    })
  }

  #write(set: StatefulSet, verb: 'Create' | 'Delete' | 'Update', podName: string, write: () => void): unknown {
    const what = `${verb} Pod ${podName} in StatefulSet ${set.metadata.name}`
    try {
      write()
      this.#tell(set, 'Normal', `Successful${verb}`, `${what} successful`)
      return undefined
    } catch (error) {
      if (error instanceof RetryLater) return error
      if (!(error instanceof StatusError)) throw error
      // Nothing can be created in a namespace that goes away: no event, no retry.
      if (isNamespaceTerminating(error)) return undefined
      // A pod of somebody else stands in the way: tried again and not talked about.
      if (isAlreadyExists(error)) return error
      this.#tell(set, 'Warning', `Failed${verb}`, `${what} failed error: ${error.message}`)
      return error
    }
  }

  #tell(set: StatefulSet, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#events.event(set, type, reason, message)
  }
}

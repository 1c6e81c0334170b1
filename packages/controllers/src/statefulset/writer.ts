// The pod writes of the StatefulSet controller and the events about them. Source: kubernetes
// pkg/controller/statefulset/stateful_pod_control.go. Departure: a set with volumeClaimTemplates gets no pods, and says why.

import {
  type EventRecorder,
  isNamespaceTerminating,
  isNotFound,
  type NewObject,
  type Pod,
  pods,
  type StatefulSet,
  StatusError,
} from '@podwire/apiserver'
import type { ControllerContext } from '../manager/controller.ts'
import type { FreshView } from '../manager/fresh-view.ts'

const NO_CLAIMS =
  'podwire does not simulate volumes, so spec.volumeClaimTemplates cannot be honoured; use an emptyDir volume instead'

export class StatefulPodWriter {
  readonly #context: ControllerContext
  readonly #pods: FreshView<Pod>
  readonly #events: EventRecorder

  constructor(context: ControllerContext, view: FreshView<Pod>, events: EventRecorder) {
    this.#context = context
    this.#pods = view
    this.#events = events
  }

  /** Returns what to throw at the end of the sync. */
  create(set: StatefulSet, pod: NewObject<Pod>): unknown {
    const name = pod.metadata.name ?? ''
    if ((set.spec.volumeClaimTemplates ?? []).length > 0) {
      this.#tell(
        set,
        'Warning',
        'FailedCreate',
        `Create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${NO_CLAIMS}`,
      )
      return undefined
    }
    return this.#write(set, 'Create', name, () => this.#pods.wrote(this.#context.client.create(pods, pod)))
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
      if (!(error instanceof StatusError)) throw error
      // Nothing can be created in a namespace that goes away: no event, no retry.
      if (isNamespaceTerminating(error)) return undefined
      this.#tell(set, 'Warning', `Failed${verb}`, `${what} failed error: ${error.message}`)
      return error
    }
  }

  #tell(set: StatefulSet, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#events.event(set, type, reason, message)
  }
}

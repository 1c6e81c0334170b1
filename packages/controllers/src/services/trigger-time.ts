// When the oldest change that a write carries happened: the annotation last-change-trigger-time. One tracker a controller.
// Source: kubernetes staging endpointslice/trigger_time_tracker.go.

import type { Pod, Service } from '@podwire/apiserver'
import { podCondition } from '../objects/pod-state.ts'
import { timestampMs } from '../objects/timestamp-ms.ts'

export const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time'

interface Seen {
  readonly service: string
  readonly pods: Map<string, SeenPod>
}

interface SeenPod {
  readonly pod: Pod
  readonly time: string | undefined
}

export class TriggerTimes {
  readonly #seen = new Map<string, Seen>()

  /** The annotation's value for a write made now; undefined: nothing newer than at the last call, no annotation. */
  next(key: string, service: Service, pods: ReadonlyMap<string, Pod>): string | undefined {
    const before = this.#seen.get(key)
    const times = before?.pods ?? new Map<string, SeenPod>()
    let oldest: string | undefined
    for (const [name, pod] of pods) {
      const known = times.get(name)
      if (known?.pod === pod) continue
      const ready = podCondition(pod, 'Ready')?.lastTransitionTime
      const time = typeof ready === 'string' ? ready : undefined
      times.set(name, { pod, time })
      if (time !== undefined && later(time, known?.time) && (oldest === undefined || later(oldest, time))) oldest = time
    }
    if (times.size > pods.size) for (const name of times.keys()) if (!pods.has(name)) times.delete(name)
    const created = service.metadata.creationTimestamp
    this.#seen.set(key, { service: created, pods: times })
    if (before === undefined) return created
    return later(created, before.service) && (oldest === undefined || later(oldest, created)) ? created : oldest
  }

  forget(key: string): void {
    this.#seen.delete(key)
  }
}

/** Timestamps of one format order as text does; a fraction makes the later of two equal seconds. */
function later(a: string, b: string | undefined): boolean {
  return b === undefined || (a !== b && timestampMs(a) > timestampMs(b))
}

// When the oldest change that a write carries happened: the annotation last-change-trigger-time. One tracker a controller.
// Source: kubernetes staging endpointslice/trigger_time_tracker.go.

import type { Pod, Service } from '@podwire/apiserver'
import { podCondition } from '../objects/pod-state.ts'

export const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time'

interface Seen {
  readonly service: string
  readonly pods: ReadonlyMap<string, string>
}

export class TriggerTimes {
  readonly #seen = new Map<string, Seen>()

  /** The annotation's value for a write made now; undefined: nothing newer than at the last call, no annotation. */
  next(key: string, service: Service, pods: ReadonlyMap<string, Pod>): string | undefined {
    const before = this.#seen.get(key)
    const times = new Map<string, string>()
    let oldest: string | undefined
    for (const [name, pod] of pods) {
      const ready = podCondition(pod, 'Ready')?.lastTransitionTime
      if (typeof ready !== 'string') continue
      times.set(name, ready)
      if (later(ready, before?.pods.get(name)) && (oldest === undefined || later(oldest, ready))) oldest = ready
    }
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
  return b === undefined || (a !== b && Date.parse(a) > Date.parse(b))
}

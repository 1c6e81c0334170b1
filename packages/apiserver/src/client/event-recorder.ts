// Records Kubernetes Events about objects, as client-go's EventRecorder does: repeats raise a count instead of adding objects,
// similar ones are combined and floods dropped (event-correlator.ts). Source: client-go tools/record/event.go.

import { SECOND, type Engine } from '@podwire/engine'
import type { Event } from '../objects/index.ts'
import type { KubeObject, NewObject } from '../objects/kube-object.ts'
import { events } from '../resources/served-types.ts'
import { isNamespaceTerminating, isNotFound, isUnreachable } from '../status/status-error.ts'
import type { Client } from './client.ts'
import { type Correlated, EventCorrelator } from './event-correlator.ts'
import { EventNames, referenceTo } from './event-names.ts'

export interface EventRecorder {
  /**
   * @param fieldPath e.g. `spec.containers{web}`
   */
  event(object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string, fieldPath?: string): void
}

export interface EventRecorderOptions {
  readonly engine: Engine
  readonly client: Client
  /** `kubelet`, `deployment-controller` … */
  readonly component: string
  /** The node, for components that run on one. */
  readonly host?: string
}

interface About {
  readonly type: string
  readonly reason: string
  readonly fieldPath: string
  readonly correlated: Correlated
}

/** An event that cannot be written is tried again, this often and this far apart (maxTriesPerEvent, defaultSleepDuration). */
const MOST_TRIES = 12
const RETRY_US = 10 * SECOND

class ApiEventRecorder implements EventRecorder {
  readonly #options: EventRecorderOptions
  readonly #correlator = new EventCorrelator()
  readonly #names: EventNames

  constructor(options: EventRecorderOptions) {
    this.#options = options
    this.#names = new EventNames(options.engine, options.client, `${options.component}/${options.host ?? ''}`)
  }

  event(object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string, fieldPath = ''): void {
    const namespace = object.metadata.namespace ?? 'default'
    const { name, uid } = object.metadata
    const about = `${object.kind}\0${namespace}\0${name}\0${uid}`
    const now = this.#options.engine.clock.now()
    const correlated = this.#correlator.observe({ about, fieldPath, type, reason, message }, now)
    if (correlated.skip) return
    this.#write(object, namespace, { type, reason, fieldPath, correlated }, MOST_TRIES)
  }

  #write(object: KubeObject, namespace: string, about: About, tries: number): void {
    const { record } = about.correlated
    try {
      if (record.name !== undefined && this.#repeat(namespace, record.name, about.correlated)) return
      record.name = this.#create(object, namespace, about)
    } catch (error) {
      if (isUnreachable(error)) {
        const again = (): void => this.#write(object, namespace, about, tries - 1)
        if (tries > 1) this.#options.engine.schedule(RETRY_US, 'event recorder', again, 'background')
        return
      }
      // A namespace that is going away takes no events; upstream drops them too.
      if (!isNamespaceTerminating(error) && !isNotFound(error)) throw error
    }
  }

  #repeat(namespace: string, name: string, { message, record: { count } }: Correlated): boolean {
    const { client, engine } = this.#options
    const found = client.find(events, { namespace, name })
    if (found === undefined) return false
    client.update(events, { ...found, message, count, lastTimestamp: engine.clock.timestamp() })
    return true
  }

  #create(object: KubeObject, namespace: string, about: About): string {
    const { client, engine, component, host } = this.#options
    const now = engine.clock.timestamp()
    const created: NewObject<Event> = {
      metadata: { name: this.#names.next(namespace, object.metadata.name), namespace },
      involvedObject: referenceTo(object, about.fieldPath),
      reason: about.reason,
      message: about.correlated.message,
      source: host === undefined ? { component } : { component, host },
      firstTimestamp: now,
      lastTimestamp: now,
      count: about.correlated.record.count,
      type: about.type,
      reportingComponent: component,
      reportingInstance: host ?? '',
    }
    return client.create(events, created).metadata.name
  }
}

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  return new ApiEventRecorder(options)
}

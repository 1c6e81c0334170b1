// Records Kubernetes Events about objects, as client-go's EventRecorder does: repeats raise a count instead of adding objects.

// Source: client-go tools/record (events_cache.go): the same involved object, type, reason and message is one Event.

import { hashText, type Engine } from '@podwire/engine'
import type { Event } from '../objects/index.ts'
import type { KubeObject, NewObject } from '../objects/kube-object.ts'
import { events } from '../resources/served-types.ts'
import { isNamespaceTerminating, isNotFound } from '../status/status-error.ts'
import type { Client } from './client.ts'

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

class ApiEventRecorder implements EventRecorder {
  readonly #options: EventRecorderOptions
  /** Event names by what makes two events the same. */
  readonly #known = new Map<string, string>()

  readonly #salt: number

  constructor(options: EventRecorderOptions) {
    this.#options = options
    this.#salt = (hashText(`${options.component}/${options.host ?? ''}`, 0) >>> 0) % 1000
  }

  event(object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string, fieldPath?: string): void {
    const namespace = object.metadata.namespace ?? 'default'
    const { name, uid } = object.metadata
    const same = `${object.kind}\0${namespace}\0${name}\0${uid}\0${fieldPath ?? ''}\0${type}\0${reason}\0${message}`
    try {
      const known = this.#known.get(same)
      if (known !== undefined && this.#repeat(namespace, known)) return
      this.#known.set(same, this.#create(object, namespace, { type, reason, message, fieldPath }))
    } catch (error) {
      // A namespace that is going away takes no events; upstream drops them too.
      if (!isNamespaceTerminating(error) && !isNotFound(error)) throw error
    }
  }

  #repeat(namespace: string, name: string): boolean {
    const { client, engine } = this.#options
    const found = client.find(events, { namespace, name })
    if (found === undefined) return false
    client.update(events, { ...found, count: (found.count ?? 1) + 1, lastTimestamp: engine.clock.timestamp() })
    return true
  }

  #create(
    object: KubeObject,
    namespace: string,
    about: { type: string; reason: string; message: string; fieldPath: string | undefined },
  ): string {
    const { client, engine, component, host } = this.#options
    const now = engine.clock.timestamp()
    // Upstream's name is the object's plus the time in hexadecimal nanoseconds. Within one millisecond the component and a
    // count stand in for nanoseconds.
    const ticks = BigInt(engine.clock.wallTimeMs()) * 1_000_000n + BigInt((this.#known.size % 1000) * 1000 + this.#salt)
    const name = `${object.metadata.name}.${ticks.toString(16)}`
    const created: NewObject<Event> = {
      metadata: { name, namespace },
      involvedObject: referenceTo(object, about.fieldPath),
      reason: about.reason,
      message: about.message,
      source: host === undefined ? { component } : { component, host },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      type: about.type,
      reportingComponent: component,
      reportingInstance: host ?? '',
    }
    return client.create(events, created).metadata.name
  }
}

function referenceTo(object: KubeObject, fieldPath: string | undefined): NonNullable<Event['involvedObject']> {
  const { namespace, name, uid, resourceVersion } = object.metadata
  const { kind, apiVersion } = object
  const reference =
    namespace === undefined
      ? { kind, name, uid, apiVersion, resourceVersion }
      : { kind, namespace, name, uid, apiVersion, resourceVersion }
  return fieldPath === undefined ? reference : { ...reference, fieldPath }
}

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  return new ApiEventRecorder(options)
}

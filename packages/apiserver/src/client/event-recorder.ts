// Records Kubernetes Events about objects, as client-go's EventRecorder does: repeats raise a count instead of adding objects.
// Source: client-go tools/record (events_cache.go): the same involved object, type, reason and message is one Event, as long as
// it is among the last 4096.

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

interface About {
  readonly type: string
  readonly reason: string
  readonly message: string
  readonly fieldPath: string | undefined
}

const MOST_KNOWN = 4096

/** 53 bits of it. */
function keyOf(text: string): number {
  return (hashText(text, 1) >>> 0) * 0x20_0000 + (hashText(text, 2) >>> 11)
}

/** Hashes of different texts may be equal. */
function isAbout({ involvedObject, type, reason, message }: Event, { metadata }: KubeObject, about: About): boolean {
  return (
    involvedObject.uid === metadata.uid &&
    (involvedObject.fieldPath ?? '') === (about.fieldPath ?? '') &&
    type === about.type &&
    reason === about.reason &&
    message === about.message
  )
}

class ApiEventRecorder implements EventRecorder {
  readonly #options: EventRecorderOptions
  /** Event names by a hash of what makes two events the same, the least recently used first. */
  readonly #known = new Map<number, string>()
  readonly #salt: number
  #created = 0

  constructor(options: EventRecorderOptions) {
    this.#options = options
    this.#salt = (hashText(`${options.component}/${options.host ?? ''}`, 0) >>> 0) % 1000
  }

  event(object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string, fieldPath?: string): void {
    const namespace = object.metadata.namespace ?? 'default'
    const { name, uid } = object.metadata
    const about: About = { type, reason, message, fieldPath }
    const same = keyOf(
      `${object.kind}\0${namespace}\0${name}\0${uid}\0${fieldPath ?? ''}\0${type}\0${reason}\0${message}`,
    )
    try {
      const known = this.#known.get(same)
      if (known !== undefined && this.#repeat(object, namespace, known, about)) this.#remember(same, known)
      else this.#remember(same, this.#create(object, namespace, about))
    } catch (error) {
      // A namespace that is going away takes no events; upstream drops them too.
      if (!isNamespaceTerminating(error) && !isNotFound(error)) throw error
    }
  }

  #remember(same: number, name: string): void {
    this.#known.delete(same)
    this.#known.set(same, name)
    if (this.#known.size <= MOST_KNOWN) return
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest)
      return
    }
  }

  #repeat(object: KubeObject, namespace: string, name: string, about: About): boolean {
    const { client, engine } = this.#options
    const found = client.find(events, { namespace, name })
    if (found === undefined || !isAbout(found, object, about)) return false
    client.update(events, { ...found, count: (found.count ?? 1) + 1, lastTimestamp: engine.clock.timestamp() })
    return true
  }

  #create(object: KubeObject, namespace: string, about: About): string {
    const { client, engine, component, host } = this.#options
    const now = engine.clock.timestamp()
    // Upstream's name is the object's plus the time in hexadecimal nanoseconds. Within one millisecond the component and a
    // count stand in for nanoseconds.
    const ticks = BigInt(engine.clock.wallTimeMs()) * 1_000_000n + BigInt((this.#created++ % 1000) * 1000 + this.#salt)
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

// Names for new Events: the object's and the moment in hexadecimal nanoseconds, as client-go makes them. Within one millisecond
// the component and a count stand in for nanoseconds. Source: client-go tools/internal/events (GenerateEventName).

import { hashText, type Engine, type Draft } from '@podwire/engine'
import type { Event } from '../objects/index.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import { events } from '../resources/served-types.ts'
import type { Client } from './client.ts'

export class EventNames {
  readonly #engine: Engine
  readonly #client: Client
  readonly #salt: number
  #created = 0

  /** @param reporter tells apart who writes at the same moment */
  constructor(engine: Engine, client: Client, reporter: string) {
    this.#engine = engine
    this.#client = client
    this.#salt = (hashText(reporter, 0) >>> 0) % 1000
  }

  next(namespace: string, objectName: string): string {
    let name: string
    do name = `${objectName}.${this.#ticks().toString(16)}`
    while (
      // Another replica of the component may have said something at the same moment.
      this.#client.find(events, { namespace, name }) !== undefined
    )
    return name
  }

  #ticks(): bigint {
    const part = (this.#created++ % 1000) * 1000 + this.#salt
    return BigInt(this.#engine.clock.wallTimeMs()) * 1_000_000n + BigInt(part)
  }
}

/** @param fieldPath e.g. `spec.containers{web}` */
export function referenceTo(object: KubeObject, fieldPath = ''): NonNullable<Event['involvedObject']> {
  const { namespace, name, uid, resourceVersion } = object.metadata
  const { kind, apiVersion } = object
  // It could not be stored.
  if (uid === '') return { kind, name, apiVersion }
  const reference: Draft<NonNullable<Event['involvedObject']>> =
    namespace === undefined
      ? { kind, name, uid, apiVersion, resourceVersion }
      : { kind, namespace, name, uid, apiVersion, resourceVersion }
  if (fieldPath !== '') reference.fieldPath = fieldPath
  return reference
}

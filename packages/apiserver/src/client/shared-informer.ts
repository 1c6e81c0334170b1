// The informer implementation: what a watch tells in one moment is delivered by one task. So a burst of writes costs one task, and
// the component sees each moment of the cluster a few milliseconds late and in order, as through a real watch.
// Source: client-go tools/cache (shared informers); delivery times: a small cluster's watch latency.

import { MILLISECOND, SECOND, type Engine, type Microseconds, type Random } from '@podwire/engine'
import type { KubeObject } from '../objects/kube-object.ts'
import { objectKey, objectKeyOf } from '../objects/object-key.ts'
import type { ResourceType } from '../resources/resource-type.ts'
import { isUnreachable } from '../status/status-error.ts'
import type { Client, Watch, WatchEvent } from './client.ts'
import type { Informer, InformerChange, InformerFactory } from './informer.ts'
import { ObjectCache } from './object-cache.ts'

export interface InformerFactoryOptions {
  readonly engine: Engine
  readonly client: Client
  /** Names the component in task labels: `kube-controller-manager`. */
  readonly name: string
  /** How late a batch of events arrives. Default 1 to 10 ms; () => 0 delivers later in the same moment. */
  readonly latency?: (random: Random) => Microseconds
}

/** What was sent in one moment arrives in one. */
interface Arriving<T extends KubeObject> {
  readonly sentUs: Microseconds
  readonly arrivesUs: Microseconds
  readonly events: WatchEvent<T>[]
}

const RETRY: Microseconds = SECOND

const defaultLatency = (random: Random): Microseconds => random.integer(MILLISECOND, 10 * MILLISECOND)

/** Of most kinds nothing is ever heard: their streams are never made. */
function latencyOf({ engine, latency = defaultLatency }: InformerFactoryOptions, stream: string): () => Microseconds {
  let random: Random | undefined
  return () => latency((random ??= engine.random.fork(stream)))
}

class SharedInformer<T extends KubeObject> implements Informer<T> {
  readonly #engine: Engine
  readonly #label: string
  readonly #latency: () => Microseconds
  readonly #cache = new ObjectCache<T>()
  readonly #handlers: ((change: InformerChange<T>) => void)[] = []
  #arriving: Arriving<T>[] = []
  #stopped = false
  #watch: Watch | undefined

  constructor(options: InformerFactoryOptions, type: ResourceType<T>, fieldSelector: string | undefined) {
    this.#engine = options.engine
    this.#label = `${options.name}: watch ${type.resource}`
    this.#latency = latencyOf(options, `${options.name}/informer/${type.group}/${type.resource}/${fieldSelector ?? ''}`)
    this.#begin(options.client, type, fieldSelector === undefined ? {} : { fieldSelector })
  }

  /** List, then watch; who cannot reach the server tries again, and knows nothing until then. */
  #begin(client: Client, type: ResourceType<T>, selection: { readonly fieldSelector?: string }): void {
    if (this.#stopped) return
    try {
      const { items, resourceVersion } = client.list(type, selection)
      this.#watch = client.watch(type, { ...selection, resourceVersion }, (event) => this.#receive(event))
      for (const object of items) {
        this.#cache.set(objectKey(object), object)
        for (const handler of this.#handlers) handler({ type: 'added', object })
      }
    } catch (error) {
      if (!isUnreachable(error)) throw error
      this.#engine.schedule(RETRY, this.#label, () => this.#begin(client, type, selection), 'background')
    }
  }

  get(namespace: string | undefined, name: string): T | undefined {
    return this.#cache.get(objectKeyOf(namespace, name))
  }

  byKey(key: string): T | undefined {
    return this.#cache.get(key)
  }

  list(): readonly T[] {
    return this.#cache.list()
  }

  inNamespace(namespace: string): readonly T[] {
    return this.#cache.inNamespace(namespace)
  }

  addIndex(index: string, keys: (object: T) => readonly string[]): void {
    this.#cache.addIndex(index, keys)
  }

  byIndex(index: string, key: string): readonly T[] {
    return this.#cache.byIndex(index, key)
  }

  onChange(handler: (change: InformerChange<T>) => void): void {
    this.#handlers.push(handler)
    for (const object of this.list()) handler({ type: 'added', object })
  }

  stop(): void {
    this.#stopped = true
    this.#watch?.stop()
  }

  #receive(event: WatchEvent<T>): void {
    const nowUs = this.#engine.clock.now()
    const last = this.#arriving.at(-1)
    if (last?.sentUs === nowUs) {
      last.events.push(event)
      return
    }
    // No event overtakes another.
    const arrivesUs = Math.max(last?.arrivesUs ?? 0, nowUs + this.#latency())
    this.#arriving.push({ sentUs: nowUs, arrivesUs, events: [event] })
    this.#engine.schedule(arrivesUs - nowUs, this.#label, () => this.#deliver())
  }

  #deliver(): void {
    const arrived = this.#arriving.shift()
    for (const event of arrived?.events ?? []) {
      if (this.#stopped) return
      const change = this.#apply(event)
      for (const handler of this.#handlers) handler(change)
    }
  }

  #apply(event: WatchEvent<T>): InformerChange<T> {
    const { object } = event
    const key = objectKey(object)
    if (event.type === 'DELETED') {
      return { type: 'deleted', object, last: this.#cache.delete(key) }
    }
    const old = this.#cache.set(key, object)
    return old === undefined ? { type: 'added', object } : { type: 'updated', object, old }
  }
}

class SharedInformerFactory implements InformerFactory {
  readonly #options: InformerFactoryOptions
  readonly #informers = new Map<string, { stop(): void }>()

  constructor(options: InformerFactoryOptions) {
    this.#options = options
  }

  informer<T extends KubeObject>(
    type: ResourceType<T>,
    options: { readonly fieldSelector?: string } = {},
  ): Informer<T> {
    const key = `${type.group}/${type.version}/${type.resource}?${options.fieldSelector ?? ''}`
    const known = this.#informers.get(key)
    // The key names the type, so the informer found under it is one of T.
    if (known !== undefined) return known as SharedInformer<T>
    const informer = new SharedInformer(this.#options, type, options.fieldSelector)
    this.#informers.set(key, informer)
    return informer
  }

  stop(): void {
    for (const informer of this.#informers.values()) informer.stop()
  }
}

export function createInformerFactory(options: InformerFactoryOptions): InformerFactory {
  return new SharedInformerFactory(options)
}

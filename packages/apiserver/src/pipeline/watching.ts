// Watches: what exists or what came after a revision, then every write in scope. With a selector, an object that begins to
// match is ADDED and one that stops matching is DELETED, with its earlier content and the new revision.
// Source: apiserver storage/cacher (cache_watcher.go, sendWatchCacheEvent).

import type { KubeObject } from '../objects/kube-object.ts'
import type { Watch, WatchEvent } from '../client/client.ts'
import type { Resource } from '../resources/resource.ts'
import type { ResourceType } from '../resources/resource-type.ts'
import { expired, plainError } from '../status/errors.ts'
import type { StoreEvent } from '../store/history.ts'
import { typePrefix } from '../store/store-key.ts'
import { seenAs } from '../store/store.ts'
import type { Watcher, WatchScope } from '../store/watch-index.ts'
import { resourceVersionProblem } from './query-parameters.ts'
import type { CompiledSelector } from './selection.ts'
import type { ServerState } from './server-state.ts'

export interface WatchRequest {
  readonly resource: Resource
  readonly namespace?: string | undefined
  readonly selector?: CompiledSelector | undefined
  /** undefined, '' and '0': synthetic ADDED for what exists first. A revision to come: silence until it is past. */
  readonly resourceVersion?: string | undefined
}

/** @throws StatusError 410 when the revision is compacted, 500 when it is no number */
export function startWatch(server: ServerState, request: WatchRequest, onEvent: (event: WatchEvent) => void): Watch {
  const { store } = server
  const { resource, selector } = request
  const { resourceVersion = '' } = request
  const namespace = namespaceOf(request)
  const from = startRevision(resourceVersion)
  const scope = { prefix: typePrefix(resource.type), namespace, name: selector?.name, nodeName: selector?.nodeName }
  const watch = new LiveWatch(scope, from, request, onEvent)
  if (from === 0) {
    for (const object of store.list(resource.type, namespace)) {
      if (selector === undefined || selector.matches(object)) onEvent({ type: 'ADDED', object })
    }
  } else {
    for (const event of missedEvents(server, resource, from)) {
      if (namespace === undefined || event.object.metadata.namespace === namespace) watch.translate(event)
    }
  }
  return { stop: store.add(watch) }
}

/** One of perhaps a thousand that hear of a write: what it needs is in one place, for most of its time goes by waiting for memory. */
class LiveWatch implements Watcher {
  readonly scope: WatchScope
  readonly #from: number
  readonly #selector: CompiledSelector | undefined
  readonly #stored: ResourceType | undefined
  readonly #onEvent: (event: WatchEvent) => void

  constructor(
    scope: WatchScope,
    from: number,
    { resource: { type }, selector }: WatchRequest,
    onEvent: (event: WatchEvent) => void,
  ) {
    this.scope = scope
    this.#from = from
    this.#selector = selector
    this.#stored = type.stored === undefined ? undefined : type
    this.#onEvent = onEvent
  }

  notify(event: StoreEvent): void {
    if (this.#stored !== undefined) this.translate(seenAs(this.#stored, event))
    // Who watches one name is told of nothing else.
    else if (this.#selector === undefined || this.#selector.isName) this.#tell(event)
    else this.translate(event)
  }

  translate(event: StoreEvent): void {
    const translated = this.#selector === undefined ? event : translateEvent(event, this.#selector)
    if (translated !== undefined && event.revision > this.#from) this.#onEvent(translated)
  }

  #tell(event: StoreEvent): void {
    if (event.revision > this.#from) this.#onEvent(event)
  }
}

/** From the path, else from a selector on metadata.namespace. */
function namespaceOf({ resource, namespace, selector }: WatchRequest): string | undefined {
  if (!resource.type.namespaced) return undefined
  return namespace === undefined || namespace === '' ? selector?.namespace : namespace
}

function startRevision(resourceVersion: string): number {
  const problem = resourceVersionProblem(resourceVersion)
  if (problem !== undefined) throw plainError(problem)
  return Number(resourceVersion)
}

function missedEvents(server: ServerState, resource: Resource, revision: number): readonly StoreEvent[] {
  const { store } = server
  if (revision >= store.revision) return []
  const events = store.eventsSince(resource.type, revision)
  if (events === undefined) throw expired(`too old resource version: ${revision} (${store.compacted})`)
  return events
}

function translateEvent(event: StoreEvent, selector: CompiledSelector): WatchEvent | undefined {
  const matched = event.previous !== undefined && selector.matches(event.previous)
  if (event.type === 'DELETED') return matched ? event : undefined
  const matches = selector.matches(event.object)
  if (matches) return { type: matched ? 'MODIFIED' : 'ADDED', object: event.object }
  if (!matched || event.previous === undefined) return undefined
  return { type: 'DELETED', object: withRevision(event.previous, event.object.metadata.resourceVersion) }
}

function withRevision(object: KubeObject, resourceVersion: string): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion } }
}

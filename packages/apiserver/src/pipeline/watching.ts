// Watches: what exists or what came after a revision, then every write in scope. With a selector, an object that begins to
// match is ADDED and one that stops matching is DELETED, with its earlier content and the new revision.
// Source: apiserver storage/cacher (cache_watcher.go, sendWatchCacheEvent).

import type { KubeObject } from '../objects/kube-object.ts'
import type { Watch, WatchEvent } from '../client/client.ts'
import type { Resource } from '../resources/resource.ts'
import { expired, plainError, tooLargeResourceVersion } from '../status/errors.ts'
import type { StoreEvent } from '../store/history.ts'
import { typePrefix } from '../store/store-key.ts'
import { seenAs } from '../store/store.ts'
import type { CompiledSelector } from './selection.ts'
import type { ServerState } from './server-state.ts'

export interface WatchRequest {
  readonly resource: Resource
  readonly namespace?: string | undefined
  readonly selector?: CompiledSelector | undefined
  /** undefined, '' and '0': synthetic ADDED for what exists first. */
  readonly resourceVersion?: string | undefined
}

/** @throws StatusError 410 when the revision is compacted, 500 when it is no number */
export function startWatch(server: ServerState, request: WatchRequest, onEvent: (event: WatchEvent) => void): Watch {
  const { store } = server
  const { resource, selector } = request
  const { resourceVersion = '' } = request
  const namespace = resource.type.namespaced && request.namespace !== '' ? request.namespace : undefined
  const translate = (event: StoreEvent): void => {
    const translated = selector === undefined ? event : translateEvent(event, selector)
    if (translated !== undefined) onEvent(translated)
  }
  if (resourceVersion === '' || resourceVersion === '0') {
    for (const object of store.list(resource.type, namespace)) {
      if (selector === undefined || selector.matches(object)) onEvent({ type: 'ADDED', object })
    }
  } else {
    for (const event of missedEvents(server, resource, resourceVersion)) {
      if (namespace === undefined || event.object.metadata.namespace === namespace) translate(event)
    }
  }
  const scope = { prefix: typePrefix(resource.type), namespace, name: selector?.name, nodeName: selector?.nodeName }
  const live =
    resource.type.stored === undefined ? translate : (event: StoreEvent) => translate(seenAs(resource.type, event))
  return { stop: store.watch(scope, live) }
}

function missedEvents(server: ServerState, resource: Resource, resourceVersion: string): readonly StoreEvent[] {
  if (!/^\d+$/.test(resourceVersion)) {
    throw plainError(
      `resourceVersion: Invalid value: ${JSON.stringify(resourceVersion)}: strconv.ParseUint: parsing ` +
        `${JSON.stringify(resourceVersion)}: invalid syntax`,
    )
  }
  const revision = Number(resourceVersion)
  if (revision > server.store.revision) throw tooLargeResourceVersion(revision, server.store.revision)
  const events = server.store.eventsSince(resource.type, revision)
  if (events === undefined) throw expired(`too old resource version: ${revision} (${server.store.compacted})`)
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

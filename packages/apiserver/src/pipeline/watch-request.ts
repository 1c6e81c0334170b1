// A watch as HTTP clients ask for it: resourceVersionMatch and sendInitialEvents with the bookmark that closes the initial
// events. Source: apimachinery meta/internalversion/validation, apiserver cacher (WatchList).

import { untilRedefined } from './definition-watch.ts'
import type { WatchSink } from '../http/request-handler.ts'
import { apiVersionOf } from '../resources/resource-type.ts'
import type { Resource } from '../resources/resource.ts'
import type { StatusCause } from '../status/status-error.ts'
import { invalidListOptions } from './list-options.ts'
import type { CompiledSelector } from './selection.ts'
import type { ServerState } from './server-state.ts'
import { startWatch } from './watching.ts'

export function startSelectedWatch(
  server: ServerState,
  scope: {
    readonly resource: Resource
    readonly namespace: string | undefined
    readonly selector: CompiledSelector | undefined
  },
  query: URLSearchParams,
  sink: WatchSink,
): { stop(): void } {
  const initial = checkWatchOptions(query)
  const { resource } = scope
  const resourceVersion = initial ? '' : (query.get('resourceVersion') ?? '')
  const watch = startWatch(server, { ...scope, resourceVersion }, (event) => sink.event(event.type, event.object))
  if (initial && query.get('allowWatchBookmarks') === 'true') {
    sink.event('BOOKMARK', {
      kind: resource.type.kind,
      apiVersion: apiVersionOf(resource.type),
      metadata: {
        resourceVersion: String(server.store.revision),
        annotations: { 'k8s.io/initial-events-end': 'true' },
        creationTimestamp: null,
      },
    })
  }
  return resource.custom === undefined ? watch : untilRedefined(server, resource.custom, watch, sink)
}

/** Returns whether initial events are asked for. */
function checkWatchOptions(query: URLSearchParams): boolean {
  const match = query.get('resourceVersionMatch') ?? ''
  const sends = query.get('sendInitialEvents')
  const problems: StatusCause[] = []
  const forbid = (message: string, field = 'resourceVersionMatch'): void => {
    problems.push({ reason: 'FieldValueForbidden', message: `Forbidden: ${message}`, field })
  }
  if (sends === null) {
    if (match !== '') forbid('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided')
  } else if (match !== 'NotOlderThan') {
    forbid('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan')
  }
  if (problems.length > 0) throw invalidListOptions(problems)
  return sends === 'true'
}

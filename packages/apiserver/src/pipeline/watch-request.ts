// A watch as HTTP clients ask for it: where it starts, and the bookmark that closes its initial events.
// Source: apiserver storage/cacher/cacher.go (Watch, getWatchCacheResourceVersion, setInitialEventsEndBookmarkIfRequested).

import { untilRedefined } from './definition-watch.ts'
import type { WatchSink } from '../http/request-handler.ts'
import { apiVersionOf } from '../resources/resource-type.ts'
import type { Resource } from '../resources/resource.ts'
import { plainError, tooLargeResourceVersion } from '../status/errors.ts'
import type { ListOptions } from './list-options.ts'
import { resourceVersionProblem } from './query-parameters.ts'
import type { CompiledSelector } from './selection.ts'
import type { ServerState } from './server-state.ts'
import { startWatch } from './watching.ts'

export interface SelectedWatch {
  readonly resource: Resource
  readonly namespace: string | undefined
  readonly selector: CompiledSelector | undefined
  readonly options: ListOptions
}

/** @throws StatusError 500 for a version that is no number; what else is wrong is told inside the stream */
export function startSelectedWatch(server: ServerState, request: SelectedWatch, sink: WatchSink): { stop(): void } {
  const { resource, options } = request
  const problem = resourceVersionProblem(options.resourceVersion)
  if (problem !== undefined) throw plainError(problem)
  const initial = options.sendInitialEvents === true
  const wanted = Number(options.resourceVersion)
  if (initial && wanted > server.store.revision) throw tooLargeResourceVersion(wanted, server.store.revision)
  const resourceVersion = startOf(server, options)
  const watch = startWatch(server, { ...request, resourceVersion }, (event) => sink.event(event.type, event.object))
  if (initial && options.allowWatchBookmarks) {
    sink.event('BOOKMARK', {
      kind: resource.type.kind,
      apiVersion: apiVersionOf(resource.type),
      metadata: {
        resourceVersion: String(server.store.revision),
        annotations: { 'k8s.io/initial-events-end': 'true' },
      },
    })
  }
  return resource.custom === undefined ? watch : untilRedefined(server, resource.custom, watch, sink)
}

/** '' when everything there is comes first. */
function startOf(server: ServerState, { sendInitialEvents, resourceVersion }: ListOptions): string {
  if (sendInitialEvents === true) return ''
  const anywhere = resourceVersion === '' || resourceVersion === '0'
  return sendInitialEvents === false && anywhere ? String(server.store.revision) : resourceVersion
}

// Watches of custom kinds end when their definition changes what is served, or goes: the storage they watch is torn down.
// Source: apiextensions-apiserver pkg/apiserver/customresource_handler.go (updateCustomResourceDefinition, tearDown).

import { SECOND, type ScheduledTask } from '@podwire/engine'
import type { CustomKind } from '../custom-resources/custom-kind.ts'
import type { WatchSink } from '../http/request-handler.ts'
import type { CustomResourceDefinition } from '../objects/index.ts'
import { sameValue } from '../resources/compare.ts'
import { customResourceDefinitions } from '../resources/served-types.ts'
import type { StoreEvent } from '../store/history.ts'
import { typePrefix } from '../store/store-key.ts'
import type { ServerState } from './server-state.ts'

// Requests that found the old storage get this long to begin.
const TEAR_DOWN_AFTER = SECOND

export function untilRedefined(
  server: ServerState,
  custom: CustomKind,
  watch: { stop(): void },
  sink: WatchSink,
): { stop(): void } {
  const { engine, store } = server
  let ending: ScheduledTask | undefined
  const scope = {
    prefix: typePrefix(customResourceDefinitions),
    namespace: undefined,
    name: custom.definition,
    nodeName: undefined,
  }
  const stopWatching = store.watch(scope, (event) => {
    if (ending !== undefined || !changesWhatIsServed(event)) return
    ending = engine.schedule(TEAR_DOWN_AFTER, `end watches of ${custom.definition}`, () => sink.end?.(), 'background')
  })
  return {
    stop: () => {
      watch.stop()
      stopWatching()
      engine.cancel(ending)
    },
  }
}

function changesWhatIsServed({ type, object, previous }: StoreEvent): boolean {
  if (type === 'DELETED' || previous === undefined) return true
  // The prefix holds only definitions.
  const [now, before] = [object as CustomResourceDefinition, previous as CustomResourceDefinition]
  return !sameValue(now.spec, before.spec) || !sameValue(now.status?.acceptedNames, before.status?.acceptedNames)
}

// Taking an object out of the store, with what hangs on it: allocations are given back, and a Service takes the Endpoints of
// its name along. Source: pkg/registry/core/service/storage/storage.go (afterDelete).

import type { KubeObject } from '../objects/kube-object.ts'
import { endpoints } from '../resources/served-types.ts'
import type { Resource } from '../resources/resource.ts'
import { releaseAddresses } from './service-addresses.ts'
import { strategyContext, type ServerState } from './server-state.ts'

/** Removes `last` and returns it as the DELETED event shows it. */
export function removeObject(server: ServerState, resource: Resource, last: KubeObject): KubeObject {
  resource.strategy.release?.(last, strategyContext(server))
  const removed = server.store.remove(resource.type, last)
  if (resource.type.group === '' && resource.type.resource === 'services') {
    const left = server.store.get(endpoints, last.metadata.namespace, last.metadata.name)
    if (left !== undefined) server.store.remove(endpoints, left)
    releaseAddresses(server, resource, last)
  }
  return removed
}

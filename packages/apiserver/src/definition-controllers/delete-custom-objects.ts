// Deletes every custom resource of a definition, in all namespaces; those with finalizers stay for now.

import type { CustomResourceDefinition } from '../objects/index.ts'
import { deleteObject } from '../pipeline/deletion.ts'
import type { ServerState } from '../pipeline/server-state.ts'

/** @returns how many remain */
export function deleteCustomObjects(server: ServerState, { spec, status }: CustomResourceDefinition): number {
  const version = spec.versions.find(({ storage }) => storage)?.name ?? ''
  const plural = status?.acceptedNames?.plural ?? spec.names.plural
  const resource = server.registry.byGroupVersionResource(spec.group, version, plural)
  if (resource === undefined) return 0
  for (const { metadata } of server.store.list(resource.type, undefined)) {
    deleteObject(server, { resource, namespace: metadata.namespace ?? '', name: metadata.name })
  }
  return server.store.list(resource.type, undefined).length
}

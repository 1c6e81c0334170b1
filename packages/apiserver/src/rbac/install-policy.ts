// Stores the policy every cluster starts with: for clusters that are told to authorize by RBAC, and when a door opens.
// Source: kubernetes pkg/registry/rbac/rest/storage_rbac.go (PostStartHook). Its names and uids are drawn from a stream of their
// own, so that a cluster with it draws everything else as one without.

import { createObject } from '../pipeline/pipeline.ts'
import type { ServerState } from '../pipeline/server-state.ts'
import type { MutableObject } from '../pipeline/write.ts'
import { clusterRoleBindings, clusterRoles, namespaces, roleBindings, roles } from '../resources/served-types.ts'
import type { ResourceType } from '../resources/resource-type.ts'
import type { Resource } from '../resources/resource.ts'
import { mutableCopy } from '../store/share.ts'
import { bootstrapPolicy } from './bootstrap-policy.ts'

const OWNER = { manager: 'kube-apiserver', recordsCreation: true } as const

interface Unstored {
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

/** What is there already stays as it is; a namespace that is missing gets none. */
export function installBootstrapPolicy(state: ServerState): void {
  const server: ServerState = { ...state, random: state.random.fork('bootstrap-policy') }
  const policy = bootstrapPolicy()
  install(server, clusterRoles, policy.clusterRoles)
  install(server, clusterRoleBindings, policy.clusterRoleBindings)
  install(server, roles, policy.roles)
  install(server, roleBindings, policy.roleBindings)
}

function install(server: ServerState, type: ResourceType, objects: readonly Unstored[]): void {
  const resource: Resource = server.registry.byType(type)
  for (const object of objects) {
    const { namespace = '', name } = object.metadata
    if (namespace !== '' && server.store.get(namespaces, undefined, namespace) === undefined) continue
    if (server.store.get(type, namespace, name) !== undefined) continue
    const body = { apiVersion: '', kind: '', ...mutableCopy(object) } as unknown as MutableObject
    createObject(server, { resource, namespace, owner: OWNER }, body)
  }
}

// Where roles and bindings are read: the store, or a fixed list (the policy every cluster starts with).

import type { ClusterRole, Role, RoleRef, Subject } from '../objects/index.ts'
import { clusterRoleBindings, clusterRoles, roleBindings, roles } from '../resources/served-types.ts'
import { knownObjects } from '../store/known-objects.ts'
import type { Store } from '../store/store.ts'

/** What RoleBindings and ClusterRoleBindings have in common. */
export interface Binding {
  readonly metadata: { readonly name: string }
  readonly roleRef: RoleRef
  readonly subjects?: readonly Subject[]
}

export interface PolicySource {
  clusterRole(name: string): Pick<ClusterRole, 'rules'> | undefined
  role(namespace: string, name: string): Pick<Role, 'rules'> | undefined
  /** By name. */
  clusterRoleBindings(): readonly Binding[]
  roleBindings(namespace: string): readonly Binding[]
}

export function storedPolicy(store: Store): PolicySource {
  return {
    clusterRole: (name) => store.get(clusterRoles, undefined, name),
    role: (namespace, name) => store.get(roles, namespace, name),
    clusterRoleBindings: () => knownObjects(store, clusterRoleBindings),
    roleBindings: (namespace) => knownObjects(store, roleBindings, namespace),
  }
}

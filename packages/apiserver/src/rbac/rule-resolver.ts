// The rules that apply to a user in a namespace: those of every role bound to the user, to a group or service account of theirs.
// Cluster-wide bindings come first, then the namespace's. Source: kubernetes pkg/registry/rbac/validation/rule.go.

import type { UserInfo } from '../http/request-handler.ts'
import type { PolicyRule, RoleRef, Subject } from '../objects/index.ts'
import type { Binding, PolicySource } from './policy-source.ts'

/** One rule and the binding it comes from, or a role that could not be found. */
export type Found =
  { readonly rule: PolicyRule; readonly source: () => string } | { readonly rule?: undefined; readonly error: string }

const ACCOUNT_PREFIX = 'system:serviceaccount:'

function appliesTo(user: UserInfo, subject: Subject, namespace: string): boolean {
  switch (subject.kind) {
    case 'User':
      return user.name === subject.name
    case 'Group':
      return user.groups.includes(subject.name)
    case 'ServiceAccount': {
      const place = (subject.namespace ?? '') === '' ? namespace : subject.namespace
      return place !== '' && user.name === `${ACCOUNT_PREFIX}${place}:${subject.name}`
    }
    default:
      return false
  }
}

/** Namespace and name in the order upstream prints them. */
function describeSubject({ kind, name, namespace = '' }: Subject, bindingNamespace: string): string {
  if (kind !== 'ServiceAccount') return `${kind} "${name}"`
  return `${kind} "${name}/${namespace === '' ? bindingNamespace : namespace}"`
}

/** The rules of a role a binding names, or why there are none. */
export function rulesOfRole(
  policy: PolicySource,
  { kind, name }: RoleRef,
  namespace: string,
): readonly PolicyRule[] | string {
  if (kind === 'ClusterRole') {
    const role = policy.clusterRole(name)
    return role === undefined ? `clusterrole.rbac.authorization.k8s.io "${name}" not found` : (role.rules ?? [])
  }
  if (kind !== 'Role') return `unsupported role reference kind: "${kind}"`
  const role = policy.role(namespace, name)
  return role === undefined ? `role.rbac.authorization.k8s.io "${name}" not found` : (role.rules ?? [])
}

function* ofBinding(policy: PolicySource, user: UserInfo, binding: Binding, namespace: string): Generator<Found> {
  const subject = binding.subjects?.find((candidate) => appliesTo(user, candidate, namespace))
  if (subject === undefined) return
  const rules = rulesOfRole(policy, binding.roleRef, namespace)
  if (typeof rules === 'string') {
    yield { error: rules }
    return
  }
  const { metadata, roleRef } = binding
  const source = (): string => {
    const what =
      namespace === '' ? `ClusterRoleBinding "${metadata.name}"` : `RoleBinding "${metadata.name}/${namespace}"`
    return `${what} of ${roleRef.kind} "${roleRef.name}" to ${describeSubject(subject, namespace)}`
  }
  for (const rule of rules) yield { rule, source }
}

export function* rulesFor(policy: PolicySource, user: UserInfo, namespace: string): Generator<Found> {
  for (const binding of policy.clusterRoleBindings()) yield* ofBinding(policy, user, binding, '')
  if (namespace === '') return
  for (const binding of policy.roleBindings(namespace)) yield* ofBinding(policy, user, binding, namespace)
}

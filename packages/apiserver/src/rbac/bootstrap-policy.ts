// The policy every cluster starts with, as objects: read from its text when it is first needed. Aggregated roles have the
// rules their parts give, as they have a moment after a real cluster's controller manager came up.
// Source: kubernetes plugin/pkg/auth/authorizer/rbac/bootstrappolicy.

import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding, Subject } from '../objects/index.ts'
import { aggregatedRules } from './aggregation.ts'
import { AUTHENTICATION_READER_USERS, BOOTSTRAP_ROLES, NAMESPACE_ROLES } from './bootstrap-roles.ts'
import { CONTROLLER_ROLES } from './controller-roles.ts'
import type { PolicySource } from './policy-source.ts'
import { readRoles, type RoleText } from './policy-text.ts'

/** What is particular to a bootstrap object; the pipeline or the reader adds the rest. */
type Unstored<T> = Omit<T, 'apiVersion' | 'kind' | 'metadata'> & {
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
  }
}

export interface BootstrapPolicy {
  readonly clusterRoles: readonly Unstored<ClusterRole>[]
  readonly clusterRoleBindings: readonly Unstored<ClusterRoleBinding>[]
  readonly roles: readonly Unstored<Role>[]
  readonly roleBindings: readonly Unstored<RoleBinding>[]
}

const GROUP = 'rbac.authorization.k8s.io'
const AGGREGATE = `${GROUP}/aggregate-to-`
const LABELS = { 'kubernetes.io/bootstrapping': 'rbac-defaults' }
const ANNOTATIONS = { [`${GROUP}/autoupdate`]: 'true' }
const CONTROLLER = 'system:controller:'
const READER = 'extension-apiserver-authentication-reader'

function metadataOf(name: string, namespace?: string, labels: Readonly<Record<string, string>> = {}) {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: { ...LABELS, ...labels },
    annotations: ANNOTATIONS,
  }
}

function subjectOf(word: string): Subject | undefined {
  const name = word.slice(word.indexOf(':') + 1)
  if (word.startsWith('group:')) return { kind: 'Group', apiGroup: GROUP, name }
  if (word.startsWith('user:')) return { kind: 'User', apiGroup: GROUP, name }
  if (word.startsWith('account:')) return { kind: 'ServiceAccount', name, namespace: 'kube-system' }
  return undefined
}

function subjectsOf({ words }: RoleText): readonly Subject[] {
  return words.flatMap((word) => subjectOf(word) ?? [])
}

function clusterRoleOf({ name, words, rules }: RoleText): Unstored<ClusterRole> {
  const parts = words.filter((word) => word.startsWith('into-')).map((word) => word.slice('into-'.length))
  const labels = Object.fromEntries(parts.map((part) => [`${AGGREGATE}${part}`, 'true']))
  const metadata = metadataOf(name, undefined, labels)
  const whole = words.find((word) => word.startsWith('aggregates-'))?.slice('aggregates-'.length)
  if (whole === undefined) return { metadata, rules }
  const clusterRoleSelectors = [{ matchLabels: { [`${AGGREGATE}${whole}`]: 'true' } }]
  return { metadata, aggregationRule: { clusterRoleSelectors }, rules }
}

function bindingOf(role: RoleText, kind: 'ClusterRole' | 'Role', namespace?: string): Unstored<RoleBinding> {
  const { name } = role
  const subjects = subjectsOf(role)
  return {
    metadata: metadataOf(name, namespace),
    roleRef: { apiGroup: GROUP, kind, name },
    ...(subjects.length === 0 ? {} : { subjects }),
  }
}

/** In the order in which they depend on each other: view is part of edit, edit of admin. */
const AGGREGATED = ['view', 'edit', 'admin']

function aggregate(all: readonly Unstored<ClusterRole>[]): readonly Unstored<ClusterRole>[] {
  const byName = new Map(all.map((role) => [role.metadata.name, role]))
  for (const name of AGGREGATED) {
    const role = byName.get(name)
    if (role !== undefined) byName.set(name, { ...role, rules: aggregatedRules(role, [...byName.values()]) })
  }
  return [...byName.values()]
}

function readPolicy(): BootstrapPolicy {
  const roles = readRoles(BOOTSTRAP_ROLES)
  const controllers = readRoles(CONTROLLER_ROLES).map(({ name, rules }) => {
    return { name: `${CONTROLLER}${name}`, words: [`account:${name}`], rules }
  })
  const bound = [...roles, ...controllers].filter((role) => subjectsOf(role).length > 0 || role.words.includes('bound'))
  const namespaced = Object.entries(NAMESPACE_ROLES).map(([namespace, text]) => [namespace, readRoles(text)] as const)
  const reader: Unstored<RoleBinding> = {
    metadata: metadataOf(`system::${READER}`, 'kube-system'),
    roleRef: { apiGroup: GROUP, kind: 'Role', name: READER },
    subjects: AUTHENTICATION_READER_USERS.map((name) => ({ kind: 'User', apiGroup: GROUP, name })),
  }
  return {
    clusterRoles: aggregate([...roles, ...controllers].map((role) => clusterRoleOf(role))),
    clusterRoleBindings: bound.map((role) => bindingOf(role, 'ClusterRole')),
    roles: namespaced.flatMap(([namespace, texts]) =>
      texts.map(({ name, rules }) => ({ metadata: metadataOf(name, namespace), rules })),
    ),
    roleBindings: [
      ...namespaced.flatMap(([namespace, texts]) =>
        texts.filter((role) => subjectsOf(role).length > 0).map((role) => bindingOf(role, 'Role', namespace)),
      ),
      reader,
    ],
  }
}

let known: BootstrapPolicy | undefined

export function bootstrapPolicy(): BootstrapPolicy {
  known ??= readPolicy()
  return known
}

/** The bootstrap policy alone, for a door without a store behind it. */
export function bootstrapSource(): PolicySource {
  const { clusterRoles, clusterRoleBindings, roles, roleBindings } = bootstrapPolicy()
  return {
    clusterRole: (name) => clusterRoles.find(({ metadata }) => metadata.name === name),
    role: (namespace, name) => roles.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name),
    clusterRoleBindings: () => [...clusterRoleBindings].sort((a, b) => byName(a, b)),
    roleBindings: (namespace) => roleBindings.filter(({ metadata }) => metadata.namespace === namespace),
  }
}

interface Named {
  readonly metadata: { readonly name: string }
}

function byName(a: Named, b: Named): number {
  return a.metadata.name < b.metadata.name ? -1 : a.metadata.name > b.metadata.name ? 1 : 0
}

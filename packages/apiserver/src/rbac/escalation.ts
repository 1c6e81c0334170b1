// Nobody grants what they do not hold: the check before roles and bindings are written. Masters and those who may `escalate`
// (roles) or `bind` (bindings) pass. Source: kubernetes pkg/registry/rbac/{escalation_check.go,*/policybased,validation/rule.go}.

import { SYSTEM_MASTERS } from '../http/authentication.ts'
import type { Attributes, Authorizer } from '../http/authorization.ts'
import type { UserInfo } from '../http/request-handler.ts'
import type { ClusterRole, PolicyRule, RoleBinding } from '../objects/index.ts'
import { sameValue } from '../resources/compare.ts'
import type { ResourceType } from '../resources/resource-type.ts'
import { forbidden, notFound, plainError } from '../status/errors.ts'
import { quote } from '../validation/field-errors.ts'
import type { PolicySource } from './policy-source.ts'
import { describeRules, missingRules, quotedList } from './rule-coverage.ts'
import { rulesFor, rulesOfRole } from './rule-resolver.ts'

const GROUP = 'rbac.authorization.k8s.io'
const FULL_AUTHORITY: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
]

export interface PolicyWrite {
  readonly policy: PolicySource
  readonly authorizer: Authorizer
  readonly user: UserInfo
  readonly type: ResourceType
  readonly namespace: string
  /** The URL's; '' on create. */
  readonly name: string
  readonly object: object
  readonly old: object | undefined
}

type RoleWritten = Pick<ClusterRole, 'rules' | 'aggregationRule'>
type BindingWritten = Pick<RoleBinding, 'roleRef'>

interface Named {
  readonly metadata?: { readonly name?: string }
}

/** @throws StatusError 403 */
export function checkEscalation(write: PolicyWrite): void {
  const { group, resource } = write.type
  if (group !== GROUP || write.user.groups.includes(SYSTEM_MASTERS)) return
  if (write.old !== undefined && onlyForCollector(write.object, write.old)) return
  if (resource === 'roles' || resource === 'clusterroles') checkRole(write)
  if (resource === 'rolebindings' || resource === 'clusterrolebindings') checkBinding(write)
}

function refuse(write: PolicyWrite, why: string): never {
  throw forbidden(write.type, (write.object as Named).metadata?.name ?? '', why)
}

function checkRole(write: PolicyWrite): void {
  const asked = { group: GROUP, resource: write.type.resource, subresource: '', name: write.name }
  if (mayDo(write, { ...asked, verb: 'escalate' })) return
  const role = write.object as RoleWritten
  confirm(write, role.rules ?? [])
  const aggregates = role.aggregationRule ?? (write.old as RoleWritten | undefined)?.aggregationRule
  if (write.type.resource !== 'clusterroles' || aggregates === undefined) return
  const { missing } = compare(write, FULL_AUTHORITY)
  if (missing.length > 0) refuse(write, 'must have cluster-admin privileges to use an aggregationRule')
}

function checkBinding(write: PolicyWrite): void {
  const { roleRef } = write.object as BindingWritten
  const { kind, name, apiGroup = '' } = roleRef
  const resource = kind === 'ClusterRole' ? 'clusterroles' : kind === 'Role' ? 'roles' : undefined
  const asked = { group: apiGroup, subresource: '', name, verb: 'bind' }
  if (resource !== undefined && mayDo(write, { ...asked, resource })) return
  const rules = rulesOfRole(write.policy, roleRef, write.namespace)
  if (typeof rules !== 'string') confirm(write, rules)
  else if (resource === undefined) throw plainError(rules)
  // The server names the resource that was asked for, not the one that is missing.
  else throw notFound(write.type, name)
}

type Asked = Omit<Extract<Attributes, { readonly kind: 'resource' }>, 'kind' | 'namespace'>

function mayDo({ authorizer, user, namespace }: PolicyWrite, asked: Asked): boolean {
  return authorizer.authorize(user, { kind: 'resource', namespace, ...asked }).allowed
}

interface Comparison {
  readonly missing: readonly PolicyRule[]
  readonly errors: readonly string[]
}

function compare({ policy, user, namespace }: PolicyWrite, wanted: readonly PolicyRule[]): Comparison {
  const found = [...rulesFor(policy, user, namespace)]
  const held = found.flatMap((entry) => (entry.rule === undefined ? [] : entry.rule))
  const errors = found.flatMap((entry) => (entry.rule === undefined ? entry.error : []))
  return { missing: missingRules(held, wanted), errors }
}

function confirm(write: PolicyWrite, wanted: readonly PolicyRule[]): void {
  const { missing, errors } = compare(write, wanted)
  if (missing.length === 0) return
  const { name, groups } = write.user
  const who = `user ${quote(name)} (groups=${quotedList(groups)})`
  const resolution = errors.length === 0 ? '' : `; resolution errors: [${errors.join(' ')}]`
  refuse(
    write,
    `${who} is attempting to grant RBAC permissions not currently held:\n${describeRules(missing)}${resolution}`,
  )
}

interface Collected {
  readonly metadata?: object
}

/** A change of finalizers and owners alone, which the garbage collector may make without holding the rights. */
function onlyForCollector(object: object, old: object): boolean {
  const collected = { ownerReferences: undefined, finalizers: undefined, managedFields: undefined }
  const bare = (value: Collected): object => ({ ...value, metadata: { ...value.metadata, ...collected } })
  return sameValue(bare(object), bare(old))
}

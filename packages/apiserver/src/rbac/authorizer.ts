// The authorizers a server is created with: RBAC over a policy, behind the superusers of system:masters whom nobody asks; and
// AlwaysAllow. Source: kubernetes plugin/pkg/auth/authorizer/rbac/rbac.go, apiserver authorization/authorizerfactory.

import { SYSTEM_MASTERS } from '../http/authentication.ts'
import type { Attributes, Authorizer, Decision, UserRules } from '../http/authorization.ts'
import type { UserInfo } from '../http/request-handler.ts'
import { ruleAllows } from './policy-rule.ts'
import type { PolicySource } from './policy-source.ts'
import { rulesFor } from './rule-resolver.ts'

/** Several errors as Go's aggregate prints them. */
function aggregate(errors: readonly string[]): string {
  const [first = '', ...more] = [...new Set(errors)]
  return more.length === 0 ? first : `[${[first, ...more].join(', ')}]`
}

function authorize(policy: PolicySource, user: UserInfo, attributes: Attributes): Decision {
  if (user.groups.includes(SYSTEM_MASTERS)) return { allowed: true }
  const namespace = attributes.kind === 'resource' ? attributes.namespace : ''
  const errors: string[] = []
  for (const found of rulesFor(policy, user, namespace)) {
    if (found.rule === undefined) errors.push(found.error)
    else if (ruleAllows(found.rule, attributes)) return { allowed: true, reason: `RBAC: allowed by ${found.source()}` }
  }
  return errors.length === 0 ? { allowed: false } : { allowed: false, reason: `RBAC: ${aggregate(errors)}` }
}

function rulesOf(policy: PolicySource, user: UserInfo, namespace: string): UserRules {
  const resourceRules: UserRules['resourceRules'][number][] = []
  const nonResourceRules: UserRules['nonResourceRules'][number][] = []
  const errors: string[] = []
  for (const found of rulesFor(policy, user, namespace)) {
    if (found.rule === undefined) {
      errors.push(found.error)
      continue
    }
    const { verbs, apiGroups, resources = [], resourceNames, nonResourceURLs = [] } = found.rule
    if (resources.length > 0) {
      const names = resourceNames === undefined ? {} : { resourceNames }
      resourceRules.push({ verbs, apiGroups: apiGroups ?? [], resources, ...names })
    }
    if (nonResourceURLs.length > 0) nonResourceRules.push({ verbs, nonResourceURLs })
  }
  const problem = errors.length === 0 ? {} : { evaluationError: aggregate(errors) }
  return { resourceRules, nonResourceRules, incomplete: false, ...problem }
}

export function rbacAuthorizer(policy: PolicySource): Authorizer {
  return {
    mode: 'RBAC',
    authorize: (user, attributes) => authorize(policy, user, attributes),
    rulesFor: (user, namespace) => rulesOf(policy, user, namespace),
  }
}

/** Whoever is authenticated may do everything. */
export const alwaysAllow: Authorizer = {
  mode: 'AlwaysAllow',
  authorize: () => ({ allowed: true }),
  rulesFor: () => ({
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    incomplete: false,
  }),
}

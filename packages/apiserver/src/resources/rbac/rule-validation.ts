// Rules and subjects of roles and bindings. Source: kubernetes rbac/v1/defaults.go, rbac/validation.

import { goStruct } from '../../internal-structs/index.ts'
import type { PolicyRule, RoleRef, Subject } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid, notSupported, required } from '../../validation/field-errors.ts'
import { dnsSubdomain, pathSegmentName } from '../../validation/names.ts'
import { sameValue } from '../compare.ts'
import type { Mutable } from '../resource.ts'

export const RBAC_GROUP = 'rbac.authorization.k8s.io'

export function validateRules(
  rules: readonly PolicyRule[] | null | undefined,
  namespaced: boolean,
  errors: FieldError[],
): void {
  for (const [index, rule] of (rules ?? []).entries()) validateRule(rule, namespaced, `rules[${index}]`, errors)
}

function validateRule(rule: PolicyRule, namespaced: boolean, path: string, errors: FieldError[]): void {
  const { verbs = [], nonResourceURLs = [], apiGroups = [], resources = [], resourceNames = [] } = rule
  if (verbs.length === 0) errors.push(required(`${path}.verbs`, 'verbs must contain at least one value'))
  if (nonResourceURLs.length > 0) {
    if (namespaced) {
      const text = 'namespaced rules cannot apply to non-resource URLs'
      errors.push(invalid(`${path}.nonResourceURLs`, nonResourceURLs, text))
    }
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      const text = 'rules cannot apply to both regular resources and non-resource URLs'
      errors.push(invalid(`${path}.nonResourceURLs`, nonResourceURLs, text))
    }
    return
  }
  if (apiGroups.length === 0)
    errors.push(required(`${path}.apiGroups`, 'resource rules must supply at least one api group'))
  if (resources.length === 0)
    errors.push(required(`${path}.resources`, 'resource rules must supply at least one resource'))
}

/** The group may be left out where the kind says it. */
export function defaultRoleRef(reference: Mutable<RoleRef>): void {
  if ((reference.apiGroup ?? '') === '') reference.apiGroup = RBAC_GROUP
}

export function defaultSubject(subject: Mutable<Subject>): void {
  if ((subject.apiGroup ?? '') !== '') return
  if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup = RBAC_GROUP
}

export function validateRoleRef(reference: RoleRef, kinds: readonly string[], errors: FieldError[]): void {
  const { apiGroup = '', kind = '', name = '' } = reference
  if (apiGroup !== RBAC_GROUP) errors.push(notSupported('roleRef.apiGroup', apiGroup, [RBAC_GROUP]))
  if (!kinds.includes(kind)) errors.push(notSupported('roleRef.kind', kind, kinds))
  if (name === '') errors.push(required('roleRef.name'))
  else for (const problem of pathSegmentName(name)) errors.push(invalid('roleRef.name', name, problem))
}

export function validateSubjects(
  subjects: readonly Subject[] | undefined,
  namespaced: boolean,
  errors: FieldError[],
): void {
  for (const [index, subject] of (subjects ?? []).entries()) {
    validateSubject(subject, namespaced, `subjects[${index}]`, errors)
  }
}

function validateSubject(subject: Subject, namespaced: boolean, path: string, errors: FieldError[]): void {
  const { kind = '', name = '', apiGroup = '', namespace = '' } = subject
  if (name === '') errors.push(required(`${path}.name`))
  if (kind === 'ServiceAccount') {
    if (name !== '') for (const problem of dnsSubdomain(name)) errors.push(invalid(`${path}.name`, name, problem))
    if (apiGroup !== '') errors.push(notSupported(`${path}.apiGroup`, apiGroup, ['']))
    if (!namespaced && namespace === '') errors.push(required(`${path}.namespace`))
  } else if (kind === 'User' || kind === 'Group') {
    if (apiGroup !== RBAC_GROUP) errors.push(notSupported(`${path}.apiGroup`, apiGroup, [RBAC_GROUP]))
  } else errors.push(notSupported(`${path}.kind`, kind, ['ServiceAccount', 'User', 'Group']))
}

export function validateRoleRefUpdate(now: RoleRef, old: RoleRef): readonly FieldError[] {
  if (sameValue(now, old)) return []
  return [invalid('roleRef', goStruct('rbac.RoleRef', now), 'cannot change roleRef')]
}

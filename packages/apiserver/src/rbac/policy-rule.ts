// Does one rule allow one request? Source: kubernetes pkg/apis/rbac/v1/evaluation_helpers.go, rbac.go RuleAllows.

import type { Attributes } from '../http/authorization.ts'
import type { PolicyRule } from '../objects/index.ts'

function hasOrAll(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && (list.includes('*') || list.includes(value))
}

function resourceMatches(resources: readonly string[] | undefined, resource: string, subresource: string): boolean {
  if (subresource === '') return hasOrAll(resources, resource)
  return hasOrAll(resources, `${resource}/${subresource}`) || resources?.includes(`*/${subresource}`) === true
}

/** `/healthz/*` covers what is below it, `*` everything. */
export function pathMatches(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === path) return true
  return pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, ''))
}

export function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!hasOrAll(rule.verbs, attributes.verb)) return false
  if (attributes.kind === 'path') {
    return rule.nonResourceURLs?.some((pattern) => pathMatches(pattern, attributes.path)) === true
  }
  const { group, resource, subresource, name } = attributes
  const names = rule.resourceNames ?? []
  return (
    hasOrAll(rule.apiGroups, group) &&
    resourceMatches(rule.resources, resource, subresource) &&
    (names.length === 0 || names.includes(name))
  )
}

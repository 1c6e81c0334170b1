import { describe, expect, it } from 'vitest'
import { StatusError } from '../status/status-error.ts'
import { ADMIN_USER, ANONYMOUS_USER, authenticate, impersonated, singleToken } from './authentication.ts'
import { attributesOf, bootstrapAuthorizer, forbidden } from './authorization.ts'
import { parseRequestInfo } from './request-info.ts'
import { splitUrl } from './url.ts'

const alice = { name: 'alice', groups: ['dev', 'system:authenticated'] }

function ask(user: typeof alice | typeof ADMIN_USER, method: string, url: string): string {
  const { path, query } = splitUrl(url)
  const attributes = attributesOf(parseRequestInfo(method, path, query), query)
  const decision = bootstrapAuthorizer(user, attributes)
  return decision.allowed ? (decision.reason ?? 'allowed') : forbidden(user, attributes).message
}

const BY_DISCOVERY =
  'RBAC: allowed by ClusterRoleBinding "system:discovery" of ClusterRole "system:discovery" to Group "system:authenticated"'

describe('bootstrapAuthorizer', () => {
  it.each([
    ['a master may do anything', ADMIN_USER, 'DELETE', '/api/v1/nodes', 'allowed'],
    ['alice asks for health', alice, 'GET', '/healthz', BY_DISCOVERY],
    ['alice reads discovery', alice, 'GET', '/apis/apps/v1', BY_DISCOVERY],
    ['alice asks for metrics', alice, 'GET', '/metrics', 'forbidden: User "alice" cannot get path "/metrics"'],
    [
      'anonymous discovery',
      ANONYMOUS_USER,
      'GET',
      '/apis',
      'forbidden: User "system:anonymous" cannot get path "/apis"',
    ],
    [
      'alice lists',
      alice,
      'GET',
      '/api/v1/namespaces/x/pods',
      'pods is forbidden: User "alice" cannot list resource "pods" in API group "" in the namespace "x"',
    ],
    [
      'alice watches everywhere',
      alice,
      'GET',
      '/api/v1/pods?watch=1',
      'pods is forbidden: User "alice" cannot watch resource "pods" in API group "" at the cluster scope',
    ],
    [
      'alice gets a deployment',
      alice,
      'GET',
      '/apis/apps/v1/namespaces/n/deployments/x',
      'deployments.apps "x" is forbidden: User "alice" cannot get resource "deployments" in API group "apps" in the namespace "n"',
    ],
    [
      'alice evicts',
      alice,
      'POST',
      '/api/v1/namespaces/n/pods/x/eviction',
      'pods "x" is forbidden: User "alice" cannot create resource "pods/eviction" in API group "" in the namespace "n"',
    ],
    [
      'alice looks at her namespace',
      alice,
      'GET',
      '/api/v1/namespaces/n',
      'namespaces "n" is forbidden: User "alice" cannot get resource "namespaces" in API group "" in the namespace "n"',
    ],
  ])('%s', (_name, user, method, url, expected) => {
    expect(ask(user, method, url)).toBe(expected)
  })

  it('lets authenticated users review their own rights', () => {
    expect(ask(alice, 'POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews')).toContain('system:basic-user')
    expect(ask(alice, 'POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews')).toContain('is forbidden')
  })
})

describe('authenticate', () => {
  const authenticator = singleToken('secret')
  it.each([
    ['the token', 'Bearer secret', 'kubernetes-admin'],
    ['scheme in lower case', 'bearer secret', 'kubernetes-admin'],
    ['no header', undefined, 'system:anonymous'],
    ['basic auth', 'Basic YTpi', 'system:anonymous'],
    ['another token', 'Bearer secre', 'Unauthorized'],
    ['a longer token', 'Bearer secret2', 'Unauthorized'],
  ])('%s', (_name, header, expected) => {
    const who = (): string => {
      try {
        return authenticate(header, authenticator).name
      } catch (error) {
        return error instanceof StatusError ? error.message : 'bug'
      }
    }
    expect(who()).toBe(expected)
  })
})

describe('impersonated', () => {
  it('takes user and groups, and makes the user authenticated', () => {
    expect(impersonated({ 'impersonate-user': 'bob', 'impersonate-group': 'a, b' })).toEqual({
      name: 'bob',
      groups: ['a', 'b', 'system:authenticated'],
    })
    expect(impersonated({})).toBeUndefined()
  })

  it('refuses groups without a user, in Go words', () => {
    expect(() => impersonated({ 'impersonate-group': 'dev' })).toThrow(
      'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"dev"}, Extra:map[string][]string(nil)} without impersonating a user name',
    )
  })
})

import { describe, expect, it } from 'vitest'
import { StatusError } from '../status/status-error.ts'
import { bootstrapSource, rbacAuthorizer } from '../rbac/index.ts'
import { ADMIN_USER, ANONYMOUS_USER, authenticate, singleToken, type Credentials } from './authentication.ts'
import { attributesOf, forbidden } from './authorization.ts'
import { parseRequestInfo } from './request-info.ts'
import { splitUrl } from './url.ts'

const TOKEN_PROTOCOL = 'base64url.bearer.authorization.k8s.io.'
const alice = { name: 'alice', groups: ['dev', 'system:authenticated'] }

const authorizer = rbacAuthorizer(bootstrapSource())

function ask(user: typeof alice | typeof ADMIN_USER, method: string, url: string): string {
  const { path, query } = splitUrl(url)
  const attributes = attributesOf(parseRequestInfo(method, path, query), query)
  const decision = authorizer.authorize(user, attributes)
  return decision.allowed ? (decision.reason ?? 'allowed') : forbidden(user, attributes).message
}

const BY_DISCOVERY =
  'RBAC: allowed by ClusterRoleBinding "system:discovery" of ClusterRole "system:discovery" to Group "system:authenticated"'

describe('the rules every cluster starts with', () => {
  it.each([
    ['a master may do anything', ADMIN_USER, 'DELETE', '/api/v1/nodes', 'allowed'],
    ['alice asks for health', alice, 'GET', '/healthz', BY_DISCOVERY],
    ['alice reads discovery', alice, 'GET', '/apis/apps/v1', BY_DISCOVERY],
    [
      'a method that is no verb',
      alice,
      'OPTIONS',
      '/api/v1/pods',
      'pods is forbidden: User "alice" cannot  resource "pods" in API group "" at the cluster scope',
    ],
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
  const certificate = { user: { name: 'alice', groups: ['dev'] } }
  const websocket = { upgrade: 'websocket', 'sec-websocket-protocol': `v4.channel.k8s.io, ${TOKEN_PROTOCOL}c2VjcmV0` }
  it.each<[string, Credentials, string]>([
    [
      'the token',
      { headers: { authorization: 'Bearer secret' } },
      'kubernetes-admin system:masters,system:authenticated',
    ],
    [
      'scheme in lower case',
      { headers: { authorization: ' bearer secret ' } },
      'kubernetes-admin system:masters,system:authenticated',
    ],
    ['no header', { headers: {} }, 'system:anonymous system:unauthenticated'],
    ['basic auth', { headers: { authorization: 'Basic YTpi' } }, 'system:anonymous system:unauthenticated'],
    ['an empty token', { headers: { authorization: 'Bearer ' } }, 'system:anonymous system:unauthenticated'],
    ['two spaces', { headers: { authorization: 'Bearer  secret' } }, 'system:anonymous system:unauthenticated'],
    ['another token', { headers: { authorization: 'Bearer secre' } }, 'Unauthorized'],
    ['a longer token', { headers: { authorization: 'Bearer secret2' } }, 'Unauthorized'],
    ['a certificate', { headers: {}, certificate }, 'alice dev,system:authenticated'],
    [
      'certificate before token',
      { headers: { authorization: 'Bearer secret' }, certificate },
      'alice dev,system:authenticated',
    ],
    ['a certificate of somebody else', { headers: {}, certificate: { error: 'unknown authority' } }, 'Unauthorized'],
    [
      'a token beside such a certificate',
      { headers: { authorization: 'Bearer secret' }, certificate: { error: 'unknown authority' } },
      'kubernetes-admin system:masters,system:authenticated',
    ],
    ['a websocket’s protocol', { headers: websocket }, 'kubernetes-admin system:masters,system:authenticated'],
    [
      'such a protocol without a websocket',
      { headers: { ...websocket, upgrade: 'spdy/3.1' } },
      'system:anonymous system:unauthenticated',
    ],
  ])('%s', (_name, credentials, expected) => {
    const who = (): string => {
      try {
        const { name, groups } = authenticate(credentials, { authenticator, anonymous: ANONYMOUS_USER })
        return `${name} ${groups.join(',')}`
      } catch (error) {
        return error instanceof StatusError ? error.message : 'bug'
      }
    }
    expect(who()).toBe(expected)
  })

  it('nobody is anonymous where everybody may do everything', () => {
    expect(() => authenticate({ headers: {} }, { authenticator, anonymous: undefined })).toThrow('Unauthorized')
  })

  it('warns of a space too many', () => {
    const warnings: string[] = []
    const warn = (text: string): void => void warnings.push(text)
    authenticate({ headers: { authorization: 'Bearer  secret' } }, { authenticator, anonymous: ANONYMOUS_USER }, warn)
    expect(warnings).toEqual([expect.stringContaining('contains extra space before the bearer token')])
  })
})

// What a user may do. Without RBAC objects the rules are the ones every cluster starts with: system:masters may do everything,
// anybody may ask for health and version, and authenticated users may read discovery and review their own rights.
// Source: rbac bootstrap policy (cluster-admin, system:discovery, system:basic-user, system:public-info-viewer), as recorded.

import { StatusError } from '../status/status-error.ts'
import { AUTHENTICATED, SYSTEM_MASTERS } from './authentication.ts'
import { authorizedName, type RequestInfo } from './request-info.ts'
import type { UserInfo } from './request-handler.ts'

export type Attributes =
  | { readonly kind: 'path'; readonly verb: string; readonly path: string }
  | {
      readonly kind: 'resource'
      readonly verb: string
      readonly group: string
      readonly resource: string
      readonly subresource: string
      readonly namespace: string
      readonly name: string
    }

export interface Decision {
  readonly allowed: boolean
  readonly reason?: string
}

export type Authorizer = (user: UserInfo, attributes: Attributes) => Decision

interface PathRule {
  readonly role: string
  readonly groups: readonly string[]
  readonly paths: readonly string[]
}

/** In the order the rules of a user are listed. */
export const PATH_RULES: readonly PathRule[] = [
  {
    role: 'system:discovery',
    groups: [AUTHENTICATED],
    paths: [
      '/api',
      '/api/*',
      '/apis',
      '/apis/*',
      '/healthz',
      '/livez',
      '/openapi',
      '/openapi/*',
      '/readyz',
      '/version',
      '/version/',
    ],
  },
  {
    role: 'system:public-info-viewer',
    groups: [AUTHENTICATED, 'system:unauthenticated'],
    paths: ['/healthz', '/livez', '/readyz', '/version', '/version/'],
  },
]

/** What authenticated users may create: reviews of their own rights. */
export const SELF_REVIEWS: readonly { readonly group: string; readonly resources: readonly string[] }[] = [
  { group: 'authorization.k8s.io', resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'] },
  { group: 'authentication.k8s.io', resources: ['selfsubjectreviews'] },
]

function pathMatches(pattern: string, path: string): boolean {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : pattern === path
}

function allowedByRole(role: string, group: string): Decision {
  return {
    allowed: true,
    reason: `RBAC: allowed by ClusterRoleBinding "${role}" of ClusterRole "${role}" to Group "${group}"`,
  }
}

function authorizePath(user: UserInfo, path: string): Decision {
  for (const rule of PATH_RULES) {
    const group = rule.groups.find((name) => user.groups.includes(name))
    if (group !== undefined && rule.paths.some((pattern) => pathMatches(pattern, path)))
      return allowedByRole(rule.role, group)
  }
  return { allowed: false }
}

export const bootstrapAuthorizer: Authorizer = (user, attributes) => {
  if (user.groups.includes(SYSTEM_MASTERS)) return { allowed: true }
  if (attributes.kind === 'path') {
    return attributes.verb === 'get' || attributes.verb === 'head'
      ? authorizePath(user, attributes.path)
      : { allowed: false }
  }
  const review = SELF_REVIEWS.find((rule) => rule.group === attributes.group)
  const own = attributes.verb === 'create' && review?.resources.includes(attributes.resource) === true
  return own && user.groups.includes(AUTHENTICATED)
    ? allowedByRole('system:basic-user', AUTHENTICATED)
    : { allowed: false }
}

export function attributesOf(info: RequestInfo, query: URLSearchParams): Attributes {
  if (info.kind === 'path') return { kind: 'path', verb: info.verb, path: info.path }
  const { verb, group, resource, subresource, namespace } = info
  return { kind: 'resource', verb, group, resource, subresource, namespace, name: authorizedName(info, query) }
}

/** The 403 of a request `user` may not make. */
export function forbidden(user: UserInfo, attributes: Attributes): StatusError {
  const who = `User "${user.name}" cannot ${attributes.verb}`
  if (attributes.kind === 'path') {
    return new StatusError(403, 'Forbidden', `forbidden: ${who} path "${attributes.path}"`, {})
  }
  const { group, resource, subresource, namespace, name } = attributes
  const full = subresource === '' ? resource : `${resource}/${subresource}`
  const subject = `${group === '' ? resource : `${resource}.${group}`}${name === '' ? '' : ` "${name}"`}`
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`
  return new StatusError(
    403,
    'Forbidden',
    `${subject} is forbidden: ${who} resource "${full}" in API group "${group}" ${where}`,
    { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind: resource },
  )
}

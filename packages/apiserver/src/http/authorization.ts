// What is asked of an authorizer, and how a refusal is worded. Who may do what is decided in rbac/.
// Source: apiserver authorization/authorizer, endpoints/filters/authorization.go, handlers/responsewriters/errors.go.

import { StatusError } from '../status/status-error.ts'
import { quote } from '../validation/field-errors.ts'
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

export interface UserRules {
  readonly resourceRules: readonly {
    readonly verbs: readonly string[]
    readonly apiGroups: readonly string[]
    readonly resources: readonly string[]
    readonly resourceNames?: readonly string[]
  }[]
  readonly nonResourceRules: readonly {
    readonly verbs: readonly string[]
    readonly nonResourceURLs: readonly string[]
  }[]
  /** There may be more than is listed. */
  readonly incomplete: boolean
  readonly evaluationError?: string
}

/** As in kube-apiserver's `--authorization-mode`. */
export type AuthorizationMode = 'RBAC' | 'AlwaysAllow'

export interface Authorizer {
  readonly mode: AuthorizationMode
  authorize(user: UserInfo, attributes: Attributes): Decision
  /** What the user may do in a namespace, for SelfSubjectRulesReview. */
  rulesFor(user: UserInfo, namespace: string): UserRules
}

export function attributesOf(info: RequestInfo, query: URLSearchParams): Attributes {
  if (info.kind === 'path') return { kind: 'path', verb: info.verb, path: info.path }
  const { verb, group, resource, subresource, namespace } = info
  return { kind: 'resource', verb, group, resource, subresource, namespace, name: authorizedName(info, query) }
}

/** Nothing in an error looks like HTML. */
function sanitized(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}

/** The 403 of a request `user` may not make. `reason` is the authorizer's, if it gave one. */
export function forbidden(user: UserInfo, attributes: Attributes, reason = ''): StatusError {
  // A method the API does not know is no verb.
  const who = `User ${quote(user.name)} cannot ${attributes.verb === 'unknown' ? '' : attributes.verb}`
  const why = reason === '' ? '' : `: ${reason}`
  if (attributes.kind === 'path') {
    const message = `forbidden: ${sanitized(`${who} path ${quote(attributes.path ?? '')}`)}${why}`
    return new StatusError(403, 'Forbidden', message, {})
  }
  const { group, resource, subresource, namespace, name } = attributes
  const full = subresource === '' ? resource : `${resource}/${subresource}`
  const subject = `${group === '' ? resource : `${resource}.${group}`}${name === '' ? '' : ` ${quote(name)}`}`
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${quote(namespace)}`
  const message = `${who} resource ${quote(full)} in API group ${quote(group)} ${where}`
  // A path may leave the resource out, and then nothing is named.
  const what = resource === '' ? 'forbidden' : `${subject} is forbidden`
  return new StatusError(403, 'Forbidden', `${what}: ${sanitized(message)}${why}`, {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    ...(resource === '' ? {} : { kind: resource }),
  })
}

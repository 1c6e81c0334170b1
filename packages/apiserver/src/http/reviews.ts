// Reviews: questions about rights and identities that are answered and never stored. `kubectl auth can-i` and `auth whoami`.
// Source: pkg/apis/authorization/validation, pkg/registry/authorization, pkg/registry/authentication; texts as recorded.

import { StatusError } from '../status/status-error.ts'
import { badRequest } from '../status/errors.ts'
import { authenticated, type Authenticator } from './authentication.ts'
import type { Attributes, Authorizer } from './authorization.ts'
import type { UserInfo } from './request-handler.ts'

interface ResourceAttributes {
  readonly namespace?: string
  readonly verb?: string
  readonly group?: string
  readonly resource?: string
  readonly subresource?: string
  readonly name?: string
}

interface NonResourceAttributes {
  readonly path?: string
  readonly verb?: string
}

interface ReviewBody {
  readonly metadata?: { readonly namespace?: string }
  readonly spec?: {
    readonly resourceAttributes?: ResourceAttributes
    readonly nonResourceAttributes?: NonResourceAttributes
    readonly user?: string
    readonly uid?: string
    readonly groups?: readonly string[]
    readonly namespace?: string
    readonly token?: string
    readonly audiences?: readonly string[]
    readonly extra?: Readonly<Record<string, readonly string[]>>
  }
}

export interface ReviewContext {
  readonly user: UserInfo
  readonly authorizer: Authorizer
  readonly authenticator: Authenticator
  /** The URL's namespace; '' for cluster scope. */
  readonly namespace: string
  /** For creationTimestamp. */
  readonly timestamp: string
}

function invalid(field: string, value: string, why: string): StatusError {
  const message = `Invalid value: ${value}: ${why}`
  return new StatusError(422, 'Invalid', `.authorization.k8s.io "" is invalid: ${field}: ${message}`, {
    group: 'authorization.k8s.io',
    causes: [{ reason: 'FieldValueInvalid', message, field }],
  })
}

/** The attributes as Go prints the internal struct. */
function goPath(attributes: NonResourceAttributes): string {
  return JSON.stringify({ Path: attributes.path ?? '', Verb: attributes.verb ?? '' })
}

function reviewedAttributes({ spec }: ReviewBody): Attributes {
  const resource = spec?.resourceAttributes
  const path = spec?.nonResourceAttributes
  if (resource !== undefined && path !== undefined) {
    throw invalid(
      'spec.nonResourceAttributes',
      goPath(path),
      'cannot be specified in combination with resourceAttributes',
    )
  }
  if (resource !== undefined) {
    return {
      kind: 'resource',
      verb: resource.verb ?? '',
      group: resource.group ?? '',
      resource: resource.resource ?? '',
      subresource: resource.subresource ?? '',
      namespace: resource.namespace ?? '',
      name: resource.name ?? '',
    }
  }
  if (path !== undefined) return { kind: 'path', verb: path.verb ?? '', path: path.path ?? '' }
  throw invalid(
    'spec.resourceAttributes',
    'null',
    'exactly one of nonResourceAttributes or resourceAttributes must be specified',
  )
}

function decided(context: ReviewContext, user: UserInfo, attributes: Attributes): object {
  const { allowed, reason } = context.authorizer.authorize(user, attributes)
  return { allowed, ...(reason === undefined ? {} : { reason }) }
}

function subjectReview(body: ReviewBody, context: ReviewContext): object {
  const attributes = reviewedAttributes(body)
  const { user = '', groups = [], uid, extra } = body.spec ?? {}
  if (user === '' && groups.length === 0) {
    throw invalid('spec.user', '""', 'at least one of user or group must be specified')
  }
  const more = { ...(uid === undefined ? {} : { uid }), ...(extra === undefined ? {} : { extra }) }
  return { status: decided(context, { name: user, groups, ...more }, attributes) }
}

function localSubjectReview(body: ReviewBody, context: ReviewContext): object {
  const path = body.spec?.nonResourceAttributes
  if (path !== undefined)
    throw invalid('spec.nonResourceAttributes', goPath(path), 'disallowed on this kind of request')
  const asked = body.spec?.resourceAttributes?.namespace ?? ''
  if (asked !== context.namespace) {
    throw invalid('spec.resourceAttributes.namespace', JSON.stringify(asked), 'must match metadata.namespace')
  }
  return { metadata: { namespace: context.namespace }, ...subjectReview(body, context) }
}

function rulesReview(body: ReviewBody, { user, authorizer }: ReviewContext): object {
  const namespace = body.spec?.namespace ?? ''
  if (namespace === '') throw badRequest('no namespace on request')
  return { spec: {}, status: authorizer.rulesFor(user, namespace) }
}

/** A user as reviews and /whoami print it. */
function userFields(user: UserInfo): object {
  return {
    username: user.name,
    ...(user.uid === undefined ? {} : { uid: user.uid }),
    groups: user.groups,
    ...(user.extra === undefined ? {} : { extra: user.extra }),
  }
}

/** The server's own token is tried first, and refuses everything else in these words. */
const NOT_ITS_OWN = 'invalid bearer token'

function tokenReview(body: ReviewBody, { authenticator }: ReviewContext): object {
  const { token = '', audiences = [] } = body.spec ?? {}
  if (token === '') throw badRequest('token is required for TokenReview in authentication')
  const outcome = authenticator(token, audiences.length === 0 ? undefined : audiences)
  if (outcome === undefined) return { status: { user: {}, error: NOT_ITS_OWN } }
  if ('error' in outcome) return { status: { user: {}, error: `[${NOT_ITS_OWN}, ${outcome.error}]` } }
  const user = userFields(authenticated(outcome.user))
  return { status: { authenticated: true, user, audiences: outcome.audiences } }
}

function selfReview({ user, timestamp }: ReviewContext): object {
  return { metadata: { creationTimestamp: timestamp }, status: { userInfo: userFields(user) } }
}

function answerFields(resource: string, body: ReviewBody, context: ReviewContext): object | undefined {
  switch (resource) {
    case 'selfsubjectaccessreviews':
      return { status: decided(context, context.user, reviewedAttributes(body)) }
    case 'subjectaccessreviews':
      return subjectReview(body, context)
    case 'localsubjectaccessreviews':
      return localSubjectReview(body, context)
    case 'selfsubjectrulesreviews':
      return rulesReview(body, context)
    case 'selfsubjectreviews':
      return selfReview(context)
    case 'tokenreviews':
      return tokenReview(body, context)
    default:
      return undefined
  }
}

/** The answered review, or undefined when `resource` is none. */
export function answerReview(
  review: { readonly group: string; readonly resource: string; readonly kind: string },
  body: unknown,
  context: ReviewContext,
): object | undefined {
  const request = (typeof body === 'object' && body !== null ? body : {}) as ReviewBody
  const fields = answerFields(review.resource, request, context)
  if (fields === undefined) return undefined
  return {
    kind: review.kind,
    apiVersion: `${review.group}/v1`,
    metadata: {},
    ...(request.spec === undefined || review.resource === 'selfsubjectreviews' ? {} : { spec: request.spec }),
    ...fields,
  }
}

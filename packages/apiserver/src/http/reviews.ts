// Reviews: questions about rights and identities that are answered and never stored. `kubectl auth can-i` and `auth whoami`.
// Source: pkg/apis/authorization/validation, pkg/registry/authorization, pkg/registry/authentication; texts as recorded.

import { badRequest } from '../status/errors.ts'
import { authenticated, type Authenticator } from './authentication.ts'
import type { Attributes, Authorizer } from './authorization.ts'
import type { UserInfo } from './request-handler.ts'
import { evaluationError } from './review-selectors.ts'
import {
  checkLocalReview,
  checkSelfReview,
  checkSubjectReview,
  type AccessSpec,
  type ReviewMetadata,
} from './review-validation.ts'

interface ReviewBody {
  readonly metadata?: ReviewMetadata
  readonly spec?: AccessSpec & {
    readonly uid?: string
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
  /** For creationTimestamp. */
  readonly timestamp: string
}

/** What is asked about, once it is known to be one of the two. */
function attributesOf({ resourceAttributes: resource, nonResourceAttributes: path }: AccessSpec): Attributes {
  if (resource === undefined) return { kind: 'path', verb: path?.verb ?? '', path: path?.path ?? '' }
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

function decided(context: ReviewContext, user: UserInfo, spec: AccessSpec): object {
  const { allowed, reason } = context.authorizer.authorize(user, attributesOf(spec))
  const problem = evaluationError(spec.resourceAttributes ?? {})
  return {
    allowed,
    ...(reason === undefined ? {} : { reason }),
    ...(problem === undefined ? {} : { evaluationError: problem }),
  }
}

function selfAccessReview({ spec = {}, metadata = {} }: ReviewBody, context: ReviewContext): object {
  checkSelfReview(spec, metadata)
  return { metadata, status: decided(context, context.user, spec) }
}

function subjectReview({ spec = {}, metadata = {} }: ReviewBody, context: ReviewContext): object {
  checkSubjectReview(spec, metadata)
  return { metadata, status: decidedOf(spec, context) }
}

function localSubjectReview({ spec = {}, metadata = {} }: ReviewBody, context: ReviewContext): object {
  checkLocalReview(spec, metadata)
  return { metadata, status: decidedOf(spec, context) }
}

function decidedOf(spec: NonNullable<ReviewBody['spec']>, context: ReviewContext): object {
  const { user = '', groups = [], uid, extra } = spec
  const more = { ...(uid === undefined ? {} : { uid }), ...(extra === undefined ? {} : { extra }) }
  return decided(context, { name: user, groups, ...more }, spec)
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

function tokenReview(body: ReviewBody, context: ReviewContext): object {
  return { metadata: body.metadata ?? {}, ...reviewedToken(body, context) }
}

function reviewedToken(body: ReviewBody, { authenticator }: ReviewContext): object {
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
      return selfAccessReview(body, context)
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

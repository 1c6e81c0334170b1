// From a request to its answer, in the real server's order: authenticate, impersonate, authorize, then find what the path means.
// Synchronous and without sockets (OpenAPI alone loads its texts lazily); runs inside Driver.enter.

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Engine, Random } from '@podwire/engine'
import type { OpenApi } from '../openapi/open-api.ts'
import { reviewKind } from '../openapi/review-resources.ts'
import type { Resource } from '../resources/resource.ts'
import { findSchema } from '../schema/index.ts'
import { badRequest } from '../status/errors.ts'
import { StatusError } from '../status/status-error.ts'
import { quote } from '../validation/field-errors.ts'
import type { NodeConnection } from '../streams/node-connection.ts'
import { podLogAnswer } from '../streams/pod-log.ts'
import { containerOf, findPod, nodeOf } from '../streams/pod-target.ts'
import { checkForwardedPorts } from '../streams/port-forward.ts'
import { jsonAnswer, notSniffed, pageNotFound, unsniffedAnswer, type Answer } from './answer.ts'
import { authenticate, type Authenticator, type CertificateOutcome } from './authentication.ts'
import { forbidden, type Authorizer } from './authorization.ts'
import { impersonates, wantedUser, type Impersonation } from './impersonation.ts'
import type { ApiMetrics } from './metrics/api-metrics.ts'
import { negotiate, type Offer } from './negotiation.ts'
import { answerOf, type WriterContext } from './object-writer.ts'
import { answerPath } from './path-routes.ts'
import { checkTimeout } from './request-timeout.ts'
import { checkCustomVerb, isInScope } from './custom-verbs.ts'
import { methodNotAllowed, resourceNotServed } from './refusals.ts'
import { checkPatchType, requestBody } from './request-body.ts'
import type {
  ApiObject,
  ApiRequest,
  RequestHandler,
  RequestVerb,
  ResourceRequest,
  UserInfo,
} from './request-handler.ts'
import type { RequestInfo, ResourceInfo } from './request-info.ts'
import { readRequestLine, type RequestLine } from './request-line.ts'
import { answerReview } from './reviews.ts'
import { REVIEWS, STREAM_SUBRESOURCES, type ServedResources } from './served-resources.ts'
import type { StreamAnswer } from './stream-answer.ts'
import type { SharedEvents } from './shared-events.ts'
import type { KubernetesVersion } from './version.ts'
import { watchAnswer } from './watch-stream.ts'

export interface DoorContext {
  readonly engine: Engine
  readonly random: Random
  readonly handler: RequestHandler
  readonly served: () => ServedResources
  readonly openApi: OpenApi
  readonly authenticator: Authenticator
  readonly authorizer: Authorizer
  readonly impersonation: Impersonation
  /** Who a request without credentials comes from; undefined: nobody. */
  readonly anonymous: UserInfo | undefined
  readonly kubernetesVersion: KubernetesVersion
  /** The kubelets; undefined in a cluster without nodes. */
  readonly nodes: () => NodeConnection | undefined
  /** Reports a bug and says what the client is told. */
  readonly report: (error: unknown) => StatusError
  readonly metrics: ApiMetrics
  /** What goes to many watches alike. */
  readonly shared: SharedEvents
  /** host:port, as discovery tells it. */
  readonly serverAddress: () => string
}

export interface DoorRequest {
  readonly method: string
  /** Path and query as sent. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  /** Every header's values as they were sent, one by one. */
  readonly distinct: IncomingMessage['headersDistinct']
  /** What the client's certificate says, if it presented one. */
  readonly certificate: CertificateOutcome
  readonly body: Uint8Array | undefined
  readonly warn: (text: string) => void
  /** Told when nobody is known to have sent it. */
  onStranger?(): void
  /** Told once it is known which served resource is meant. */
  readonly meant?: (info: ResourceInfo, query: URLSearchParams) => void
}

export type Routed = Answer | StreamAnswer | Promise<Answer>

/** A request that may be answered: who asks, and for what. */
export interface Admitted {
  readonly user: UserInfo
  readonly query: URLSearchParams
  readonly path: string
  readonly info: RequestInfo
}

/** What of a request decides whether it may come in. */
export type Asking = Pick<DoorRequest, 'method' | 'url' | 'headers' | 'distinct' | 'certificate'> &
  Partial<Pick<DoorRequest, 'warn' | 'onStranger'>>

/**
 * @param line the request's own, where it has been read already
 * @throws StatusError 400, 401 or 403
 */
export function admit(
  context: DoorContext,
  request: Asking,
  line: RequestLine = readRequestLine(request.method, request.url),
): Admitted {
  const { path, query, info, attributes } = line
  checkTimeout(info, query)
  const caller = authenticate(request, context, request.warn)
  // Node makes the single values on demand, which few requests need.
  const wanted = impersonates(request.headers) ? wantedUser(request.distinct) : undefined
  const user = wanted === undefined ? caller : context.impersonation.user(caller, wanted, attributes)
  const { allowed, reason } = context.authorizer.authorize(user, attributes)
  if (!allowed) throw notSniffed(forbidden(user, attributes, reason))
  return { user, query, path, info }
}

export function route(context: DoorContext, request: DoorRequest): Routed {
  const line = readRequestLine(request.method, request.url)
  const { path, query } = line
  const unnamed = unnamedSpecialPath(path, request.url)
  if (unnamed !== undefined) return unnamed
  const { user, info: asked } = admit(context, request, line)
  // The mux compares paths as they are.
  if (path.startsWith('//')) return pageNotFound
  const info = withoutAlias(asked)
  if (info.kind === 'path') return answerPath(context, request, info, query)
  const review = reviewOf(context, info)
  if (review !== undefined) {
    request.meant?.(info, query)
    return answerReviewRequest(context, request, info, { user, query }, review)
  }
  const resource = servedResource(context, info)
  if (resource === 'unknown group') return pageNotFound
  request.meant?.(info, query)
  if (resource.deprecationWarning !== undefined) context.metrics.deprecated(info, resource.deprecationWarning)
  return answerResource(context, request, info, resource, user, query)
}

const UNNAMED_SPECIAL = /^\/+(?:api\/[^/]+|apis\/[^/]+\/[^/]+)\/(?:watch|proxy)\/*$/

/** The words before a resource, with none after them: the request is not even understood, whoever asks. */
function unnamedSpecialPath(path: string, url: string): Answer | undefined {
  if (!UNNAMED_SPECIAL.test(path)) return undefined
  const why = `failed to create RequestInfo: unable to determine kind and namespace from url, ${url}`
  return unsniffedAnswer(500, `Internal Server Error: ${quote(url)}: ${why}\n`)
}

function reviewOf({ kubernetesVersion }: DoorContext, info: ResourceInfo): (typeof REVIEWS)[number] | undefined {
  if (info.version !== 'v1' || !info.resource.endsWith('reviews')) return undefined
  return REVIEWS.find(
    ({ group, resource, since }) =>
      group === info.group && resource === info.resource && since <= kubernetesVersion.minor,
  )
}

/** `bindings` of a namespace are the pods' own, whose pod the body names. */
function withoutAlias(info: RequestInfo): RequestInfo {
  if (info.kind === 'path' || info.resource !== 'bindings' || info.group !== '' || info.version !== 'v1') return info
  if (info.namespace === '' || info.name !== '') return info
  return { ...info, resource: 'pods', subresource: 'binding' }
}

/** @throws StatusError 404 when the group is there but not this resource of it; groups of custom kinds have no such path */
function servedResource(context: DoorContext, info: ResourceInfo): Resource | 'unknown group' {
  const served = context.served()
  const resource = served.find(info.group, info.version, info.resource)
  if (resource === undefined) {
    if (info.group !== '' && served.group(info.group) === undefined) return 'unknown group'
    if (served.isCustomGroup(info.group)) return 'unknown group'
    throw resourceNotServed()
  }
  const { custom } = resource
  if (custom !== undefined) return isInScope(info, resource) ? resource : 'unknown group'
  const { namespaced, resource: plural } = resource.type
  const outside = namespaced
    ? info.namespace === '' && info.name !== ''
    : info.namespace !== '' && plural !== 'namespaces'
  if (outside) throw resourceNotServed()
  return resource
}

const COLLECTION_VERBS: ReadonlySet<string> = new Set(['create', 'deletecollection', 'list', 'watch'])
const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])

/** @throws StatusError 405 for a verb the resource or the path does not have, 404 for a subresource it does not have */
function checkVerb(
  info: ResourceInfo,
  resource: Resource,
  { method, warn, headers }: Pick<DoorRequest, 'method' | 'warn' | 'headers'>,
): void {
  if (resource.custom !== undefined) return checkCustomVerb(info, resource, headers['content-type'])
  const { verb, name, namespace, subresource } = info
  // The watch paths of old know no other method, whatever the verb they stand for.
  if (verb === 'watch' && method !== 'GET' && method !== 'HEAD') throw methodNotAllowed()
  if (subresource !== '') {
    const verbs =
      subresource === 'status' && resource.status
        ? ['get', 'patch', 'update']
        : resource.subresources.find((entry) => entry.name === subresource)?.verbs
    if (verbs === undefined || info.rest.length > 0) throw resourceNotServed()
    if (!METHODS.has(method) || !verbs.some((allowed) => allowed === verb)) throw methodNotAllowed()
    return
  }
  if (verb === 'watch' && !resource.verbs.includes('watch')) {
    if (resource.deprecationWarning !== undefined) warn(resource.deprecationWarning)
    const message = `watch is not supported on resources of kind "${info.resource}"`
    throw new StatusError(405, 'MethodNotAllowed', message, { kind: info.resource })
  }
  const onCollection = COLLECTION_VERBS.has(verb)
  const misplaced = onCollection ? name !== '' && verb !== 'watch' : name === ''
  const everywhere = resource.type.namespaced && namespace === '' && verb !== 'list' && verb !== 'watch'
  if (!METHODS.has(method) || misplaced || everywhere || !resource.verbs.some((allowed) => allowed === verb)) {
    throw methodNotAllowed()
  }
}

function isStream(info: ResourceInfo): boolean {
  return info.group === '' && info.resource === 'pods' && STREAM_SUBRESOURCES.has(info.subresource)
}

function answerResource(
  context: DoorContext,
  request: DoorRequest,
  info: ResourceInfo,
  resource: Resource,
  user: UserInfo,
  query: URLSearchParams,
): Answer | StreamAnswer {
  if (isStream(info)) {
    const resourceRequest = toResourceRequest(info, resource, user, query, request)
    if (info.rest.length > 0 || info.namespace === '') throw resourceNotServed()
    const isAllowed = request.method === 'GET' || (request.method === 'POST' && info.subresource !== 'log')
    if (!isAllowed) throw methodNotAllowed()
    if (info.subresource !== 'log' && query.has('dryRun')) throw badRequest('dryRun is not supported')
    if (info.subresource !== 'log') throw upgradeRequired(context, resourceRequest)
    return podLogAnswer({ ...context, request: resourceRequest })
  }
  checkVerb(info, resource, request)
  if (info.verb === 'patch' && resource.custom === undefined) checkPatchType(request.headers['content-type'])
  const watching = info.verb === 'watch'
  const hasRoute = resource.custom === undefined
  const hasMessage = findSchema(resource.schema) !== undefined
  const offer = watching ? 'watch' : info.verb === 'list' ? 'list' : objectOffer(info)
  const representation = negotiate(request.headers.accept, offer, { hasMessage, hasRoute })
  const writer: WriterContext = { resource, clock: context.engine.clock, query, representation }
  if (watching) {
    const { engine, random, handler, report, shared, metrics } = context
    const watched = toResourceRequest(info, resource, user, query, request)
    const counter = (): { value: number } => metrics.watchEvents(resource.type)
    return watchAnswer({ engine, random, handler, report, shared, counter, request: watched, writer })
  }
  const kind = bodyKind(info, resource)
  const isDue = info.verb === 'create' || info.verb === 'update' || info.verb === 'patch'
  const body = requestBody(request.headers['content-type'], request.body, context.served().resources, {
    kind,
    isDue,
    isPatch: info.verb === 'patch',
  })
  const { headers, warn } = request
  const userAgent = headers['user-agent'] ?? ''
  const apiRequest: Made<ApiRequest> = { verb: info.verb as RequestVerb, resource, query, user, userAgent, warn }
  setPlace(apiRequest, info)
  if (body !== undefined) apiRequest.body = body
  return answerOf(context.handler.handle(apiRequest), writer)
}

/** What no table is made of: their storage has no converter (pkg/registry/core/pod/storage, namespace, serviceaccount). */
const WITHOUT_TABLE: ReadonlySet<string> = new Set([
  'binding',
  'ephemeralcontainers',
  'eviction',
  'finalize',
  'resize',
  'token',
])

function objectOffer({ resource, subresource }: ResourceInfo): Offer {
  return resource === 'bindings' || WITHOUT_TABLE.has(subresource) ? 'objects without table' : 'objects'
}

/** The kind an endpoint takes. */
function bodyKind({ verb, subresource }: ResourceInfo, { subresources, type }: Resource): string {
  if (verb === 'delete' || verb === 'deletecollection') return 'DeleteOptions'
  return subresources.find(({ name }) => name === subresource)?.kind ?? type.kind
}

/** An object while it is put together: members that may be absent are set one by one. Object.assign takes ten times as long. */
type Made<T> = { -readonly [Key in keyof T]: T[Key] }

export function toResourceRequest(
  info: ResourceInfo,
  resource: Resource,
  user: UserInfo,
  query: URLSearchParams,
  { headers, warn }: Pick<DoorRequest, 'headers' | 'warn'>,
): Made<ResourceRequest> {
  const request: Made<ResourceRequest> = { resource, query, user, userAgent: headers['user-agent'] ?? '', warn }
  setPlace(request, info)
  return request
}

function setPlace(request: Made<ResourceRequest>, { namespace, name, subresource }: ResourceInfo): void {
  if (request.resource.type.namespaced && namespace !== '') request.namespace = namespace
  if (name !== '') request.name = name
  if (subresource !== '') request.subresource = subresource
}

/** exec, attach and portforward without an Upgrade header: the pod and its node are looked up first. */
function upgradeRequired(context: DoorContext, request: ResourceRequest): StatusError {
  if (request.subresource === 'portforward') checkForwardedPorts(request.query)
  const pod = findPod(context, request)
  if (request.subresource !== 'portforward') containerOf(pod, request.query.get('container') ?? '')
  nodeOf(context, request, pod)
  return new StatusError(400, 'BadRequest', 'Upgrade request required')
}

function answerReviewRequest(
  context: DoorContext,
  request: DoorRequest,
  info: ResourceInfo,
  { user, query }: Pick<Admitted, 'user' | 'query'>,
  review: (typeof REVIEWS)[number],
): Answer {
  if (info.verb !== 'create' || info.name !== '') throw methodNotAllowed()
  if (review.namespaced !== (info.namespace !== '')) throw resourceNotServed()
  const representation = negotiate(request.headers.accept, 'objects without table')
  const resource = reviewKind(review.group, 'v1', review.kind)
  if (resource === undefined) throw resourceNotServed()
  const { resources } = context.served()
  const body = requestBody(request.headers['content-type'], request.body, [...resources, resource], {
    kind: review.kind,
    isDue: true,
  })
  const asked = toResourceRequest(info, resource, user, query, request)
  const answered = answerReview(
    review,
    context.handler.readReview({ ...asked, verb: 'create', ...(body === undefined ? {} : { body }) }),
    {
      user,
      authorizer: context.authorizer,
      authenticator: context.authenticator,
      timestamp: context.engine.clock.timestamp(),
    },
  )
  if (answered === undefined) throw resourceNotServed()
  if (representation.transform === 'none') return jsonAnswer(201, answered)
  const { clock } = context.engine
  return answerOf(
    { type: 'object', code: 201, object: answered as ApiObject },
    { resource, clock, query, representation },
  )
}

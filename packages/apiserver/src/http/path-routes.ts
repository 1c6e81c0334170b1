// Paths that are no resources: discovery, version, health, OpenAPI and the root. What is none of them is a plain-text 404.
// Source: apiserver server/routes, server/mux, kube-aggregator apiserver/handler_apis.go: /api, /version and group versions are
// routes, with their own words for what they do not take; /apis, groups and the rest answer any method.

import {
  aggregatedDiscovery,
  discoveryHash,
  apiGroup,
  apiGroupList,
  apiResourceList,
  apiVersions,
  rootPaths,
} from './discovery.ts'
import { emptyNotFound, indentedAnswer, jsonAnswer, pageNotFound, type Answer, type JsonAnswer } from './answer.ts'
import { healthAnswer } from './health.ts'
import { negotiate, requireJson, type Offer } from './negotiation.ts'
import { methodNotAllowed, resourceNotServed } from './refusals.ts'
import type { PathInfo } from './request-info.ts'
import type { DoorContext, DoorRequest } from './router.ts'
import type { ServedResources } from './served-resources.ts'
import { versionDocument } from './version.ts'

const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores'

/** OpenAPI v3 is on by default since then. */
const OPENAPI_V3_SINCE = 24

/** Aggregated discovery is on by default since then; its v2 came later, and v2beta1 went (AggregatedDiscoveryRemoveBetaType). */
const AGGREGATED_SINCE = 27
const AGGREGATED_V2_SINCE = 30
const AGGREGATED_V2_ALONE_SINCE = 33

function discoveryOffer(minor: number): Offer {
  if (minor < AGGREGATED_SINCE) return 'plain'
  if (minor < AGGREGATED_V2_SINCE) return 'discovery v2beta1'
  return minor < AGGREGATED_V2_ALONE_SINCE ? 'discovery of both versions' : 'discovery'
}

function aggregatedOr(context: DoorContext, request: DoorRequest, core: boolean, legacy: () => object): Answer {
  const offer = discoveryOffer(context.kubernetesVersion.minor)
  const { transform, version, contentType } = negotiate(request.headers.accept, offer, { hasRoute: core })
  if (transform !== 'APIGroupDiscoveryList') return jsonAnswer(200, legacy())
  const { answer, etag } = discoveryDocument(context.served(), core, version)
  const headers = new Map([
    ['etag', etag],
    ['vary', 'Accept'],
    ['cache-control', 'public'],
  ])
  if (request.headers['if-none-match'] === etag) return { type: 'text', code: 304, contentType: '', headers, body: '' }
  return { ...answer, contentType, headers }
}

interface DiscoveryDocument {
  readonly answer: JsonAnswer
  readonly etag: string
}

/** What is served stays the same for thousands of commands, each of which asks for both documents. */
const discoveryDocuments = new WeakMap<ServedResources, Map<string, DiscoveryDocument>>()

function discoveryDocument(served: ServedResources, core: boolean, version: string): DiscoveryDocument {
  let documents = discoveryDocuments.get(served)
  if (documents === undefined) discoveryDocuments.set(served, (documents = new Map()))
  const key = `${core ? 'core' : 'groups'} ${version}`
  let known = documents.get(key)
  if (known === undefined) {
    const document = aggregatedDiscovery(served, core, version)
    known = { answer: jsonAnswer(200, document), etag: `"${discoveryHash(document)}"` }
    documents.set(key, known)
  }
  return known
}

function onlyGet(request: DoorRequest): void {
  if (request.method !== 'GET') throw methodNotAllowed()
}

/** `/apis/{group}` and `/apis/{group}/{version}`. */
function groupAnswer(context: DoorContext, request: DoorRequest, name: string, version: string | undefined): Answer {
  const group = context.served().group(name)
  if (group === undefined) return pageNotFound
  if (version === undefined) {
    negotiate(request.headers.accept, 'plain', { hasRoute: false })
    return jsonAnswer(200, apiGroup(group))
  }
  return versionAnswer(context, request, name, version)
}

function versionAnswer(context: DoorContext, request: DoorRequest, group: string, version: string): Answer {
  const found = context
    .served()
    .group(group)
    ?.versions.find((entry) => entry.version === version)
  if (context.served().isCustomGroup(group)) {
    if (found !== undefined) negotiate(request.headers.accept, 'plain', { hasRoute: false })
    return found === undefined ? pageNotFound : jsonAnswer(200, apiResourceList(group, found))
  }
  if (found === undefined) throw resourceNotServed()
  onlyGet(request)
  negotiate(request.headers.accept, 'plain')
  return jsonAnswer(200, apiResourceList(group, found))
}

function apiAnswer(context: DoorContext, request: DoorRequest, parts: readonly string[]): Answer | undefined {
  const [root, first, second, ...rest] = parts
  if (rest.length > 0) return undefined
  if (root === 'api' && first === undefined) {
    onlyGet(request)
    return aggregatedOr(context, request, true, () => apiVersions(context.serverAddress()))
  }
  if (root === 'api' && first !== undefined && second === undefined) return versionAnswer(context, request, '', first)
  if (root === 'apis' && first === undefined) {
    return aggregatedOr(context, request, false, () => apiGroupList(context.served()))
  }
  if (root === 'apis' && first !== undefined) return groupAnswer(context, request, first, second)
  return undefined
}

/** A route takes its path with a closing slash as well. */
function versionRoute(context: DoorContext, request: DoorRequest, rest: readonly string[]): Answer {
  if (rest.length > 0) throw resourceNotServed()
  onlyGet(request)
  requireJson(request.headers.accept)
  return indentedAnswer(versionDocument(context.kubernetesVersion))
}

function openApiAnswer(
  context: DoorContext,
  request: DoorRequest,
  path: string,
  parts: readonly string[],
): Answer | Promise<Answer> {
  const isV3 = parts[0] === 'v3' && context.kubernetesVersion.minor >= OPENAPI_V3_SINCE
  if (parts[0] === 'v3' && !isV3) return pageNotFound
  const found = path.endsWith('/')
    ? undefined
    : context.openApi.answer(parts, request.url, request.headers, request.method)
  // Everything below /openapi/v3/ has one handler, which has nothing to say of what it does not know.
  return found ?? (isV3 ? emptyNotFound : pageNotFound)
}

export function answerPath(
  context: DoorContext,
  request: DoorRequest,
  { path, parts }: Pick<PathInfo, 'path' | 'parts'>,
  query: URLSearchParams,
): Answer | Promise<Answer> {
  const [root, ...rest] = parts
  if (root === undefined || path === '/index.html') return indentedAnswer(rootPaths(context.served()))
  if (root === 'version') return versionRoute(context, request, rest)
  if (root === 'openapi') return openApiAnswer(context, request, path, rest)
  const answered = path.endsWith('/') ? undefined : (healthAnswer(parts, query) ?? metricsAnswer(context, parts))
  return answered ?? apiAnswer(context, request, parts) ?? pageNotFound
}

function metricsAnswer(context: DoorContext, parts: readonly string[]): Answer | undefined {
  if (parts.length > 1 || parts[0] !== 'metrics') return undefined
  const body = context.metrics.text(context.handler.objectCounts?.() ?? [])
  return { type: 'text', code: 200, contentType: METRICS_TYPE, body }
}

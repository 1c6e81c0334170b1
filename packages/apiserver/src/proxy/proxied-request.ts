// A request to a proxy subresource, from what a client sent to what a backend gets. Source: apimachinery util/proxy/upgradeaware.go,
// pkg/registry/core/{pod,service,node}/rest (Connect), Go's httputil ReverseProxy.

import type { Random } from '@podwire/engine'
import type { DoorContext } from '../http/router.ts'
import type { UserInfo } from '../http/request-handler.ts'
import type { ResourceInfo } from '../http/request-info.ts'
import { methodNotAllowed, resourceNotServed } from '../http/refusals.ts'
import type { Endpoints, KubeObject, Node, Pod, Service } from '../objects/index.ts'
import { badRequest, internalError, notFound } from '../status/errors.ts'
import { isNotFound } from '../status/status-error.ts'
import type { Backend, BackendRequest } from '../streams/node-connection.ts'
import {
  headerOf,
  without,
  withForwardedFor,
  withoutCredentials,
  withoutHopByHop,
  type Headers,
} from './forwarded-headers.ts'
import { nodeLocation, podLocation, serviceLocation, type ProxyObjects } from './location.ts'
import type { RewriteContext } from './rewrite-url.ts'
import { decodedPath, escapedPath, joinPath, subpathOf } from './subpath.ts'

const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'])

export interface ClientRequest {
  readonly method: string
  /** Path and query as sent. */
  readonly url: string
  readonly headers: Headers
  /** The address it came from. */
  readonly client: string
  readonly upgrade: boolean
}

export type Proxied =
  /** GET and HEAD of `…/proxy` itself: relative links would not work without the slash. */
  | { readonly kind: 'redirect'; readonly location: string }
  | {
      readonly kind: 'request'
      readonly backend: Backend
      readonly request: BackendRequest
      readonly rewrite: RewriteContext
      readonly unpack: boolean
    }

export function isProxied(info: { readonly kind: string }): info is ResourceInfo {
  if (info.kind !== 'resource') return false
  const { group, resource, subresource } = info as ResourceInfo
  return group === '' && subresource === 'proxy' && ['pods', 'services', 'nodes'].includes(resource)
}

/** Reads objects as the user's request would; rights to the proxy were checked already. */
function objectsOf(context: DoorContext, info: ResourceInfo, user: UserInfo): ProxyObjects {
  const base = { query: new URLSearchParams(), user, userAgent: '', warn: (): void => {} }
  const read = (plural: string, name: string): KubeObject => {
    const resource = context.served().find('', info.version, plural)
    if (resource === undefined) throw resourceNotServed()
    const place = resource.type.namespaced ? { namespace: info.namespace } : {}
    const response = context.handler.handle({ ...base, ...place, resource, name, verb: 'get' })
    if (response.type !== 'object') throw internalError(`unexpected answer to a get of ${plural} ${name}`)
    // Stored objects have whole metadata.
    return response.object as KubeObject
  }
  // A server that looks for them while it serves Services says that the Service is not found.
  const endpoints = (name: string): Endpoints => {
    try {
      return read('endpoints', name) as Endpoints
    } catch (error) {
      const services = context.served().find('', info.version, 'services')
      throw isNotFound(error) && services !== undefined ? notFound(services.type, name) : error
    }
  }
  return {
    namespace: info.namespace,
    // Each plural answers with its own kind.
    pod: (name) => read('pods', name) as Pod,
    findPod: (name) => {
      try {
        return read('pods', name) as Pod
      } catch (error) {
        if (isNotFound(error)) return undefined
        throw error
      }
    },
    service: (name) => read('services', name) as Service,
    node: (name) => read('nodes', name) as Node,
    endpoints,
  }
}

function locate(objects: ProxyObjects, info: ResourceInfo, random: Random): Backend {
  if (info.resource === 'pods') return podLocation(objects, info.name)
  if (info.resource === 'services') return serviceLocation(objects, info.name, random)
  return nodeLocation(objects, info.name)
}

function hostPort({ address, port }: Backend): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** Path parts up to `proxy`: `api v1 namespaces N pods NAME proxy`, or `api v1 nodes NAME proxy`. */
function segmentsBefore(info: ResourceInfo): number {
  return info.namespace === '' ? 5 : 7
}

function backendHeaders(
  sent: ClientRequest,
  forwardedUri: string,
): { readonly headers: Headers; readonly unpack: boolean } {
  const passed = sent.upgrade ? sent.headers : withoutHopByHop(sent.headers)
  const own = without(withForwardedFor(withoutCredentials(passed), sent.client), 'x-forwarded-uri', 'expect')
  const chunked = headerOf(sent.headers, 'transfer-encoding') !== undefined
  // As Go's transport does for clients that name no encoding of their own.
  const unpack =
    !sent.upgrade &&
    sent.method !== 'HEAD' &&
    headerOf(own, 'accept-encoding') === undefined &&
    headerOf(own, 'range') === undefined
  const headers: Headers = [
    ...own,
    ...(sent.upgrade ? [] : ([['X-Forwarded-Uri', forwardedUri]] as const)),
    ...(chunked && !sent.upgrade ? ([['Transfer-Encoding', 'chunked']] as const) : []),
    ...(unpack ? ([['Accept-Encoding', 'gzip']] as const) : []),
  ]
  return { headers, unpack }
}

function headerSafe(path: string): string {
  return /^[\x21-\x7e]*$/.test(path) ? path : escapedPath(path)
}

/**
 * Inside the simulation, after authorization.
 * @throws StatusError when there is nothing to send it to
 */
export function proxiedRequest(
  context: DoorContext,
  info: ResourceInfo,
  user: UserInfo,
  random: Random,
  sent: ClientRequest,
): Proxied {
  if (!METHODS.has(sent.method)) throw methodNotAllowed()
  const namespaced = info.resource !== 'nodes'
  if (namespaced !== (info.namespace !== '') || info.name === '') throw resourceNotServed()
  const question = sent.url.indexOf('?')
  const search = question < 0 ? '' : sent.url.slice(question)
  if ((new URLSearchParams(search).get('dryRun') ?? '') !== '') throw badRequest('dryRun is not supported')
  const backend = locate(objectsOf(context, info, user), info, random)
  const path = decodedPath(question < 0 ? sent.url : sent.url.slice(0, question))
  const subpath = subpathOf(path, segmentsBefore(info))
  if (subpath === '' && !sent.upgrade && (sent.method === 'GET' || sent.method === 'HEAD')) {
    return { kind: 'redirect', location: `${headerSafe(path)}/${search}` }
  }
  const prefix = path.endsWith(subpath) ? path.slice(0, path.length - subpath.length) : path
  const target = escapedPath(subpath === '' ? '/' : subpath)
  const uri = joinPath(prefix, target)
  const { headers, unpack } = backendHeaders(sent, target.endsWith('/') && !uri.endsWith('/') ? `${uri}/` : uri)
  return {
    kind: 'request',
    backend,
    request: { method: sent.method, target: `${target}${search}`, headers },
    rewrite: { prefix, backendHost: hostPort(backend), requestHost: headerOf(sent.headers, 'host') ?? '' },
    unpack,
  }
}

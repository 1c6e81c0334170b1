// What a request asks for, read from its method and URL alone: verb, group, version, namespace, resource, name, subresource.
// Nothing here knows which resources exist. Source: apiserver endpoints/request/requestinfo.go.

export type ResourceVerb =
  | 'create'
  | 'delete'
  | 'deletecollection'
  | 'get'
  | 'list'
  | 'patch'
  | 'update'
  | 'watch'
  /** A method the API does not know, e.g. OPTIONS. */
  | 'unknown'

export interface ResourceInfo {
  readonly kind: 'resource'
  readonly path: string
  readonly verb: ResourceVerb
  /** '' for core. */
  readonly group: string
  readonly version: string
  /** '' for cluster scope and for all namespaces. A Namespace object counts as inside itself. */
  readonly namespace: string
  readonly resource: string
  /** '' when the whole collection is meant. */
  readonly name: string
  readonly subresource: string
  /** Path parts after the subresource: `/proxy/a/b`. */
  readonly rest: readonly string[]
}

export interface PathInfo {
  readonly kind: 'path'
  readonly path: string
  /** The method, lower case: what authorization calls the verb. */
  readonly verb: string
  readonly parts: readonly string[]
}

export type RequestInfo = ResourceInfo | PathInfo

/** After `namespaces/{name}/`, these are subresources of the Namespace and not resources in it. */
const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(['status', 'finalize'])

const VERB_OF_METHOD: ReadonlyMap<string, ResourceVerb> = new Map([
  ['POST', 'create'],
  ['GET', 'get'],
  ['HEAD', 'get'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
])

function decode(path: string): string {
  if (!path.includes('%')) return path
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** An escaped slash separates like any other: Go splits what it has decoded. */
export function splitPath(path: string): readonly string[] {
  const trimmed = decode(path).replace(/^\/+|\/+$/g, '')
  return trimmed === '' ? [] : trimmed.split('/')
}

/** True for the ways Go's `strconv.ParseBool` reads true, and for a bare `?watch`. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false'
}

/** The name a list or watch is limited to by `metadata.name=x`, or ''. */
function selectedName(query: URLSearchParams): string {
  for (const term of (query.get('fieldSelector') ?? '').split(',')) {
    const match = /^metadata\.name==?(?!=)(.+)$/.exec(term)
    if (match?.[1] !== undefined) return match[1]
  }
  return ''
}

interface Prefix {
  readonly group: string
  readonly version: string
  readonly parts: readonly string[]
}

function apiPrefix(parts: readonly string[]): Prefix | undefined {
  const [root, first, second] = parts
  if (root === 'api' && parts.length >= 3 && first !== undefined)
    return { group: '', version: first, parts: parts.slice(2) }
  if (root === 'apis' && parts.length >= 4 && first !== undefined && second !== undefined) {
    return { group: first, version: second, parts: parts.slice(3) }
  }
  return undefined
}

/** `namespaces/{ns}/pods/{name}/{subresource}/…` taken apart. */
function place(parts: readonly string[]): { readonly namespace: string; readonly parts: readonly string[] } {
  const [first, namespace, third] = parts
  if (first !== 'namespaces' || namespace === undefined) return { namespace: '', parts }
  if (third === undefined || NAMESPACE_SUBRESOURCES.has(third)) return { namespace, parts }
  return { namespace, parts: parts.slice(2) }
}

export function parseRequestInfo(method: string, path: string, query: URLSearchParams): RequestInfo {
  const parts = splitPath(path)
  const prefix = apiPrefix(parts)
  if (prefix === undefined) return { kind: 'path', path, verb: method.toLowerCase(), parts }
  const watchPath = prefix.parts[0] === 'watch' && prefix.parts.length > 1
  const { namespace, parts: rest } = place(watchPath ? prefix.parts.slice(1) : prefix.parts)
  const [resource = '', pathName = '', subresource = '', ...tail] = rest
  let verb = VERB_OF_METHOD.get(method) ?? 'unknown'
  if (watchPath) verb = 'watch'
  else if (pathName === '' && verb === 'get') {
    verb = isTrue(query.get('watch')) ? 'watch' : 'list'
  } else if (pathName === '' && verb === 'delete') verb = 'deletecollection'
  return {
    kind: 'resource',
    path,
    verb,
    group: prefix.group,
    version: prefix.version,
    namespace,
    resource,
    name: pathName,
    subresource,
    rest: tail,
  }
}

/** The name authorization sees: a list or watch selected by `metadata.name=x` counts as one of that object. */
export function authorizedName(info: ResourceInfo, query: URLSearchParams): string {
  if (info.name !== '' || (info.verb !== 'list' && info.verb !== 'watch')) return info.name
  return selectedName(query)
}

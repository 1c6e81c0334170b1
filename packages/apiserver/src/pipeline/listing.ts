// Lists: the newest state, an older one, or one page of either. Pages of one list all show the state of the first page.
// Source: apiserver storage/interfaces.go (ValidateListOptions), storage/cacher (GetList), storage/etcd3/store.go.

import type { KubeObject } from '../objects/kube-object.ts'
import type { ListMetadata } from '../http/request-handler.ts'
import type { Resource } from '../resources/resource.ts'
import { badRequest, expired, tooLargeResourceVersion } from '../status/errors.ts'
import { StatusError } from '../status/status-error.ts'
import { namespacePrefix } from '../store/store-key.ts'
import type { PastStore, Store } from '../store/store.ts'
import { decodeContinue, encodeContinue } from './continue-token.ts'
import type { ListOptions } from './list-options.ts'
import { resourceVersionProblem } from './query-parameters.ts'
import type { CompiledSelector } from './selection.ts'

export interface ListRequest {
  readonly resource: Resource
  /** Absent: all of them, or a cluster-scoped kind. */
  readonly namespace: string | undefined
  readonly selector: CompiledSelector | undefined
  readonly options: ListOptions
}

export interface ListPage {
  readonly items: readonly KubeObject[]
  readonly metadata: ListMetadata
}

const TOO_OLD_LIST = 'The resourceVersion for the provided list is too old.'
const TOO_OLD_CONTINUE =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the ' +
  'continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with ' +
  'the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time ' +
  'the first chunk was returned and now may show up in the list.'

/** Where a list looks: one object, one namespace, or everywhere. */
interface Scope {
  readonly namespace: string | undefined
  readonly name: string | undefined
  readonly prefix: string
}

/** A selector may narrow the list to one namespace, or to one object, which is then read alone. */
function scopeOf({ resource: { type }, namespace, selector }: ListRequest): Scope {
  const within = type.namespaced ? (namespace ?? selector?.namespace) : undefined
  const alone = !type.namespaced || within !== undefined
  return { namespace: within, name: alone ? selector?.name : undefined, prefix: namespacePrefix(type, within) }
}

/** @throws StatusError 400 for a bad version or token, 410 for what is gone, 504 for what is to come */
export function listObjects(store: Store, request: ListRequest): ListPage {
  const { options } = request
  const scope = scopeOf(request)
  // Revision 0 means "from the cache": the whole list in one answer, whatever the limit.
  const limit = options.resourceVersion === '0' && options.match !== 'Exact' ? 0 : options.limit
  if (options.continue !== '') {
    if (scope.name === undefined) return continueList(store, request, scope, limit)
    // There is nothing to go on with, and a token has to be one all the same.
    decodeContinue(options.continue, scope.prefix)
  }
  const problem = resourceVersionProblem(options.resourceVersion)
  if (problem !== undefined) throw badRequest(`invalid resource version: ${problem}`)
  const revision = Number(options.resourceVersion)
  if (revision > store.revision) throw tooLargeResourceVersion(revision, store.revision)
  const legacyExact = options.match === '' && options.limit > 0 && revision > 0 && scope.name === undefined
  if (options.match !== 'Exact' && !legacyExact) return page(store, request, scope, undefined, limit)
  const at = store.at(revision)
  if (at === undefined) throw expired(TOO_OLD_LIST)
  return page(at, request, scope, undefined, limit)
}

function continueList(store: Store, request: ListRequest, scope: Scope, limit: number): ListPage {
  const token = decodeContinue(request.options.continue, scope.prefix)
  const { resourceVersion } = request.options
  if (resourceVersion !== '' && resourceVersion !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue')
  }
  if (token.revision < 0) return page(store, request, scope, token.startKey, limit)
  if (token.revision > store.revision) throw tooLargeResourceVersion(token.revision, store.revision)
  const at = store.at(token.revision)
  if (at !== undefined) return page(at, request, scope, token.startKey, limit)
  const error = new StatusError(410, 'Expired', TOO_OLD_CONTINUE)
  const rest = encodeContinue(-1, token.startKey, scope.prefix)
  throw Object.assign(error, { status: { ...error.status, metadata: { continue: rest } } })
}

function page(
  store: PastStore,
  request: ListRequest,
  scope: Scope,
  startKey: string | undefined,
  limit: number,
): ListPage {
  const { resource, selector } = request
  const resourceVersion = String(store.revision)
  if (scope.name !== undefined) {
    const found = store.get(resource.type, scope.namespace, scope.name)
    const matches = found !== undefined && (selector?.matches(found) ?? true)
    return { items: matches ? [found] : [], metadata: { resourceVersion } }
  }
  const items: KubeObject[] = []
  let lastKey = ''
  let remaining = 0
  for (const [key, object] of store.scan(resource.type, scope.namespace, startKey)) {
    if (limit > 0 && items.length === limit) {
      remaining++
      // Nobody is told how many there are: the server does not know how many of the rest match.
      if (selector !== undefined) break
    } else if (selector === undefined || selector.matches(object)) {
      items.push(object)
      lastKey = key
    }
  }
  if (remaining === 0) return { items, metadata: { resourceVersion } }
  const next = encodeContinue(store.revision, `${lastKey}\0`, scope.prefix)
  const counted = selector === undefined ? { remainingItemCount: remaining } : {}
  return { items, metadata: { resourceVersion, continue: next, ...counted } }
}

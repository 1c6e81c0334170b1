// Lists: the newest state, or one page of it. Pages of one list all show the state of the first page; a continue token names
// that revision and the key to go on from. Source: apiserver storage/continue.go, storage/etcd3/store.go (GetList).

import type { KubeObject } from '../objects/kube-object.ts'
import type { ListMetadata } from '../http/request-handler.ts'
import type { Resource } from '../resources/resource.ts'
import { badRequest, expired, tooLargeResourceVersion } from '../status/errors.ts'
import { StatusError } from '../status/status-error.ts'
import { namespacePrefix } from '../store/store-key.ts'
import type { Store } from '../store/store.ts'
import { checkListOptions } from './list-options.ts'
import type { PageSnapshots } from './page-snapshots.ts'
import type { CompiledSelector } from './selection.ts'

export interface ListRequest {
  readonly resource: Resource
  readonly namespace: string | undefined
  readonly selector: CompiledSelector | undefined
  readonly query: URLSearchParams
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

export function listObjects(store: Store, snapshots: PageSnapshots, request: ListRequest): ListPage {
  const options = checkListOptions(request.query)
  const { namespace, resource } = request
  const prefix = namespacePrefix(resource.type, resource.type.namespaced ? namespace : undefined)
  if (options.continue !== undefined) return continueList(store, snapshots, request, options.limit, prefix)
  if (options.revision > store.revision) throw tooLargeResourceVersion(options.revision, store.revision)
  const exact = options.match === 'Exact' || (options.match === '' && options.revision > 0 && options.limit > 0)
  if (exact && options.revision !== store.revision) {
    const at = snapshots.at(options.revision)
    if (at === undefined) throw expired(TOO_OLD_LIST)
    return page(at, snapshots, request, undefined, options.limit)
  }
  // Revision 0 means "from the cache": the whole list in one answer, whatever the limit.
  const limit = options.fromCache ? 0 : options.limit
  return page(store, snapshots, request, undefined, limit)
}

function continueList(
  store: Store,
  snapshots: PageSnapshots,
  request: ListRequest,
  limit: number,
  prefix: string,
): ListPage {
  const token = decodeContinue(request.query.get('continue') ?? '', prefix)
  if (token.revision < 0) return page(store, snapshots, request, token.startKey, limit)
  const at = token.revision === store.revision ? store : snapshots.at(token.revision)
  if (at === undefined) {
    const { status } = expired(TOO_OLD_CONTINUE)
    const error = new StatusError(410, 'Expired', TOO_OLD_CONTINUE)
    const rest = encodeContinue(-1, token.startKey, prefix)
    throw Object.assign(error, { status: { ...status, metadata: { continue: rest } } })
  }
  return page(at, snapshots, request, token.startKey, limit)
}

function page(
  store: Pick<Store, 'scan' | 'revision'>,
  snapshots: PageSnapshots,
  request: ListRequest,
  startKey: string | undefined,
  limit: number,
): ListPage {
  const { resource, namespace, selector } = request
  const items: KubeObject[] = []
  let lastKey = ''
  let remaining = 0
  for (const [key, object] of store.scan(resource.type, namespace, startKey)) {
    if (selector !== undefined && !selector.matches(object)) continue
    if (limit === 0 || items.length < limit) {
      items.push(object)
      lastKey = key
    } else remaining++
  }
  const resourceVersion = String(store.revision)
  if (remaining === 0) return { items, metadata: { resourceVersion } }
  snapshots.keep(store.revision)
  const prefix = namespacePrefix(resource.type, resource.type.namespaced ? namespace : undefined)
  return {
    items,
    metadata: {
      resourceVersion,
      continue: encodeContinue(store.revision, `${lastKey}\0`, prefix),
      // With a selector the server does not know how many of the rest match.
      ...(selector === undefined ? { remainingItemCount: remaining } : {}),
    },
  }
}

function encodeContinue(revision: number, startKey: string, prefix: string): string {
  const start = startKey.slice(prefix.length)
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start })).toString('base64url')
}

function decodeContinue(token: string, prefix: string): { revision: number; startKey: string } {
  let decoded: unknown
  try {
    decoded = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
  } catch {
    throw badRequest('invalid continue token: continue key is not valid: illegal base64 data or JSON')
  }
  const { v, rv, start } = (typeof decoded === 'object' && decoded !== null ? decoded : {}) as Record<string, unknown>
  if (v !== 'meta.k8s.io/v1') {
    throw badRequest(
      'invalid continue token: continue key is not valid: server does not recognize this encoded version "' +
        String(v ?? '') +
        '"',
    )
  }
  if (typeof rv !== 'number' || rv === 0) {
    throw badRequest(
      'invalid continue token: continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)',
    )
  }
  if (typeof start !== 'string' || start.length === 0) {
    throw badRequest(
      'invalid continue token: continue key is not valid: encoded start key empty (version meta.k8s.io/v1)',
    )
  }
  return { revision: rv, startKey: prefix + start }
}

// Which requests a custom kind answers; its own server refuses the others in its own words. Source: apiextensions-apiserver
// pkg/apiserver/customresource_handler.go (ServeHTTP, serveResource, serveStatus, serveScale).

import { groupResourceOf } from '../resources/resource-type.ts'
import type { Resource } from '../resources/resource.ts'
import { customPatchRefused, badRequest, notFound } from '../status/errors.ts'
import { isCustomPatch } from './request-body.ts'
import { StatusError } from '../status/status-error.ts'
import type { ResourceInfo } from './request-info.ts'

/** False for paths that are not this kind's: a namespace where it has none, or none where it needs one. */
export function isInScope({ namespace, verb }: ResourceInfo, { type }: Resource): boolean {
  if (!type.namespaced) return namespace === ''
  return namespace !== '' || verb === 'list' || verb === 'watch'
}

const VERBS: ReadonlySet<string> = new Set([
  ...['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'],
])
const NAMED: ReadonlySet<string> = new Set(['update', 'patch'])

/** @throws StatusError 400, 404 or 405 */
export function checkCustomVerb(info: ResourceInfo, resource: Resource, contentType = ''): void {
  const { verb, name, subresource } = info
  const verbs = subresource === '' ? VERBS : subresourceVerbs(resource, subresource)
  if (verbs === undefined || info.rest.length > 0) throw notFound(resource.type, name)
  if (!verbs.has(verb)) {
    const { group, resource: plural } = resource.type
    // What is no verb has no name here.
    const message = `${verb === 'unknown' ? '' : verb} is not supported on resources of kind ${JSON.stringify(groupResourceOf(resource.type))}`
    throw new StatusError(405, 'MethodNotAllowed', message, { group, kind: plural })
  }
  if (!NAMED.has(verb) || name !== '') return
  // A patch is looked at before its object.
  if (verb === 'patch' && !isCustomPatch(contentType)) throw customPatchRefused()
  throw badRequest('name must be provided')
}

function subresourceVerbs(resource: Resource, name: string): ReadonlySet<string> | undefined {
  const has = name === 'status' ? resource.status : resource.subresources.some((entry) => entry.name === name)
  return has ? new Set(['get', 'update', 'patch']) : undefined
}

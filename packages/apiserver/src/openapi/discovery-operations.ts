// Operations that tell what there is: the lists of groups, versions and resources, and the server's version.
// Source: apiserver endpoints/discovery (root.go, group.go, version.go), pkg/server/routes/version.go.

import { operationId, tagOf } from './operation-id.ts'
import { OBJECTS, type Operation } from './operation.ts'

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'

function read(path: string, tag: string, id: string, description: string, answer: string): Operation {
  const formats = { consumes: OBJECTS, produces: OBJECTS }
  return { path, method: 'get', tag, id, description, parameters: [], ...formats, answer, codes: [200] }
}

/** `/api` and `/apis`. */
export function rootOperation(core: boolean): Operation {
  const description = 'get available API versions'
  return core
    ? read('/api/', 'core', 'getCoreAPIVersions', description, `${META}.APIVersions`)
    : read('/apis/', 'apis', 'getAPIVersions', description, `${META}.APIGroupList`)
}

export function groupOperation(group: string): Operation {
  const id = operationId('get', { group }, 'APIGroup')
  return read(`/apis/${group}/`, tagOf({ group }), id, 'get information of a group', `${META}.APIGroup`)
}

export function versionOperation(group: string, version: string): Operation {
  const path = group === '' ? `/api/${version}/` : `/apis/${group}/${version}/`
  const id = operationId('get', { group, version }, 'APIResources')
  return read(path, tagOf({ group, version }), id, 'get available resources', `${META}.APIResourceList`)
}

export const SERVER_VERSION: Operation = {
  ...read('/version/', 'version', 'getCodeVersion', '', 'io.k8s.apimachinery.pkg.version.Info'),
  description: 'get the version information for this server',
  consumes: ['application/json'],
  produces: ['application/json'],
}

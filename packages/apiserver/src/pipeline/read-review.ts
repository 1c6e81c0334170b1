// What a review's endpoint is asked, read as the body of any create is, with who wrote it. Source: apiserver
// endpoints/handlers/create.go; nothing of it is stored.

import type { ApiRequest } from '../http/request-handler.ts'
import { endpointOf, recordUpdate } from '../managed-fields/index.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import { checkBodyType, decodeWriteBody } from './decoding.ts'
import { checkNamespace } from './identity.ts'
import type { ServerState } from './server-state.ts'
import { checkWriteQuery, managerName } from './write-options.ts'
import type { MutableObject } from './write.ts'

/** @throws StatusError 400, 415 or 422 */
export function readReview(server: ServerState, request: ApiRequest): MutableObject {
  const { resource, namespace = '', query, userAgent } = request
  checkBodyType(request)
  const { fieldValidation, fieldManager } = checkWriteQuery(query, 'CreateOptions')
  const body = decodeWriteBody(server.registry, request, fieldValidation)
  const { metadata } = body
  checkNamespace(resource.type.namespaced ? namespace : '', metadata.namespace)
  if (resource.type.namespaced) metadata.namespace = namespace
  else delete metadata.namespace
  const { managedFields: sent } = metadata
  delete metadata.managedFields
  const entries = recordUpdate(endpointOf(server.registry, resource, ''), {
    manager: managerName(fieldManager, userAgent),
    now: server.engine.clock.timestamp(),
    old: undefined,
    // Complete enough for ownership, which looks at fields alone.
    next: body as unknown as KubeObject,
    sent,
  })
  if (entries !== undefined && entries.length > 0) metadata.managedFields = entries as typeof sent & object
  return body
}

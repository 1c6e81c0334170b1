// What a body says of its own name and namespace, held against the URL. Source: apiserver endpoints/handlers/rest.go
// (checkName), registry/rest/meta.go (EnsureObjectNamespaceMatchesRequestNamespace).

import { badRequest } from '../status/errors.ts'

/**
 * @param expected '' for cluster-scoped resources, which say nothing of it here
 * @throws StatusError 400
 */
export function checkNamespace(expected: string, sent = ''): void {
  if (expected === '' || sent === '' || sent === expected) return
  throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
}

/** @throws StatusError 400 for no name, and for another one */
export function checkName(name: string, sent = ''): void {
  if (sent === name) return
  throw badRequest(
    sent === ''
      ? `the name of the object (${name} based on URL) was undeterminable: name must be provided`
      : `the name of the object (${sent}) does not match the name on the URL (${name})`,
  )
}

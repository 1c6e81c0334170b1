// The server's refusals, worded as apimachinery api/errors words them. Each function returns the error to throw.

import { groupResourceOf, type ResourceType } from '../resources/resource-type.ts'
import { quote } from '../validation/field-errors.ts'
import { StatusError, type StatusCause, type StatusDetails } from './status-error.ts'

function detailsOf(type: ResourceType, name: string, causes?: readonly StatusCause[]): StatusDetails {
  return {
    ...(name === '' ? {} : { name }),
    ...(type.group === '' ? {} : { group: type.group }),
    kind: type.resource,
    ...(causes === undefined ? {} : { causes }),
  }
}

export function notFound(type: ResourceType, name: string): StatusError {
  return new StatusError(404, 'NotFound', `${groupResourceOf(type)} ${quote(name)} not found`, detailsOf(type, name))
}

export function alreadyExists(type: ResourceType, name: string, beingDeleted = false): StatusError {
  const message = `${beingDeleted ? 'object is being deleted: ' : ''}${groupResourceOf(type)} ${quote(name)} already exists`
  return new StatusError(409, 'AlreadyExists', message, detailsOf(type, name))
}

/** generateName found only names that were taken. */
export function generateNameExhausted(type: ResourceType, name: string): StatusError {
  const message = `${groupResourceOf(type)} ${quote(name)} already exists, the server was not able to generate a unique name for the object`
  return new StatusError(409, 'AlreadyExists', message, { ...detailsOf(type, name), retryAfterSeconds: 1 })
}

export function conflict(type: ResourceType, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${groupResourceOf(type)} ${quote(name)}: ${why}`
  return new StatusError(409, 'Conflict', message, detailsOf(type, name))
}

export const MODIFIED_MEANWHILE =
  'the object has been modified; please apply your changes to the latest version and try again'

/** A delete precondition that does not hold. The server prints the Kind here, and names no resource. */
export function preconditionFailed(type: ResourceType, name: string, why: string): StatusError {
  const { kind } = type
  const message = `Operation cannot be fulfilled on ${groupResourceOf({ ...type, resource: kind })} ${quote(name)}: ${why}`
  return new StatusError(409, 'Conflict', message, {
    name,
    ...(type.group === '' ? {} : { group: type.group }),
    kind,
  })
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message)
}

export function forbidden(type: ResourceType, name: string, why: string, causes?: readonly StatusCause[]): StatusError {
  const subject = name === '' ? groupResourceOf(type) : `${groupResourceOf(type)} ${quote(name)}`
  return new StatusError(403, 'Forbidden', `${subject} is forbidden: ${why}`, detailsOf(type, name, causes))
}

export function methodNotAllowed(type: ResourceType): StatusError {
  return new StatusError(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    detailsOf(type, ''),
  )
}

export function unsupportedMediaType(message: string): StatusError {
  return new StatusError(415, 'UnsupportedMediaType', message)
}

/** A body of a media type the API does not read. */
export const UNKNOWN_FORMAT =
  'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, ' +
  'application/vnd.kubernetes.protobuf'

/** A patch of a type that the endpoint does not take. */
export function unsupportedPatch(): StatusError {
  return new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {})
}

export function internalError(message: string): StatusError {
  return new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] })
}

/** An error that upstream returns as a plain Go error: 500 without reason words around it. */
export function plainError(message: string): StatusError {
  return new StatusError(500, '', message)
}

export function expired(message: string): StatusError {
  return new StatusError(410, 'Expired', message)
}

export function tooLargeResourceVersion(wanted: number, current: number): StatusError {
  return new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })
}

/** A feature of Kubernetes that podwire does not have: refused by name, never silently accepted. */
export function notSimulated(what: string): StatusError {
  return new StatusError(501, 'NotImplemented', `podwire does not simulate ${what}`)
}

/** What Go's client says when nobody listens where the API server should be. */
export const CONNECTION_REFUSED = 'dial tcp 172.18.0.2:6443: connect: connection refused'

/** No answer of the server's: the request did not get there. Code 503, as clients treat it. */
export function unreachable(): StatusError {
  return new StatusError(503, 'ServiceUnavailable', `the API server cannot be reached: ${CONNECTION_REFUSED}`)
}

/** Custom kinds have no merge keys, so no strategic merge. */
export function customPatchRefused(): StatusError {
  return unsupportedMediaType(
    'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, ' +
      'application/merge-patch+json, application/apply-patch+yaml',
  )
}

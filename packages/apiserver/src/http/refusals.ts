// The refusals the door itself makes, before or beside the pipeline, worded as recorded from kube-apiserver 1.36.

import { StatusError } from '../status/status-error.ts'

/** Unknown group version, resource or subresource. */
export function resourceNotServed(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {})
}

export function methodNotAllowed(): StatusError {
  return new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})
}

export function unauthorized(): StatusError {
  return new StatusError(401, 'Unauthorized', 'Unauthorized')
}

export function bodyTooLarge(limitBytes: number): StatusError {
  return new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limitBytes}`)
}

export const REPRESENTATIONS = 'application/json, application/yaml, application/vnd.kubernetes.protobuf'

export const STREAMS = 'application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch'

/** No clause of Accept names a media type the API speaks. */
export function noRepresentation(offered: string): StatusError {
  return new StatusError(406, 'NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${offered}`, {})
}

/** A list asked for as one object's metadata, or the other way round. */
export function notConvertible(what: string): StatusError {
  return new StatusError(406, 'NotAcceptable', `you requested ${what}`)
}

/** A watch is no YAML. */
export function notStreamable(): StatusError {
  return new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${STREAMS}`)
}

/** The media type is known, but not with these parameters here (`as=`, `v=`, `g=`). */
export function notAcceptable(): StatusError {
  return new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${REPRESENTATIONS}`)
}

// A protobuf request body as the JSON body the pipeline reads. The schema is found by the kind in the envelope.
// Source: apimachinery runtime/serializer/protobuf, apiserver endpoints/handlers/rest.go (transformDecodeError).

import { unrecognized } from '../decode/index.ts'
import { apiVersionOf } from '../resources/resource-type.ts'
import type { Resource } from '../resources/resource.ts'
import { findSchema } from '../schema/index.ts'
import { badRequest } from '../status/errors.ts'
import type { StatusError } from '../status/status-error.ts'
import { decodeMessage } from './decode.ts'
import { NotProtobuf, openEnvelope, readProtobuf, type Envelope } from './envelope.ts'
import { findKindSchema } from './kind-schema.ts'
import { jsonText } from '../objects/json-text.ts'

const NO_MESSAGE =
  'object *unstructured.Unstructured does not implement the protobuf marshalling interface and cannot be encoded to a ' +
  'protobuf message'

function jsonOf(envelope: Envelope, resources: readonly Resource[], wanted: string): Uint8Array {
  const { apiVersion, raw } = envelope
  // What does not say of which kind it is, is of the kind that is wanted.
  const kind = envelope.kind === '' ? wanted : envelope.kind
  const served = resources.find(({ type }) => type.kind === kind && apiVersion === apiVersionOf(type))
  const schema = served === undefined ? findKindSchema(apiVersion, kind) : findSchema(served.schema)
  const unhandled = (why: string): StatusError => {
    const version = apiVersion.slice(apiVersion.indexOf('/') + 1)
    return badRequest(`${kind} in version "${version}" cannot be handled as a ${wanted}: ${why}`)
  }
  if (schema === undefined) {
    if (served !== undefined) throw unhandled(NO_MESSAGE)
    const scheme = 'in scheme "pkg/api/legacyscheme/scheme.go:30"'
    throw unhandled(`no kind "${kind}" is registered for version "${apiVersion}" ${scheme}`)
  }
  try {
    const object = readProtobuf(() => decodeMessage(raw, schema))
    return Buffer.from(jsonText({ apiVersion, kind, ...object }))
  } catch (error) {
    if (error instanceof NotProtobuf) throw unhandled(error.message)
    throw error
  }
}

/**
 * @param wanted the kind this endpoint takes, for refusals
 * @throws StatusError 400 when the bytes are no Kubernetes protobuf, or of a kind that is not known
 */
export function protobufToJson(bytes: Uint8Array, resources: readonly Resource[], wanted: string): Uint8Array {
  let envelope: Envelope
  try {
    envelope = openEnvelope(bytes)
  } catch (error) {
    // Options of a delete are decoded without a kind to expect.
    if (error instanceof NotProtobuf && wanted === 'DeleteOptions') throw badRequest(error.message)
    if (error instanceof NotProtobuf) throw unrecognized(error.message, { bytes }, wanted)
    throw error
  }
  return jsonOf(envelope, resources, wanted)
}

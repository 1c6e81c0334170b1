// A protobuf request body as the JSON body the pipeline reads. The schema is found by the kind in the envelope.

import { apiVersionOf } from '../resources/resource-type.ts'
import type { Resource } from '../resources/resource.ts'
import { findSchema, type ObjectSchema } from '../schema/index.ts'
import { badRequest } from '../status/errors.ts'
import { decodeMessage } from './decode.ts'
import { openEnvelope, type Envelope } from './envelope.ts'
import { findKindSchema } from './kind-schema.ts'

function schemaFor({ apiVersion, kind }: Envelope, resources: readonly Resource[]): ObjectSchema | undefined {
  const served = resources.find(({ type }) => type.kind === kind && apiVersion === apiVersionOf(type))
  return served === undefined ? findKindSchema(apiVersion, kind) : findSchema(served.schema)
}

/** @throws StatusError 400 when the bytes are no Kubernetes protobuf, or of a kind that is not served */
export function protobufToJson(bytes: Uint8Array, resources: readonly Resource[]): Uint8Array {
  const envelope = openEnvelope(bytes)
  const { apiVersion, kind, raw } = envelope
  const schema = schemaFor(envelope, resources)
  if (schema === undefined) {
    throw badRequest(
      `no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/api/legacyscheme/scheme.go:30"`,
    )
  }
  try {
    return Buffer.from(JSON.stringify({ apiVersion, kind, ...decodeMessage(raw, schema) }))
  } catch (error) {
    throw badRequest(
      `the object provided is not a valid protobuf message: ${error instanceof Error ? error.message : ''}`,
    )
  }
}

// A protobuf request body as the JSON body the pipeline reads. The schema is found by the kind in the envelope.

import type { Resource } from '../resources/resource.ts'
import { findSchema, type ObjectSchema } from '../schema/index.ts'
import { badRequest } from '../status/errors.ts'
import { decodeMessage } from './decode.ts'
import { openEnvelope, type Envelope } from './envelope.ts'
import { findReviewSchema } from './review-schemas.ts'

const META_KINDS: ReadonlySet<string> = new Set(['DeleteOptions', 'Status'])

/** `io.k8s.api.apps.v1.Deployment`: the proto package is the group's first word and the version. */
function schemaName(apiVersion: string, kind: string): string {
  if (META_KINDS.has(kind)) return `io.k8s.apimachinery.pkg.apis.meta.v1.${kind}`
  const slash = apiVersion.indexOf('/')
  const group = slash < 0 ? 'core' : (apiVersion.slice(0, slash).split('.')[0] ?? '')
  return `io.k8s.api.${group}.${apiVersion.slice(slash + 1)}.${kind}`
}

function schemaFor({ apiVersion, kind }: Envelope, resources: readonly Resource[]): ObjectSchema | undefined {
  const served = resources.find(
    ({ type }) =>
      type.kind === kind && apiVersion === (type.group === '' ? type.version : `${type.group}/${type.version}`),
  )
  const name = served?.schema ?? schemaName(apiVersion, kind)
  return findSchema(name) ?? findReviewSchema(name)
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

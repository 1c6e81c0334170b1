// A protobuf request body as the JSON body the pipeline reads. The schema is found by the kind in the envelope.

import type { Resource } from '../resources/resource.ts'
import { findSchema, type ObjectSchema } from '../schema/index.ts'
import { excerpt } from '../decode/index.ts'
import { badRequest } from '../status/errors.ts'
import { decodeMessage } from './decode.ts'
import { NoEnvelope, openEnvelope, type Envelope } from './envelope.ts'
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

/**
 * A kind that is not served comes back as nothing but its name, for the pipeline to refuse.
 * @param target what the endpoint takes; absent where the server names no kind (DELETE)
 * @throws StatusError 400 when the bytes are no Kubernetes protobuf
 */
export function protobufToJson(bytes: Uint8Array, resources: readonly Resource[], target?: string): Uint8Array {
  const unrecognized = (why: string): Error =>
    badRequest(
      target === undefined
        ? why
        : `the object provided is unrecognized (must be of type ${target}): ${why} (${excerpt(bytes)})`,
    )
  let envelope: Envelope
  try {
    envelope = openEnvelope(bytes)
  } catch (error) {
    throw unrecognized(error instanceof NoEnvelope ? error.message : goWords(error))
  }
  const { apiVersion, kind, raw } = envelope
  const schema = schemaFor(envelope, resources)
  try {
    return Buffer.from(
      JSON.stringify({ apiVersion, kind, ...(schema === undefined ? {} : decodeMessage(raw, schema)) }),
    )
  } catch (error) {
    const version = apiVersion.slice(apiVersion.indexOf('/') + 1)
    if (target === undefined) throw badRequest(goWords(error))
    throw badRequest(`${kind} in version "${version}" cannot be handled as a ${target}: ${goWords(error)}`)
  }
}

/** What gogo/protobuf says of a message that protobufjs cannot read. */
function goWords(error: unknown): string {
  const message = error instanceof Error ? error.message : ''
  const wireType = /invalid wire type (\d+)/.exec(message)?.[1]
  return wireType === undefined ? 'unexpected EOF' : `proto: illegal wireType ${wireType}`
}

// Annotations by which a version of a kind writes fields it has no other place for. Objects have them as fields while the
// server works on them, so wherever it answers with metadata alone they are missing. Source: kubernetes
// apis/apps/v1/conversion.go, apis/autoscaling/v1/conversion.go, apiserver endpoints/handlers/response.go.

import { TEMPLATE_GENERATION } from './apps/daemon-set.ts'
import { REST_ANNOTATIONS } from './autoscaling/v1-annotations.ts'

const FIELD_ANNOTATIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['apps/v1 DaemonSet', [TEMPLATE_GENERATION]],
  ['autoscaling/v1 HorizontalPodAutoscaler', REST_ANNOTATIONS],
])

interface Metadata {
  readonly annotations?: Readonly<Record<string, string>>
}

/** The metadata as the server has it inside. */
export function internalMetadata(object: {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata?: Metadata
}): Metadata {
  const { metadata = {} } = object
  const fields = FIELD_ANNOTATIONS.get(`${object.apiVersion} ${object.kind}`)
  if (fields === undefined || metadata.annotations === undefined) return metadata
  const { annotations, ...rest } = metadata
  const others = Object.entries(annotations).filter(([key]) => !fields.includes(key))
  return others.length === 0 ? rest : { ...metadata, annotations: Object.fromEntries(others) }
}

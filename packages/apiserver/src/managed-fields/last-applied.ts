// kubectl's client-side apply keeps its last configuration in an annotation. Server-side apply by `kubectl` starts from it
// and keeps it up to date. Source: apimachinery util/managedfields/internal/lastappliedmanager.go, lastappliedupdater.go.

import { compareKeys } from '@podwire/engine'
import { compare } from './compare.ts'
import type { Endpoint } from './endpoint.ts'
import { difference, type FieldSet } from './field-set.ts'
import { ownedPaths } from './owned-paths.ts'
import { checkConfiguration } from './check-configuration.ts'
import { goJson } from '../objects/go-json.ts'
import { asRecord, valueAt } from './value-type.ts'

/** The field manager whose applies are in step with client-side apply. */
export const KUBECTL = 'kubectl'

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'
// All annotations of an object together, in bytes.
const ANNOTATIONS_LIMIT = 256 * 1024

type JsonObject = Readonly<Record<string, unknown>>

function annotationsOf(object: unknown): JsonObject | undefined {
  return asRecord(valueAt(asRecord(valueAt(asRecord(object), 'metadata')), 'annotations'))
}

/** The fields of the last client-side apply that the live object still has as they were applied. */
export function fieldsOfLastApplied(endpoint: Endpoint, live: unknown): FieldSet | undefined {
  const text = valueAt(annotationsOf(live), LAST_APPLIED)
  if (typeof text !== 'string' || text === '') return undefined
  const applied = parsed(text)
  const { type } = endpoint.scope
  if (applied === undefined || applied['apiVersion'] !== endpoint.apiVersion) return undefined
  if (typeof applied['kind'] !== 'string' || applied['kind'] === '') return undefined
  if (checkConfiguration(type, applied) !== undefined) return undefined
  const { modified, added, removed } = compare(type, applied, live)
  return [modified, added, removed].reduce(difference, ownedPaths(type, applied))
}

/** The object with the annotation renewed, if it has one. */
export function withLastApplied(object: JsonObject, config: JsonObject): JsonObject {
  const annotations = annotationsOf(object)
  if (annotations === undefined || (valueAt(annotations, LAST_APPLIED) ?? '') === '') return object
  const renewed = { ...annotations, [LAST_APPLIED]: `${goJson(withoutAnnotation(config))}\n` }
  const size = Object.entries(renewed).reduce((sum, [key, value]) => sum + Buffer.byteLength(key + value), 0)
  const kept =
    size <= ANNOTATIONS_LIMIT
      ? renewed
      : Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== LAST_APPLIED))
  return { ...object, metadata: { ...asRecord(object['metadata']), annotations: kept } }
}

/** What was applied, sorted as Go writes maps. */
function withoutAnnotation(config: JsonObject): unknown {
  const annotations = annotationsOf(config)
  if (annotations === undefined || !Object.hasOwn(annotations, LAST_APPLIED)) return sorted(config)
  const others = Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== LAST_APPLIED))
  return sorted({ ...config, metadata: { ...asRecord(config['metadata']), annotations: others } })
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  const record = asRecord(value)
  if (record === undefined) return value
  return Object.fromEntries(
    Object.entries(record)
      .sort(compareKeys)
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}

function parsed(text: string): JsonObject | undefined {
  try {
    return asRecord(JSON.parse(text))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

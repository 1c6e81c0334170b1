// Bodies of requests become objects: the pipeline's side of decode/. Source of wording: apiserver endpoints/handlers
// (create.go, update.go, patch.go, delete.go); texts recorded from 1.36.

import { compareKeys, compareText } from '@podwire/engine'
import {
  convert,
  type Converted,
  decodeBody,
  type DecodeOptions,
  type DecodeTarget,
  jsonKindOf,
  type OtherKind,
  patchedKind,
  TypeMismatch,
} from '../decode/index.ts'
import type { ApiRequest } from '../http/request-handler.ts'
import type { CustomKind } from '../custom-resources/custom-kind.ts'
import { checkCustomPatch, decodeCustomBody } from '../custom-resources/decode.ts'
import { reviewKind } from '../openapi/review-resources.ts'
import { goMap } from '../patch/go-print.ts'
import type { Registry } from '../resources/registry.ts'
import type { ResourceType } from '../resources/resource-type.ts'
import type { Resource } from '../resources/resource.ts'
import { legacyKind } from '../resources/served-versions.ts'
import { UNKNOWN_FORMAT, unsupportedMediaType } from '../status/errors.ts'
import type { StatusError } from '../status/status-error.ts'
import { invalidStatus } from '../validation/invalid-status.ts'
import type { FieldValidation } from './write-options.ts'
import type { MutableObject } from './write.ts'
import { quote } from '../validation/field-errors.ts'
import { jsonText } from '../objects/json-text.ts'

/** Media types of bodies; without one, a body counts as JSON. */
export const BODY_TYPES: ReadonlySet<string> = new Set(['', 'application/json', 'application/yaml'])
const SUBRESOURCE_SCHEMAS: ReadonlyMap<string, string> = new Map([
  ['Scale', 'io.k8s.api.autoscaling.v1.Scale'],
  ['Binding', 'io.k8s.api.core.v1.Binding'],
  ['Eviction', 'io.k8s.api.policy.v1.Eviction'],
  ['TokenRequest', 'io.k8s.api.authentication.v1.TokenRequest'],
])

/** What an endpoint takes: the kind itself, or what its subresource is about. */
export function targetOf({ resource, subresource }: Pick<ApiRequest, 'resource' | 'subresource'>): DecodeTarget {
  const { group, version, kind } = resource.type
  const own = resource.subresources.find(({ name }) => name === subresource)
  if (own === undefined || own.kind === kind) return { group, version, kind, schema: resource.schema }
  const ofGroup = own.kind === 'Scale' ? resource.otherVersion?.scale?.schema : undefined
  const schema = ofGroup ?? SUBRESOURCE_SCHEMAS.get(own.kind) ?? resource.schema
  const target = { group: own.group ?? group, version: own.version ?? version, kind: own.kind, schema }
  // Evictions are taken in the version before as well.
  return own.kind === 'Eviction' ? { ...target, alsoAccepts: 'policy/v1beta1' } : target
}

/** The custom kind whose objects an endpoint takes; undefined for built-in kinds, and for a Scale. */
export function customOf({
  resource,
  subresource,
}: Pick<ApiRequest, 'resource' | 'subresource'>): CustomKind | undefined {
  return subresource === undefined || subresource === 'status' ? resource.custom : undefined
}

/** @throws StatusError 415 */
export function checkBodyType({ body }: Pick<ApiRequest, 'body'>): void {
  if (!BODY_TYPES.has(body?.contentType ?? '')) throw unsupportedMediaType(UNKNOWN_FORMAT)
}

/** The body of a create or update. @throws StatusError 400 or 415 in the server's words */
export function decodeWriteBody(
  registry: Registry,
  request: ApiRequest,
  fieldValidation: FieldValidation,
): MutableObject {
  const { contentType = '', bytes = new Uint8Array() } = request.body ?? {}
  checkBodyType(request)
  const target = targetOf(request)
  const custom = customOf(request)
  if (custom !== undefined) {
    return decodeCustomBody({ contentType, bytes }, custom, {
      fieldValidation,
      warn: request.warn,
    }) as unknown as MutableObject
  }
  return decodeBody({ contentType, bytes }, target, {
    fieldValidation,
    warn: request.warn,
    findKind: (...kind) => findKind(registry, request.resource, target, kind),
  }) as MutableObject
}

/** What the scheme knows that decodes for a resource: versions that are no longer served, too. */
function findKind(
  registry: Registry,
  resource: Resource,
  target: DecodeTarget,
  [group, version, kind]: Parameters<DecodeOptions['findKind']>,
): OtherKind | undefined {
  // Definitions of custom kinds, and their objects, are another server's.
  const ofThisServer = (type: ResourceType): boolean =>
    (type.group === EXTENSIONS) === (resource.type.group === EXTENSIONS)
  const found =
    registry.byKind(group, version, kind) ?? legacyKind(group, version, kind) ?? reviewKind(group, version, kind)
  if (found === undefined || found.custom !== undefined || !ofThisServer(found.type)) return undefined
  const isSameType = target.kind === resource.type.kind && storedType(found) === storedType(resource)
  return { schema: found.schema, isSameType }
}

const EXTENSIONS = 'apiextensions.k8s.io'

function storedType({ type, otherVersion }: Resource): string {
  const { group, resource } = otherVersion?.stored ?? type
  return `${group}/${resource}`
}

export interface PatchCheck {
  readonly registry: Registry
  readonly resource: Resource
  readonly target: DecodeTarget
  /** Present for objects of a custom kind. */
  readonly custom?: CustomKind | undefined
  readonly fieldValidation: FieldValidation
  readonly warn: (text: string) => void
  readonly duplicates: readonly string[]
  /** What the object was before: a patch may not make it another kind. */
  readonly before: { readonly apiVersion: string; readonly kind: string }
  /** Strategic patches are decoded by another decoder, which words wrong types its own way. */
  readonly strategic: boolean
  /** How the server prints what was wrong: the patch in Go's notation (strategic), or the patched object as JSON. */
  readonly shown: () => string
}

/** Drops unknown fields of a patched object, or refuses it. @returns the object with the types of its schema */
export function checkPatched(object: object, check: PatchCheck): MutableObject {
  if (check.custom !== undefined) return checkCustomPatch(object, check.custom, check) as unknown as MutableObject
  const { registry, resource, target, before } = check
  const refuse = (why: string): StatusError =>
    invalidStatus('', '', '', [
      { reason: 'FieldValueInvalid', field: 'patch', body: `Invalid value: ${JSON.stringify(check.shown())}: ${why}` },
    ])
  // A strategic patch fills a struct of the same type, whatever it says of its kind.
  const decodedAs = check.strategic
    ? 'kind'
    : patchedKind(object, target, { findKind: (...kind) => findKind(registry, resource, target, kind) }, refuse)
  let converted
  try {
    converted = decodedAs === 'internal' ? nothingOf(object) : convert(target.schema, object)
  } catch (error) {
    if (error instanceof TypeMismatch) throw refuse(check.strategic ? unstructuredWords(error) : error.message)
    throw error
  }
  const problems = [...check.duplicates, ...converted.unknown.map((path) => `unknown field ${quote(path)}`)]
  if (problems.length > 0) {
    if (check.fieldValidation === 'Strict') throw refuse(`strict decoding error: ${problems.join(', ')}`)
    if (check.fieldValidation === 'Warn') for (const problem of problems) check.warn(problem)
  }
  return {
    ...converted.object,
    apiVersion: before.apiVersion,
    kind: before.kind,
    metadata: (converted.object['metadata'] ?? {}) as MutableObject['metadata'],
  }
}

/** What the server's own struct takes of an object: that has no JSON names, so everything is unknown. */
function nothingOf(object: object): Converted {
  const unknown = Object.keys(object).filter((field) => field !== 'apiVersion' && field !== 'kind')
  return { object: {}, unknown: unknown.sort(compareText) }
}

/** The words of apimachinery's FromUnstructured for a mismatch that encoding/json has put otherwise. */
function unstructuredWords({ message, wrong }: TypeMismatch): string {
  if (wrong === undefined) return message
  const { value, goType, kind } = wrong
  if (kind === 'json') return `json: cannot unmarshal ${jsonKindOf(value)} into Go value of type ${goType}`
  const found = reflectKind(value)
  if (kind === 'map' || kind === 'slice') return `cannot restore ${kind} from ${found}`
  if (kind === 'struct') return `cannot restore struct from: ${found}`
  // What Go could convert, JSON does not: a number is no text, and a fraction no whole number.
  const convertible = kind === 'string' ? found === 'int64' : kind.startsWith('int') && found === 'float64'
  return convertible ? `cannot convert ${found} to ${goType}` : `unrecognized type: ${kind}`
}

function reflectKind(value: unknown): string {
  const kind = jsonKindOf(value)
  if (kind === 'number') return typeof value === 'bigint' || Number.isInteger(value) ? 'int64' : 'float64'
  return kind === 'array' ? 'slice' : kind === 'object' ? 'map' : kind
}

/** How a patched custom object is shown in refusals: a map all the way down, with its fields in order. */
export function showCustomObject(object: object): string {
  return jsonText(inOrder(object))
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null) return value
  const fields = Object.entries(value).sort(compareKeys)
  return Object.fromEntries(fields.map(([name, field]) => [name, inOrder(field)]))
}

/** How a strategic patch is shown in refusals. */
export function showPatch(patch: unknown): string {
  return goMap(patch)
}

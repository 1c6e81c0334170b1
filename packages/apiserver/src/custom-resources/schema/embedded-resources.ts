// Objects inside a custom object (x-kubernetes-embedded-resource): their kind, version and metadata are what any object's are.
// Source: apiextensions-apiserver pkg/apiserver/schema/objectmeta (algorithm.go, coerce.go, validation.go).

import { compareText } from '@podwire/engine'
import { convert, TypeMismatch } from '../../decode/index.ts'
import type { ObjectMeta } from '../../objects/kube-object.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid, required } from '../../validation/field-errors.ts'
import { dns1035Label } from '../../validation/names.ts'
import { validateObjectMeta } from '../../validation/object-meta.ts'
import { sortedKeys } from './sorted-keys.ts'
import {
  additionalOf,
  asItems,
  childPath,
  isEmbeddedResource,
  isRecord,
  itemsOf,
  propertyOf,
  type MutableRecord,
  type Schema,
} from './walk.ts'

const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'

/** metadata as Go has it: unknown fields gone and listed. @throws TypeMismatch in Go's words */
export function coerceMetadata(holder: MutableRecord, path: string): readonly string[] {
  const metadata = holder['metadata']
  if (metadata === null || metadata === undefined) {
    if (Object.hasOwn(holder, 'metadata')) holder['metadata'] = {}
    return []
  }
  if (!isRecord(metadata)) {
    const is = Array.isArray(metadata) ? 'array' : typeof metadata === 'boolean' ? 'bool' : typeof metadata
    throw new TypeMismatch(`json: cannot unmarshal ${is} into Go value of type v1.ObjectMeta`)
  }
  const { object, unknown } = convert(OBJECT_META, metadata)
  if (object['creationTimestamp'] === null) delete object['creationTimestamp']
  holder['metadata'] = object
  return unknown.map((field) => `${childPath(path, 'metadata')}.${field}`)
}

/**
 * Coerces what is embedded in a value, in place.
 * @returns paths of unknown metadata fields, sorted
 * @throws TypeMismatch for what is no kind, version or metadata
 */
export function coerceEmbedded(value: unknown, schema: Schema | undefined): readonly string[] {
  const unknown: string[] = []
  visitEmbedded(value, schema, '', (holder, path) => {
    for (const name of ['apiVersion', 'kind']) {
      const said = holder[name]
      if (Object.hasOwn(holder, name) && typeof said !== 'string') {
        throw new TypeMismatch(messageOf(invalid(childPath(path, name), said, 'must be a string')))
      }
    }
    if (!Object.hasOwn(holder, 'metadata')) return
    try {
      unknown.push(...coerceMetadata(holder, path))
    } catch (error) {
      if (!(error instanceof TypeMismatch)) throw error
      throw new TypeMismatch(
        messageOf(invalid(childPath(path, 'metadata'), sortedKeys(holder['metadata']), error.message)),
      )
    }
  })
  return unknown.sort(compareText)
}

function messageOf({ field, body }: FieldError): string {
  return `${field}: ${body}`
}

export function validateEmbedded(value: unknown, schema: Schema | undefined): readonly FieldError[] {
  const errors: FieldError[] = []
  visitEmbedded(value, schema, '', (holder, path) => {
    errors.push(...validateHeader(holder, path))
    const metadata = holder['metadata']
    if (!isRecord(metadata)) return
    const meta = { ...metadata, name: metadata['name'] || 'fakename' } as unknown as ObjectMeta
    const namespaced = (meta.namespace ?? '') !== ''
    errors.push(
      ...validateObjectMeta(
        meta,
        { namespaced, nameRule: 'path-segment', anyFinalizer: true },
        childPath(path, 'metadata'),
      ),
    )
  })
  return errors
}

function validateHeader(holder: MutableRecord, path: string): readonly FieldError[] {
  const errors: FieldError[] = []
  const { apiVersion, kind } = holder
  const [versionPath, kindPath] = [childPath(path, 'apiVersion'), childPath(path, 'kind')]
  if (apiVersion === undefined) errors.push(required(versionPath))
  if (kind === undefined) errors.push(required(kindPath))
  if (apiVersion === '') errors.push(invalid(versionPath, apiVersion, 'must not be empty'))
  else if (typeof apiVersion === 'string' && apiVersion.split('/').length > 2) {
    errors.push(invalid(versionPath, apiVersion, `unexpected GroupVersion string: ${apiVersion}`))
  }
  if (kind === '') errors.push(invalid(kindPath, kind, 'must not be empty'))
  else if (typeof kind === 'string') {
    const problems = dns1035Label(kind.toLowerCase())
    if (problems.length > 0) {
      const detail = `may have mixed case, but should otherwise match: ${problems.join(',')}`
      errors.push(invalid(kindPath, kind, detail))
    }
  }
  return errors
}

type Visit = (holder: MutableRecord, path: string) => void

function visitEmbedded(value: unknown, schema: Schema | undefined, path: string, visit: Visit): void {
  if (schema === undefined) return
  const items = asItems(value)
  if (items !== undefined) {
    for (const [index, item] of items.entries()) visitEmbedded(item, itemsOf(schema), `${path}[${index}]`, visit)
    return
  }
  if (!isRecord(value)) return
  if (isEmbeddedResource(schema)) visit(value, path)
  for (const key of Object.keys(value)) {
    const property = propertyOf(schema, key)
    if (property !== undefined) visitEmbedded(value[key], property, childPath(path, key), visit)
    else visitEmbedded(value[key], additionalOf(schema), `${path}[${key}]`, visit)
  }
}

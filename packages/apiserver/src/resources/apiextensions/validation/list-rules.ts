// x-kubernetes-list-type, -list-map-keys and -map-type of a schema.
// Source: apiextensions-apiserver pkg/apis/apiextensions/validation (ValidateCustomResourceDefinitionOpenAPISchema,
// validateMapListKeysMapSet).

import type { FieldError } from '../../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported, required } from '../../../validation/field-errors.ts'
import { printedItems } from '../internal-print.ts'
import { hasDefault, isSchemaList, itemsSchema, propertySchema, type Schema } from './schema-walk.ts'

const LIST_TYPE = 'x-kubernetes-list-type'
const LIST_MAP_KEYS = 'x-kubernetes-list-map-keys'
const MAP_TYPE = 'x-kubernetes-map-type'

export function validateMapType(schema: Schema, path: string): readonly FieldError[] {
  const mapType = schema[MAP_TYPE]
  if (mapType === undefined) return []
  const errors = [...wrongType(schema, 'object', `must be object if ${MAP_TYPE} is specified`, path)]
  if (mapType !== 'atomic' && mapType !== 'granular') {
    errors.push(notSupported(`${path}.${MAP_TYPE}`, mapType, ['atomic', 'granular']))
  }
  return errors
}

export function validateListType(schema: Schema, path: string): readonly FieldError[] {
  const listType = schema[LIST_TYPE]
  const keys = schema[LIST_MAP_KEYS] ?? []
  const errors: FieldError[] = []
  if (listType !== undefined) {
    const wrong = wrongType(schema, 'array', `must be array if ${LIST_TYPE} is specified`, path)
    errors.push(...wrong)
    if (wrong.length === 0 && listType === 'set') errors.push(...validateSetItems(schema, path))
    if (!['atomic', 'set', 'map'].includes(listType)) {
      errors.push(notSupported(`${path}.${LIST_TYPE}`, listType, ['atomic', 'set', 'map']))
    }
  }
  if (keys.length > 0 && listType !== 'map') {
    const text = `must be map if ${LIST_MAP_KEYS} is non-empty`
    const at = `${path}.${LIST_TYPE}`
    errors.push(listType === undefined ? required(at, text) : invalid(at, listType, text))
  }
  if (listType === 'map') errors.push(...validateListMap(schema, keys, path))
  return [...errors, ...validateItemsOf(schema, keys, path)]
}

function wrongType({ type = '' }: Schema, wanted: string, text: string, path: string): readonly FieldError[] {
  if (type === wanted) return []
  return [type === '' ? required(`${path}.type`, text) : invalid(`${path}.type`, type, text)]
}

/** Items of a set are compared as a whole. */
function validateSetItems(schema: Schema, path: string): readonly FieldError[] {
  const items = itemsSchema(schema)
  const text = `must be atomic as item of a list with ${LIST_TYPE}=set`
  const listType = items?.[LIST_TYPE]
  if (items?.type === 'array' && listType !== undefined && listType !== 'atomic') {
    return [invalid(`${path}.items.${LIST_TYPE}`, listType, text)]
  }
  // Upstream shows the list type here too.
  if (items?.type === 'object' && items[MAP_TYPE] !== 'atomic') {
    return [invalid(`${path}.items.${MAP_TYPE}`, listType, text)]
  }
  return []
}

function validateListMap(schema: Schema, keys: readonly string[], path: string): readonly FieldError[] {
  const { items } = schema
  const errors: FieldError[] = []
  const keysPath = `${path}.${LIST_MAP_KEYS}`
  if (keys.length === 0) errors.push(required(keysPath, `must not be empty if ${LIST_TYPE} is map`))
  if (items === undefined) return [...errors, required(`${path}.items`, `must have a schema if ${LIST_TYPE} is map`)]
  if (isSchemaList(items)) {
    const text = `must only have a single schema if ${LIST_TYPE} is map`
    return [...errors, invalid(`${path}.items`, printedItems(items), text)]
  }
  const { type = '' } = items
  if (type !== 'object') {
    const text = `must be object if parent array's ${LIST_TYPE} is map`
    return [...errors, invalid(`${path}.items.type`, type, text)]
  }
  for (const [index, key] of keys.entries()) {
    const property = propertySchema(items, key)
    if (property === undefined) errors.push(invalid(keysPath, keys, 'entries must all be names of item properties'))
    else if (property.type === 'array' || property.type === 'object') {
      const text = `must be a scalar type if parent array's ${LIST_TYPE} is map`
      // The type shown is that of the item.
      errors.push(invalid(`${path}.items.properties[${key}].type`, type, text))
    }
    if (keys.indexOf(key) < index) errors.push(invalid(keysPath, keys, 'must not contain duplicate entries'))
  }
  return errors
}

/** What has an identity may not be null, and keys are always there. */
function validateItemsOf(schema: Schema, keys: readonly string[], path: string): readonly FieldError[] {
  const listType = schema[LIST_TYPE]
  const items = itemsSchema(schema)
  if (items === undefined || (listType !== 'set' && listType !== 'map')) return []
  const errors: FieldError[] = []
  if (items.nullable === true) {
    errors.push(forbiddenField(`${path}.items.nullable`, `cannot be nullable when ${LIST_TYPE} is ${listType}`))
  }
  for (const key of listType === 'map' ? keys : []) {
    const property = propertySchema(items, key)
    if (property === undefined) continue
    const at = `${path}.items.properties[${key}]`
    const because = `this property is in ${LIST_MAP_KEYS}, so it`
    if (!(items.required ?? []).includes(key) && !hasDefault(property)) {
      errors.push(required(`${at}.default`, `${because} must have a default or be a required property`))
    }
    if (property.nullable === true) errors.push(forbiddenField(`${at}.nullable`, `${because} cannot be nullable`))
  }
  return errors
}

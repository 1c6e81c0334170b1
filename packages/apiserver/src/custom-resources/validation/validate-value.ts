// Validates a value against a schema, in the words and the order of the real server. Source: kube-openapi
// pkg/validation/validate (schema.go, type.go, validator.go, object_validator.go, slice_validator.go). Departures: members are
// visited in the order of the schema and of the object, where Go's maps have none.

import { sameValue } from '../../resources/compare.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { goNumber } from '../../validation/go-number.ts'
import { compileGoRegexp } from '../../validation/go-regexp.ts'
import { additionalOf, asItems, isRecord, itemsOf, type Schema } from '../schema/walk.ts'
import type { Correlation } from './correlation.ts'
import { Findings, fieldErrorOf } from './findings.ts'
import { validateLogic } from './logic.ts'
import { validateNumber } from './number-range.ts'
import { isOfFormat, supportedFormat } from './string-formats.ts'
import { jsonText } from '../../objects/json-text.ts'

/**
 * @param path of the value, '' for a whole object
 * @param correlation what the value was before: findings about parts that did not change do not count
 */
export function validateValue(
  value: unknown,
  schema: Schema,
  path: string,
  correlation?: Correlation,
): readonly FieldError[] {
  return check(value, schema, '', correlation).list.map((finding) => fieldErrorOf(finding, path))
}

/** The findings about one value and everything in it. */
export function check(value: unknown, schema: Schema, path: string, correlation?: Correlation): Findings {
  const found = checkValue(value, schema, path, correlation)
  return !found.valid && correlation?.unchanged() === true ? unfound(found) : found
}

function unfound({ checks }: Findings): Findings {
  const nothing = new Findings()
  nothing.checks = checks
  return nothing
}

function checkValue(value: unknown, schema: Schema, path: string, correlation: Correlation | undefined): Findings {
  const found = new Findings()
  const format = supportedFormat(schema)
  const types = typesOf(schema)
  if (value === null || value === undefined) {
    found.merge(checkNull(types, schema, path))
    found.merge(checkEnum(null, schema, path))
    return found
  }
  const apply = (findings: Findings | undefined): void => {
    if (findings !== undefined) found.merge(findings)
    found.checks++
  }
  if (types.length > 0 || format !== '') apply(checkType(value, types, format, path))
  apply(validateLogic(value, schema, path, correlation))
  if (typeof value === 'string') {
    apply(checkString(value, schema, path))
    if (format !== '') apply(checkFormat(value, format, path))
  }
  if (typeof value === 'number' || typeof value === 'bigint') apply(validateNumber(value, { ...schema, format }, path))
  const items = asItems(value)
  if (items !== undefined) apply(checkItems(items, schema, path, correlation))
  apply(checkEnum(value, schema, path))
  if (isRecord(value)) apply(checkMembers(value, schema, path, correlation))
  found.checks++
  return found
}

function typesOf(schema: Schema): readonly string[] {
  if (schema['x-kubernetes-int-or-string'] === true) return ['integer', 'string']
  return schema.type === undefined || schema.type === '' ? [] : [schema.type]
}

function typeMismatch(path: string, wanted: string, is: string): Findings {
  const found = new Findings()
  const message = `${path} in body must be of type ${wanted}: ${JSON.stringify(is)}`
  found.add({ code: 'type', field: path, message, value: is })
  return found
}

function checkNull(types: readonly string[], { nullable }: Schema, path: string): Findings {
  if (types.length > 0 && !types.includes('null') && nullable !== true)
    return typeMismatch(path, types.join(','), 'null')
  const found = new Findings()
  found.checks++
  return found
}

/** The type of a value, and what Go calls its format. */
function typeOfValue(value: unknown): readonly [type: string, format: string] {
  if (Array.isArray(value)) return ['array', '']
  switch (typeof value) {
    case 'string':
      return ['string', '']
    case 'boolean':
      return ['boolean', '']
    case 'number':
      return Number.isSafeInteger(value) ? ['integer', 'int64'] : ['number', 'float64']
    case 'bigint':
      return ['integer', 'int64']
    default:
      return ['object', '']
  }
}

function checkType(value: unknown, types: readonly string[], format: string, path: string): Findings {
  const [type, valueFormat] = typeOfValue(value)
  const matches = types.includes(type) || (type === 'integer' && types.includes('number'))
  const isText = typeof value === 'string' || Array.isArray(value)
  if (!isText && format !== '' && !(matches || valueFormat === format)) return typeMismatch(path, format, valueFormat)
  const numeric = types.includes('number') || types.includes('integer')
  // A text with a format is left to the check of that format.
  if (!matches && !(!numeric && format !== '' && isText)) return typeMismatch(path, types.join(','), type)
  const found = new Findings()
  found.checks++
  return found
}

function checkString(
  value: string,
  { maxLength, minLength, pattern = '' }: Schema,
  path: string,
): Findings | undefined {
  const found = new Findings()
  const length = [...value].length
  if (maxLength !== undefined && length > maxLength) {
    const message = `${path} in body should be at most ${maxLength} chars long`
    found.add({ code: 'too-long', field: path, message, value, allowed: maxLength })
  } else if (minLength !== undefined && length < minLength) {
    const message = `${path} in body should be at least ${minLength} chars long`
    found.add({ code: 'other', field: path, message, value })
  } else if (pattern !== '') {
    const regexp = compileGoRegexp(pattern)
    const shown = 'error' in regexp ? `${pattern}, but pattern is invalid: ${regexp.error}` : pattern
    if ('error' in regexp || !regexp.matches(value))
      found.add({ code: 'other', field: path, message: `${path} in body should match '${shown}'`, value })
  }
  return found.valid ? undefined : found
}

function checkFormat(value: string, format: string, path: string): Findings | undefined {
  return isOfFormat(value, format) ? undefined : typeMismatch(path, format, value)
}

function checkEnum(value: unknown, schema: Schema, path: string): Findings {
  const found = new Findings()
  const allowed = schema.enum ?? []
  if (allowed.length === 0 || allowed.some((entry) => entry !== null && sameValue(entry, value))) return found
  const message = `${path} in body should be one of [${allowed.map(enumWord).join(' ')}]`
  found.add({ code: 'enum', field: path, message, value, allowed })
  return found
}

function enumWord(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return goNumber(value)
  return typeof value === 'string' ? value : jsonText(value)
}

function checkItems(
  items: readonly unknown[],
  schema: Schema,
  path: string,
  correlation: Correlation | undefined,
): Findings {
  const found = new Findings()
  const itemSchema = itemsOf(schema)
  if (itemSchema !== undefined) {
    for (const [index, item] of items.entries()) {
      found.merge(check(item, itemSchema, `${path}[${index}]`, correlation?.index(index)))
    }
  }
  const { minItems, maxItems, uniqueItems } = schema
  const size = items.length
  if (minItems !== undefined && size < minItems) {
    const message = `${path} in body should have at least ${minItems} items`
    found.add({ code: 'other', field: path, message, value: size })
  }
  if (maxItems !== undefined && size > maxItems) {
    const message = `${path} in body should have at most ${maxItems} items`
    found.add({ code: 'too-many', field: path, message, value: size, allowed: maxItems })
  }
  if (uniqueItems === true && items.some((item, index) => items.findIndex((other) => sameValue(other, item)) < index)) {
    found.add({ code: 'other', field: path, message: `${path} in body shouldn't contain duplicates` })
  }
  found.checks++
  return found
}

function checkMembers(
  value: Readonly<Record<string, unknown>>,
  schema: Schema,
  path: string,
  correlation: Correlation | undefined,
): Findings {
  const found = new Findings()
  const { minProperties, maxProperties, properties = {} } = schema
  const count = Object.keys(value).length
  if (minProperties !== undefined && count < minProperties) {
    const message = `${path} in body should have at least ${minProperties} properties`
    found.add({ code: 'other', field: path, message, value: count })
  }
  if (maxProperties !== undefined && count > maxProperties) {
    const message = `${path} in body should have at most ${maxProperties} properties`
    found.add({ code: 'too-many', field: path, message, value: count, allowed: maxProperties })
  }
  const additional = additionalOf(schema)
  for (const key of Object.keys(value)) {
    if (Object.hasOwn(properties, key)) continue
    if (schema.additionalProperties === false) {
      const message = `${path}.${key} in body is a forbidden property`
      found.add({ code: 'other', field: path, message, value: key })
    } else if (additional !== undefined) {
      found.merge(check(value[key], additional, `${path}.${key}`, memberCorrelation(correlation, path, key)))
    }
  }
  for (const [name, property] of Object.entries(properties)) {
    if (!Object.hasOwn(value, name)) continue
    const at = path === '' ? name : `${path}.${name}`
    found.merge(check(value[name], property, at, memberCorrelation(correlation, path, name)))
  }
  for (const name of schema.required ?? []) {
    if (Object.hasOwn(value, name)) continue
    found.add({ code: 'required', field: `${path}.${name}`, message: `${path}.${name} in body is required` })
  }
  return found
}

/** Kind and version of a whole object are as the request has them, old and new: they never count as unchanged. */
function memberCorrelation(correlation: Correlation | undefined, path: string, name: string): Correlation | undefined {
  return path === '' && (name === 'kind' || name === 'apiVersion') ? undefined : correlation?.key(name)
}

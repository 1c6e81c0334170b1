// A schema as types of expressions, and as what costs go by: how many elements and how many bytes there can be. Source: apiserver
// pkg/cel/common/schemas.go (SchemaDeclType), pkg/cel/types.go, pkg/cel/limits.go.

import { MAX_REQUEST_BYTES } from '../../cel/index.ts'
import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  mapOf,
  STRING,
  structNamed,
  TIMESTAMP,
  type Type,
} from '../../cel/types/type.ts'
import { additionalOf, isEmbeddedResource, itemsOf, type Schema } from '../schema/walk.ts'
import { escapeName } from './field-names.ts'
import { withObjectFields } from './values.ts'

export interface DeclaredType {
  readonly type: Type
  /** Of an object, by their escaped names. */
  readonly fields?: ReadonlyMap<string, DeclaredType>
  /** Of a list or a map. */
  readonly element?: DeclaredType
  /** Items, entries, characters. */
  readonly maxElements: number
  /** The least bytes it takes in JSON. */
  readonly minSize: number
}

const DURATION_SIZE = { max: 32, min: 3 }
const DATE_SIZE = 12
const TIME_SIZE = { max: 32, min: 21 }
const QUOTES = 2
/** A character can take as many bytes. */
const MAX_CHARACTER_SIZE = 4

/** @param name of the type, if it is an object; undefined: rules cannot speak of it */
export function declaredType(schema: Schema, isRoot: boolean, name: string): DeclaredType | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) {
    return { type: DYN, maxElements: textLimit(schema) ?? MAX_REQUEST_BYTES - QUOTES, minSize: 1 }
  }
  switch (schema.type ?? '') {
    case 'array':
      return listType(schema, name)
    case 'object':
      return objectType(isRoot ? withObjectFields(schema) : schema, name)
    case 'string':
      return textType(schema)
    case 'boolean':
      return { type: BOOL, maxElements: 0, minSize: 4 }
    case 'number':
      return { type: DOUBLE, maxElements: 0, minSize: 1 }
    case 'integer':
      return { type: INT, maxElements: 0, minSize: 1 }
    default:
      return undefined
  }
}

function inner(schema: Schema, name: string): DeclaredType | undefined {
  return declaredType(schema, isEmbeddedResource(schema), name)
}

function listType(schema: Schema, name: string): DeclaredType | undefined {
  const items = itemsOf(schema)
  const element = items === undefined ? undefined : inner(items, `${name}.@idx`)
  if (element === undefined) return undefined
  const maxElements = limit(schema.maxItems) ?? Math.floor((MAX_REQUEST_BYTES - QUOTES) / (element.minSize + 1))
  return { type: listOf(element.type), element, maxElements, minSize: 2 }
}

function objectType(schema: Schema, name: string): DeclaredType | undefined {
  const additional = additionalOf(schema)
  if (additional !== undefined) {
    const element = inner(additional, `${name}.@elem`)
    if (element === undefined) return undefined
    const maxElements = limit(schema.maxProperties) ?? Math.floor((MAX_REQUEST_BYTES - QUOTES) / (element.minSize + 6))
    return { type: mapOf(STRING, element.type), element, maxElements, minSize: 2 }
  }
  const fields = new Map<string, DeclaredType>()
  let minSize = 2
  for (const [property, of] of Object.entries(schema.properties ?? {})) {
    const escaped = escapeName(property)
    const declared = inner(of, `${name}.${escaped ?? property}`)
    if (declared === undefined) continue
    if (escaped !== undefined) fields.set(escaped, declared)
    const isFilledIn = of.default !== undefined && of.default !== null
    if (schema.required?.includes(property) === true && !isFilledIn) {
      minSize += Buffer.byteLength(property) + declared.minSize + 4
    }
  }
  return { type: structNamed(name), fields, maxElements: 0, minSize }
}

function limit(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.max(0, value)
}

function textLimit({ maxLength }: Schema): number | undefined {
  return maxLength === undefined ? undefined : Math.max(0, maxLength) * MAX_CHARACTER_SIZE
}

function textType(schema: Schema): DeclaredType {
  switch (schema.format ?? '') {
    case 'byte':
      return { type: BYTES, maxElements: limit(schema.maxLength) ?? MAX_REQUEST_BYTES - QUOTES, minSize: QUOTES }
    case 'duration':
      return { type: DURATION, maxElements: DURATION_SIZE.max, minSize: DURATION_SIZE.min }
    case 'date':
      return { type: TIMESTAMP, maxElements: DATE_SIZE, minSize: DATE_SIZE }
    case 'date-time':
      return { type: TIMESTAMP, maxElements: TIME_SIZE.max, minSize: TIME_SIZE.min }
    default:
      return { type: STRING, maxElements: textLimit(schema) ?? longestChoice(schema), minSize: QUOTES }
  }
}

function longestChoice({ enum: choices = [] }: Schema): number {
  if (choices.length === 0) return MAX_REQUEST_BYTES - QUOTES
  return Math.max(0, ...choices.map((choice) => (typeof choice === 'string' ? Buffer.byteLength(choice) : 0)))
}

/** Fields of all objects in a type, by the names of their types. */
export function structsIn(declared: DeclaredType): ReadonlyMap<string, ReadonlyMap<string, Type>> {
  const structs = new Map<string, ReadonlyMap<string, Type>>()
  const visit = ({ type, fields, element }: DeclaredType): void => {
    if (fields !== undefined) {
      structs.set(type.name, new Map([...fields].map(([name, field]) => [name, field.type])))
      for (const field of fields.values()) visit(field)
    }
    if (element !== undefined) visit(element)
  }
  visit(declared)
  return structs
}

/** What a path leads to; its first part names a variable. */
export function declaredAt(declared: DeclaredType, path: readonly string[]): DeclaredType | undefined {
  let found: DeclaredType | undefined = declared
  for (const name of path.slice(1)) {
    if (name === '@items' || name === '@values') found = found?.element
    else if (name === '@keys') found = found?.element === undefined || found.type.kind !== 'map' ? undefined : KEY
    else found = found?.fields?.get(name)
  }
  return found
}

const KEY: DeclaredType = { type: STRING, maxElements: 0, minSize: QUOTES }

// Every field and item that is restricted in `allOf`, `anyOf`, `oneOf` or `not` is also there outside of them. Like upstream,
// only those of the root are asked (they reach every depth).
// Source: apiextensions-apiserver pkg/apiserver/schema/complete.go.

import type { FieldError } from '../../../validation/field-error.ts'
import { required } from '../../../validation/field-errors.ts'
import { itemsSchema, propertySchema, sortedEntries, type Schema } from './schema-walk.ts'

export function validateCompleteness(schema: Schema, path: string): readonly FieldError[] {
  return junctors(schema, schema, { structure: path, validation: path })
}

interface Paths {
  readonly structure: string
  readonly validation: string
}

/** @param structure what is said outside, undefined when nothing is */
function junctors(validation: Schema, structure: Schema | undefined, paths: Paths): readonly FieldError[] {
  if (structure === undefined) return [missing(paths)]
  const { not, allOf = [], anyOf = [], oneOf = [] } = validation
  const inside = (inner: Schema, at: string): readonly FieldError[] =>
    nested(inner, structure, { ...paths, validation: `${paths.validation}.${at}` })
  return [
    ...(not === undefined ? [] : inside(not, 'not')),
    ...allOf.flatMap((inner, index) => inside(inner, `allOf[${index}]`)),
    ...anyOf.flatMap((inner, index) => inside(inner, `anyOf[${index}]`)),
    ...oneOf.flatMap((inner, index) => inside(inner, `oneOf[${index}]`)),
  ]
}

function nested(validation: Schema, structure: Schema | undefined, paths: Paths): readonly FieldError[] {
  if (structure === undefined) return [missing(paths)]
  const below = (name: string): Paths => ({
    structure: `${paths.structure}.${name}`,
    validation: `${paths.validation}.${name}`,
  })
  const items = itemsSchema(validation)
  return [
    ...junctors(validation, structure, paths),
    ...(items === undefined ? [] : nested(items, itemsSchema(structure), below('items'))),
    ...sortedEntries(validation.properties).flatMap(([key, property]) =>
      nested(property, propertySchema(structure, key), below(`properties[${key}]`)),
    ),
  ]
}

function missing({ structure, validation }: Paths): FieldError {
  return required(structure, `because it is defined in ${validation}`)
}

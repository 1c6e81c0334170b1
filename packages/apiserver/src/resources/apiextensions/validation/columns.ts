// Printer columns and the simple JSON paths in definitions.
// Source: apiextensions-apiserver pkg/apis/apiextensions/validation (ValidateCustomResourceColumnDefinition,
// validateSimpleJSONPath).

import type { CustomResourceColumnDefinition } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { invalid, required } from '../../../validation/field-errors.ts'

const TYPES = ['boolean', 'date', 'integer', 'number', 'string']
const FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password']

export function validateColumns(
  columns: readonly CustomResourceColumnDefinition[],
  path: string,
): readonly FieldError[] {
  return columns.flatMap((column, index) => validateColumn(column, `${path}[${index}]`))
}

function validateColumn(column: CustomResourceColumnDefinition, path: string): readonly FieldError[] {
  const errors: FieldError[] = []
  const { name, type, format = '', jsonPath } = column
  if (name === '') errors.push(required(`${path}.name`))
  const types = `must be one of ${TYPES.join(',')}`
  if (type === '') errors.push(required(`${path}.type`, types))
  else if (!TYPES.includes(type)) errors.push(invalid(`${path}.type`, type, types))
  if (format !== '' && !FORMATS.includes(format)) {
    errors.push(invalid(`${path}.format`, format, `must be one of ${FORMATS.join(',')}`))
  }
  if (jsonPath === '') errors.push(required(`${path}.JSONPath`))
  else errors.push(...validateSimpleJsonPath(jsonPath, `${path}.JSONPath`))
  return errors
}

export function validateSimpleJsonPath(text: string, path: string): readonly FieldError[] {
  return text.startsWith('.') ? [] : [invalid(path, text, 'must be a simple json path starting with .')]
}

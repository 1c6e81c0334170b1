// Fields of custom resources that field selectors may name.
// Source: apiextensions-apiserver pkg/apis/apiextensions/validation (ValidateCustomResourceSelectableFields).

import type { SelectableField } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { duplicate, invalid, required, tooMany } from '../../../validation/field-errors.ts'
import { findField } from './field-path.ts'
import type { Schema } from './schema-walk.ts'

const MAX_SELECTABLE_FIELDS = 8
const SELECTABLE_TYPES: ReadonlySet<string> = new Set(['boolean', 'integer', 'string'])

export function validateSelectableFields(
  fields: readonly SelectableField[],
  schema: Schema,
  path: string,
): readonly FieldError[] {
  const errors: FieldError[] = []
  const seen = new Set<string>()
  for (const [index, { jsonPath }] of fields.entries()) {
    const at = `${path}[${index}].jsonPath`
    if (jsonPath === '') {
      errors.push(required(at))
      continue
    }
    const found = findField(jsonPath, schema, { brackets: false })
    if (typeof found === 'string') {
      errors.push(invalid(at, jsonPath, `is an invalid path: ${found}`))
      continue
    }
    if (found.root === 'metadata') errors.push(invalid(at, jsonPath, 'must not point to fields in metadata'))
    if (!SELECTABLE_TYPES.has(found.schema?.type ?? '')) {
      const text =
        'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.'
      errors.push(invalid(at, jsonPath, text))
    }
    if (seen.has(found.path)) errors.push(duplicate(at, jsonPath))
    seen.add(found.path)
  }
  if (seen.size > MAX_SELECTABLE_FIELDS) errors.push(tooMany(path, seen.size, MAX_SELECTABLE_FIELDS))
  return errors
}

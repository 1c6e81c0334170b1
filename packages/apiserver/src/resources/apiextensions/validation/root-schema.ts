// The schema of a version (or of all versions): its root, its structure, its defaults, then everything in it.
// Source: apiextensions-apiserver pkg/apis/apiextensions/validation (validateCustomResourceDefinitionValidation).

import type { CustomResourceValidation } from '../../../objects/index.ts'
import type { FieldError } from '../../../validation/field-error.ts'
import { forbiddenField, invalid } from '../../../validation/field-errors.ts'
import { printedSchema, SCHEMA_FIELDS } from '../internal-print.ts'
import { validateDefaults } from './default-values.ts'
import { validateSchemaProps } from './schema-props.ts'
import { RuleCosts } from './rule-costs.ts'
import type { Schema } from './schema-walk.ts'
import { structuralError } from './structural-form.ts'
import { validateStructural } from './structural-schema.ts'

/** @param hasStatus the version has a status subresource */
export function validateRootSchema(
  validation: CustomResourceValidation | undefined,
  hasStatus: boolean,
  path: string,
): readonly FieldError[] {
  const schema = validation?.openAPIV3Schema
  if (schema === undefined) return []
  const at = `${path}.openAPIV3Schema`
  const unreadable = structuralError(schema)
  const structural = unreadable === undefined ? structuralErrors(schema, at) : []
  const costs = new RuleCosts()
  const inside = validateSchemaProps(schema, {
    path: at,
    isRoot: true,
    insideMeta: false,
    noDefaults: undefined,
    uncorrelatable: undefined,
    cardinality: 1,
    costs,
    compiles: unreadable === undefined && structural.length === 0,
  })
  const errors = [
    ...(hasStatus ? validateBesideStatus(schema, at) : []),
    ...(schema.nullable === true ? [forbiddenField(`${at}.nullable`, 'nullable cannot be true at the root')] : []),
    ...structural,
    ...inside.schema,
    ...inside.rules,
    ...costs.errors(at),
  ]
  // What cannot be read was told already, as a rule.
  return errors.length > 0 || unreadable === undefined ? errors : [invalid(at, '', unreadable)]
}

function structuralErrors(schema: Schema, path: string): readonly FieldError[] {
  const errors = validateStructural(schema, path)
  return errors.length > 0 ? errors : validateDefaults(schema, path)
}

const BESIDE_STATUS = [
  'Description',
  'Type',
  'Format',
  'Title',
  'Maximum',
  'ExclusiveMaximum',
  'Minimum',
  'ExclusiveMinimum',
  'MaxLength',
  'MinLength',
  'Pattern',
  'MaxItems',
  'MinItems',
  'UniqueItems',
  'MultipleOf',
  'Required',
  'Items',
  'Properties',
  'ExternalDocs',
  'Example',
  'XPreserveUnknownFields',
  'XValidations',
]

/** The status is validated by its own part of the schema, so nothing at the root may speak of all of it. */
function validateBesideStatus(schema: Schema, path: string): readonly FieldError[] {
  for (const [name, goName] of SCHEMA_FIELDS) {
    const value = schema[name]
    if (value === undefined || value === null) continue
    if (name === 'type' && value !== 'object') {
      const text = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled'
      return [invalid(`${path}.type`, value, text)]
    }
    if (!BESIDE_STATUS.includes(goName)) {
      const text = `only [${BESIDE_STATUS.join(' ')}] fields are allowed at the root of the schema if the status subresource is enabled`
      return [invalid(path, printedSchema(schema), text)]
    }
  }
  return []
}

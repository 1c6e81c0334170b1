// ConfigMaps. Source: kubernetes core/validation ValidateConfigMap, registry/core/configmap.

import type { ConfigMap } from '../../objects/index.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, invalid, tooLong } from '../../validation/field-errors.ts'
import { byteLength, configKey } from '../../validation/names.ts'
import { sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import { configMaps } from '../served-types.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { CHANGES_FIRST } from '../update-checks.ts'

export const MAX_DATA_BYTES = 1024 * 1024

/** Of what is written in base64. */
export function decodedLength(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  return Math.floor((base64.length * 3) / 4) - padding
}

function validate(map: ConfigMap): readonly FieldError[] {
  const errors: FieldError[] = []
  const data = map.data ?? {}
  let size = 0
  for (const [key, value] of Object.entries(data)) {
    for (const problem of configKey(key)) errors.push(invalid(`data[${key}]`, key, problem))
    if (map.binaryData !== undefined && Object.hasOwn(map.binaryData, key)) {
      errors.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'))
    }
    size += byteLength(value)
  }
  for (const [key, value] of Object.entries(map.binaryData ?? {})) {
    for (const problem of configKey(key)) errors.push(invalid(`binaryData[${key}]`, key, problem))
    size += decodedLength(value)
  }
  // A field without a name is written as an index without a number.
  if (size > MAX_DATA_BYTES) errors.push(tooLong('[]', MAX_DATA_BYTES))
  return errors
}

function validateUpdate(map: ConfigMap, old: ConfigMap): readonly FieldError[] {
  if (old.immutable !== true) return []
  const errors: FieldError[] = []
  const text = 'field is immutable when `immutable` is set'
  if (map.immutable !== true) errors.push(forbiddenField('immutable', text))
  for (const field of ['data', 'binaryData'] as const) {
    if (!sameValue(map[field] ?? {}, old[field] ?? {})) errors.push(forbiddenField(field, text))
  }
  return errors
}

export const configMap = defineResource<ConfigMap>({
  type: configMaps,
  singular: 'configmap',
  shortNames: ['cm'],
  schema: 'io.k8s.api.core.v1.ConfigMap',
  columns: [
    nameColumn(),
    column(
      'Data',
      { description: columnDescriptions['ConfigMap.data'] },
      (map) => Object.keys(map.data ?? {}).length + Object.keys(map.binaryData ?? {}).length,
    ),
    ageColumn(),
  ],
  strategy: { validate, validateUpdate, updateChecks: CHANGES_FIRST },
})

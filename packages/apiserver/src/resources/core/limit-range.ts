// LimitRanges; admission/limit-ranger.ts applies them. Source: kubernetes core/validation ValidateLimitRange, printers (no
// printer of its own: Name and Created At).

import type { LimitRange } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { duplicate } from '../../validation/field-errors.ts'
import { defineResource } from '../define-resource.ts'
import { limitRanges } from '../served-types.ts'
import { createdAtColumn, nameColumn } from '../tables/columns.ts'
import { defaultItem, validateItem, validateItemType } from './limit-range-item.ts'

function validate({ spec }: LimitRange): readonly FieldError[] {
  const errors: FieldError[] = []
  const types = new Set<string>()
  for (const [index, item] of (spec?.limits ?? []).entries()) {
    const path = `spec.limits[${index}]`
    validateItemType(item.type, `${path}.type`, errors)
    if (types.has(item.type)) errors.push(duplicate(`${path}.type`, item.type))
    types.add(item.type)
    validateItem(item, path, errors)
  }
  return errors
}

export const limitRange = defineResource<LimitRange>({
  type: limitRanges,
  singular: 'limitrange',
  shortNames: ['limits'],
  schema: 'io.k8s.api.core.v1.LimitRange',
  createOnUpdate: true,
  columns: [nameColumn(), createdAtColumn()],
  strategy: {
    defaults: (range) => {
      for (const item of range.spec?.limits ?? []) defaultItem(item)
    },
    prepareForCreate: ({ metadata }, { random }) => {
      metadata.name ||= random.uuid()
    },
    validate,
    updateChecks: ['meta', 'whole'],
  },
})

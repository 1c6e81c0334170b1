// LimitRanges; admission/limit-ranger.ts applies them. Source: kubernetes core/v1/defaults.go (SetDefaults_LimitRangeItem),
// core/validation ValidateLimitRange, printers (no printer of its own: Name and Created At).

import type { LimitRange, LimitRangeItem } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { duplicate, forbiddenField, invalid } from '../../validation/field-errors.ts'
import { parseQuantity } from '../../validation/quantity.ts'
import { defineResource } from '../define-resource.ts'
import type { Mutable } from '../resource.ts'
import { limitRanges } from '../served-types.ts'
import { createdAtColumn, nameColumn } from '../tables/columns.ts'

/** What a container item leaves out is filled from its limits. */
function defaultItem(item: Mutable<LimitRangeItem>): void {
  if (item.type !== 'Container') return
  item.default = { ...item.max, ...item.default }
  item.defaultRequest = { ...item.default, ...item.min, ...item.defaultRequest }
  if (Object.keys(item.default).length === 0) delete item.default
  if (Object.keys(item.defaultRequest).length === 0) delete item.defaultRequest
}

function validate({ spec }: LimitRange): readonly FieldError[] {
  const errors: FieldError[] = []
  const types = new Set<string>()
  for (const [index, item] of (spec?.limits ?? []).entries()) {
    const path = `spec.limits[${index}]`
    if (types.has(item.type)) errors.push(duplicate(`${path}.type`, item.type))
    types.add(item.type)
    validateItem(item, path, errors)
  }
  return errors
}

function validateItem(item: LimitRangeItem, path: string, errors: FieldError[]): void {
  if (item.type === 'Pod') {
    if (item.default !== undefined)
      errors.push(forbiddenField(`${path}.default`, 'may not be specified when `type` is "Pod"'))
    if (item.defaultRequest !== undefined) {
      errors.push(forbiddenField(`${path}.defaultRequest`, 'may not be specified when `type` is "Pod"'))
    }
  }
  for (const [name, min] of Object.entries(item.min ?? {})) {
    const max = item.max?.[name]
    if (max === undefined || nano(min) <= nano(max)) continue
    errors.push(invalid(`${path}.min[${name}]`, min, `min value ${min} is greater than max value ${max}`))
  }
}

function nano(quantity: string): bigint {
  return parseQuantity(quantity)?.nano ?? 0n
}

export const limitRange = defineResource<LimitRange>({
  type: limitRanges,
  singular: 'limitrange',
  shortNames: ['limits'],
  schema: 'io.k8s.api.core.v1.LimitRange',
  columns: [nameColumn(), createdAtColumn()],
  strategy: {
    defaults: (range) => {
      for (const item of range.spec?.limits ?? []) defaultItem(item)
    },
    validate,
  },
})

// anyOf, oneOf, allOf and not. Source: kube-openapi pkg/validation/validate/schema_props.go: of several failures the one with
// the most checks made is told.

import { quote } from '../../validation/field-errors.ts'
import type { Schema } from '../schema/walk.ts'
import type { Correlation } from './correlation.ts'
import { Findings } from './findings.ts'
import { check } from './validate-value.ts'

export function validateLogic(
  value: unknown,
  schema: Schema,
  path: string,
  correlation: Correlation | undefined,
): Findings {
  const found = new Findings()
  // What these schemas say of members counts against the old value too; what they say of the value itself always counts.
  const attempt = (option: Schema): Findings => check(value, option, path, correlation?.withoutItself())
  if (schema.anyOf !== undefined && schema.anyOf.length > 0) anyOf(schema.anyOf, attempt, path, found)
  if (schema.oneOf !== undefined && schema.oneOf.length > 0) oneOf(schema.oneOf, attempt, path, found)
  if (schema.allOf !== undefined && schema.allOf.length > 0) allOf(schema.allOf, attempt, path, found)
  if (schema.not !== undefined && attempt(schema.not).valid) {
    found.add({ code: 'other', message: `${quote(path)} must not validate the schema (not)` })
  }
  found.checks++
  return found
}

type Attempt = (option: Schema) => Findings

function anyOf(options: readonly Schema[], attempt: Attempt, path: string, found: Findings): void {
  let best: Findings | undefined
  for (const option of options) {
    const result = attempt(option)
    if (result.valid) {
      found.merge(result)
      return
    }
    if (best === undefined || result.checks > best.checks) best = result
  }
  found.add({ code: 'other', message: `${quote(path)} must validate at least one schema (anyOf)` })
  if (best !== undefined) found.merge(best)
}

function oneOf(options: readonly Schema[], attempt: Attempt, path: string, found: Findings): void {
  let best: Findings | undefined
  let first: Findings | undefined
  let valid = 0
  for (const option of options) {
    const result = attempt(option)
    if (result.valid) {
      valid++
      first ??= result
    } else if (valid === 0 && (best === undefined || result.checks > best.checks)) best = result
  }
  if (valid === 1 && first !== undefined) {
    found.merge(first)
    return
  }
  const why = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`
  found.add({ code: 'other', message: `${quote(path)} must validate one and only one schema (oneOf). ${why}` })
  if (valid === 0 && best !== undefined) found.merge(best)
}

function allOf(options: readonly Schema[], attempt: Attempt, path: string, found: Findings): void {
  let valid = 0
  for (const option of options) {
    const result = attempt(option)
    if (result.valid) valid++
    found.merge(result)
  }
  if (valid === options.length) return
  const none = valid === 0 ? '. None validated' : ''
  found.add({ code: 'other', message: `${quote(path)} must validate all the schemas (allOf)${none}` })
}

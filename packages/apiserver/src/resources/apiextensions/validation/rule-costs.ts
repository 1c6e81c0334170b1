// Limits on what the rules of a definition can cost: each for itself, and all rules of a schema together. Source:
// apiextensions-apiserver pkg/apis/apiextensions/validation (validation.go, cel_validation.go).

import type { FieldError } from '../../../validation/field-error.ts'
import { forbiddenField } from '../../../validation/field-errors.ts'
import type { Schema } from './schema-walk.ts'

const RULE_LIMIT = 10_000_000
const SCHEMA_LIMIT = 100_000_000
/** Rules that are named when all together cost too much. */
const MOST_NAMED = 4

/** How often values of a schema can be there at most; undefined: nothing bounds it. */
export type Cardinality = number | undefined

/** How often what is right inside can be there. */
export function cardinalityInside(schema: Schema, cardinality: Cardinality): Cardinality {
  if (cardinality === undefined) return undefined
  if (schema.type === 'object' && schema.additionalProperties !== undefined)
    return bounded(cardinality, schema.maxProperties)
  return schema.type === 'array' ? bounded(cardinality, schema.maxItems) : cardinality
}

function bounded(cardinality: number, max: number | undefined): Cardinality {
  return max === undefined ? undefined : cardinality * Math.max(0, max)
}

/** What the rules of one schema cost together. */
export class RuleCosts {
  #total = 0
  readonly #expensive: { readonly path: string; readonly cost: number }[] = []

  /** Counts one rule. @param what `estimated rule cost` */
  count(path: string, what: string, cost: number): readonly FieldError[] {
    this.#total += cost
    if (cost >= SCHEMA_LIMIT / 100) this.#expensive.push({ path, cost })
    return cost > RULE_LIMIT ? [forbiddenField(path, excess(what, cost, RULE_LIMIT))] : []
  }

  /** @param path of the schema */
  errors(path: string): readonly FieldError[] {
    if (this.#total <= SCHEMA_LIMIT) return []
    const named = [...this.#expensive].sort((a, b) => b.cost - a.cost).slice(0, MOST_NAMED)
    const text = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema'
    const total = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema'
    return [
      ...named.map((rule) => forbiddenField(rule.path, text)),
      forbiddenField(path, excess(total, this.#total, SCHEMA_LIMIT)),
    ]
  }
}

function excess(what: string, cost: number, limit: number): string {
  const factor = cost / limit
  const times = factor > 100 ? 'more than 100' : factor.toFixed(factor < 1.5 ? 6 : 1)
  const advice =
    'try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared'
  return `${what} exceeds budget by factor of ${times}x (${advice})`
}

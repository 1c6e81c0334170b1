// Label selectors in refusals as Go's encoding/json writes them: maps by their keys, the rest in the order of its type.
// Clients and patches leave them in any order. Source: apimachinery util/validation/field/errors.go, meta/v1 LabelSelector.

import { compareKeys } from '@podwire/engine'

export type Texts = Readonly<Record<string, string>>

export function isTexts(value: unknown): value is Texts {
  return typeof value === 'object' && value !== null && Object.values(value).every((item) => typeof item === 'string')
}

interface Requirement {
  readonly key: string
  readonly operator: string
  readonly values?: readonly string[]
}

export interface Selector {
  readonly matchLabels?: Texts
  readonly matchExpressions?: readonly Requirement[]
}

export function isSelector(value: object): value is Selector {
  const keys = Object.keys(value)
  return keys.length > 0 && keys.every((key) => key === 'matchLabels' || key === 'matchExpressions')
}

/** What is a map in Go. Structs of texts alone look the same and have an order of their own. */
export function sortedTexts(value: Texts): Texts {
  return Object.fromEntries(Object.entries(value).sort(compareKeys))
}

/** What is no label selector stays as it is. */
export function inGoOrder(value: object): object {
  if (Array.isArray(value) || !isSelector(value)) return value
  const { matchLabels, matchExpressions } = value
  return {
    ...(matchLabels === undefined ? {} : { matchLabels: sortedTexts(matchLabels) }),
    ...(matchExpressions === undefined
      ? {}
      : { matchExpressions: matchExpressions.map(({ key, operator, values }) => ({ key, operator, values })) }),
  }
}

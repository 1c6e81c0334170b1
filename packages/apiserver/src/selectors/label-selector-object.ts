// LabelSelector objects (matchLabels and matchExpressions): matching, and the text tables show.
// Source: apimachinery meta/v1/helpers.go (LabelSelectorAsSelector, FormatLabelSelector).

import { compareText } from '@podwire/engine'
import type { LabelSelector } from '../objects/index.ts'
import {
  everything,
  formatSelector,
  type Labels,
  nothing,
  type Operator,
  selectorOf,
  type Selector,
} from './label-selector.ts'

const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['In', 'in'],
  ['NotIn', 'notin'],
  ['Exists', 'exists'],
  ['DoesNotExist', '!'],
])

const compiled = new WeakMap<LabelSelector, Selector>()

/** No selector matches nothing, an empty one everything; an operator nobody knows matches nothing. */
export function selectorOfObject(selector: LabelSelector | undefined): Selector {
  if (selector === undefined) return nothing
  const known = compiled.get(selector)
  if (known !== undefined) return known
  const made = compile(selector) ?? nothing
  // Only what can never change may be remembered.
  if (Object.isFrozen(selector)) compiled.set(selector, made)
  return made
}

function compile({ matchLabels = {}, matchExpressions = [] }: LabelSelector): Selector | undefined {
  const requirements = Object.entries(matchLabels).map(([key, value]) => ({
    key,
    operator: '=' as Operator,
    values: [value],
  }))
  for (const { key, operator, values = [] } of matchExpressions) {
    const known = OPERATORS.get(operator)
    if (known === undefined) return undefined
    requirements.push({ key, operator: known, values: [...values].sort(compareText) })
  }
  if (requirements.length === 0) return everything
  return selectorOf(requirements.sort((a, b) => compareText(a.key, b.key)))
}

export function matchesLabelSelector(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  return selectorOfObject(selector).matches(labels)
}

/** True when every entry of `map` is among `labels`. An empty map matches everything; what that means is the caller's. */
export function matchesLabels(map: Labels | undefined, labels: Labels | undefined): boolean {
  if (map === undefined) return true
  for (const key of Object.keys(map)) {
    if (labels === undefined || !Object.hasOwn(labels, key) || labels[key] !== map[key]) return false
  }
  return true
}

/** As tables print it: `<none>` when empty, `<error>` when it has an unknown operator. */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  if (selector === undefined) return '<none>'
  const made = compile(selector)
  if (made === undefined) return '<error>'
  const text = formatSelector(made)
  return text === '' ? '<none>' : text
}

// Field errors in the words of older releases: values in Go's syntax until 1.33, characters instead of bytes until 1.34.
// Source: apimachinery util/validation/field/errors.go and util/validation/validation.go of those releases.
// Departure: only texts, lists and maps of texts, and label selectors are printed in Go's syntax; other structs stay JSON.

import { compareKeys } from '@podwire/engine'
import type { FieldError } from './field-error.ts'
import { printValue, quote } from './field-errors.ts'
import { isSelector, isTexts, type Selector, type Texts } from './value-order.ts'

const JSON_VALUES_SINCE = 34
const BYTES_SINCE = 35
const MAY_NOT_SINCE = 32

function goMap(value: Texts): string {
  const pairs = Object.entries(value).sort(compareKeys)
  return `map[string]string{${pairs.map(([key, text]) => `${quote(key)}:${quote(text)}`).join(', ')}}`
}

function goList(value: readonly string[]): string {
  return `[]string{${value.map(quote).join(', ')}}`
}

function goSelector({ matchLabels, matchExpressions }: Selector): string {
  const labels = matchLabels === undefined ? 'map[string]string(nil)' : goMap(matchLabels)
  const type = '[]v1.LabelSelectorRequirement'
  const requirements = (matchExpressions ?? []).map(({ key, operator, values }) => {
    const list = values === undefined ? '[]string(nil)' : goList(values)
    return `v1.LabelSelectorRequirement{Key:${quote(key)}, Operator:${quote(operator)}, Values:${list}}`
  })
  const expressions = matchExpressions === undefined ? `${type}(nil)` : `${type}{${requirements.join(', ')}}`
  return `v1.LabelSelector{MatchLabels:${labels}, MatchExpressions:${expressions}}`
}

/** Go's %#v of a value; undefined where its type is not known here. */
function goSyntax(value: unknown): string | undefined {
  if (value === null) return '"null"'
  if (Array.isArray(value)) return value.length > 0 && isTexts(value) ? goList(value as readonly string[]) : undefined
  if (typeof value !== 'object') return undefined
  if (isSelector(value)) return goSelector(value)
  return isTexts(value) ? goMap(value) : undefined
}

/** @param minor of the release */
export function inOlderWords(error: FieldError, minor: number): FieldError {
  if (minor >= BYTES_SINCE) return error
  let { body } = error
  const printed = minor < JSON_VALUES_SINCE && 'value' in error ? goSyntax(error.value) : undefined
  // A function as the replacement: a dollar sign in the value is only a dollar sign.
  if (printed !== undefined) body = body.replace(printValue(error.value), () => printed)
  body = body.replace(/must be no more than (\d+) bytes/g, 'must be no more than $1 characters')
  if (minor < MAY_NOT_SINCE) body = body.replace(/^Too long: may not be more than/, 'Too long: must have at most')
  return body === error.body ? error : { ...error, body }
}

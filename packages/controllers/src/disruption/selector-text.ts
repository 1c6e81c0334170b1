// A label selector as Go prints it: the disruption controller's event shows one. Pure.
// Source: kubernetes apimachinery meta/v1/generated.pb.go (LabelSelector.String).

import type { LabelSelector } from '@podwire/apiserver'
import { compareText } from '@podwire/engine'

export function selectorText(selector: LabelSelector | undefined): string {
  if (selector === undefined) return 'nil'
  const labels = Object.entries(selector.matchLabels ?? {}).sort(([a], [b]) => compareText(a, b))
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  )
  const matchLabels = `map[string]string{${labels.map(([key, value]) => `${key}: ${value},`).join('')}}`
  return `&LabelSelector{MatchLabels:${matchLabels},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`
}

// policy/v1beta1 PodDisruptionBudgets: an empty selector selected no pods there, and selects all in v1.
// Source: kubernetes apis/policy/v1beta1/conversion.go, apis/policy/helper.go.

import { podDisruptionBudget } from '../policy/pod-disruption-budget.ts'
import { sameValue } from '../compare.ts'
import { legacyVersion, type Fields, type LegacyObject } from './legacy-version.ts'

const LABEL = 'pdb.kubernetes.io/deprecated-v1beta1-empty-selector-match'
const EMPTY: Fields = {}
/** No pod has the label: what `{}` meant in v1beta1, and how v1beta1 says what `{}` means in v1. */
const NO_POD: Fields = { matchExpressions: [{ key: LABEL, operator: 'Exists' }] }
const EVERY_POD: Fields = { matchExpressions: [{ key: LABEL, operator: 'DoesNotExist' }] }

function withSelector(object: LegacyObject, swaps: readonly (readonly [Fields, Fields])[]): LegacyObject {
  const selector = object.spec?.['selector']
  const swap = swaps.find(([from]) => selector !== undefined && sameValue(selector, from))
  return swap === undefined ? object : { ...object, spec: { ...object.spec, selector: swap[1] } }
}

export const podDisruptionBudgetV1beta1 = legacyVersion(podDisruptionBudget, {
  groupVersion: 'policy/v1beta1',
  since: 5,
  until: 24,
  deprecated: 21,
  use: 'policy/v1 PodDisruptionBudget',
  fromStored: (object) =>
    withSelector(object, [
      [EMPTY, EVERY_POD],
      [NO_POD, EMPTY],
    ]),
  toStored: (object) =>
    withSelector(object, [
      [EMPTY, NO_POD],
      [EVERY_POD, EMPTY],
    ]),
})

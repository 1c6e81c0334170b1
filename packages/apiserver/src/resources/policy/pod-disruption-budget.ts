// PodDisruptionBudgets. Source: kubernetes policy/validation, registry/policy/poddisruptionbudget, printers.

import { goStruct } from '../../internal-structs/index.ts'
import type { PodDisruptionBudget } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid, notSupported } from '../../validation/field-errors.ts'
import { validateConditions } from '../../validation/conditions.ts'
import { validateLabelSelector } from '../../validation/labels.ts'
import { validateAtMostAll, validateCount } from '../apps/rolling-counts.ts'
import { validateNonNegative } from '../apps/workload-validation.ts'
import { sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import { podDisruptionBudgets } from '../served-types.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'

const EVICTION_POLICIES = ['AlwaysAllow', 'IfHealthyBudget']

function validate({ spec }: PodDisruptionBudget): readonly FieldError[] {
  const errors: FieldError[] = []
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = spec
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    errors.push(
      invalid(
        'spec',
        goStruct('policy.PodDisruptionBudgetSpec', spec),
        'minAvailable and maxUnavailable cannot be both set',
      ),
    )
  }
  if (minAvailable !== undefined) {
    validateCount(minAvailable, 'spec.minAvailable', errors)
    validateAtMostAll(minAvailable, 'spec.minAvailable', errors)
  }
  if (maxUnavailable !== undefined) {
    validateCount(maxUnavailable, 'spec.maxUnavailable', errors)
    validateAtMostAll(maxUnavailable, 'spec.maxUnavailable', errors)
  }
  if (selector !== undefined) validateLabelSelector(selector, 'spec.selector', errors)
  if (unhealthyPodEvictionPolicy !== undefined && !EVICTION_POLICIES.includes(unhealthyPodEvictionPolicy)) {
    errors.push(notSupported('spec.unhealthyPodEvictionPolicy', unhealthyPodEvictionPolicy, EVICTION_POLICIES))
  }
  return errors
}

const COUNTS = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const

function validateStatusUpdate({ status }: PodDisruptionBudget): readonly FieldError[] {
  const errors: FieldError[] = []
  validateConditions(status?.conditions, 'status.conditions', errors)
  for (const field of COUNTS) validateNonNegative(status?.[field], `status.${field}`, errors)
  return errors
}

export const podDisruptionBudget = defineResource<PodDisruptionBudget>({
  type: podDisruptionBudgets,
  singular: 'poddisruptionbudget',
  shortNames: ['pdb'],
  schema: 'io.k8s.api.policy.v1.PodDisruptionBudget',
  // The kind itself asks nothing of its names.
  nameRule: 'path-segment',
  unconditionalUpdate: false,
  status: true,
  columns: [
    nameColumn(),
    column('Min Available', { description: 'The minimum number of pods that must be available.' }, ({ spec }) =>
      String(spec.minAvailable ?? 'N/A'),
    ),
    column('Max Unavailable', { description: 'The maximum number of pods that may be unavailable.' }, ({ spec }) =>
      String(spec.maxUnavailable ?? 'N/A'),
    ),
    column(
      'Allowed Disruptions',
      { type: 'integer', description: 'Calculated number of pods that may be disrupted at this time.' },
      ({ status }) => status?.disruptionsAllowed ?? 0,
    ),
    ageColumn(),
  ],
  strategy: {
    defaults: (budget) => {
      budget.spec ??= {}
      if (budget.status !== undefined) for (const field of COUNTS) budget.status[field] ??= 0
    },
    prepareForCreate: (budget) => {
      budget.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 }
    },
    validate,
    validateStatusUpdate,
    bumpsGeneration: ({ spec }, { spec: old }) => !sameValue(spec, old),
    updateChecks: ['whole'],
  },
})

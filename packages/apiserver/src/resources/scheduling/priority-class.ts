// PriorityClasses. Source: kubernetes scheduling/validation, registry/scheduling/priorityclass, printers. Pods that name
// one get its value at admission.

import type { PriorityClass } from '../../objects/index.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported } from '../../validation/field-errors.ts'
import { defineResource } from '../define-resource.ts'
import { priorityClasses } from '../served-types.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'

/** Above it are the system's own classes. */
const HIGHEST_USER_PRIORITY = 1_000_000_000
const POLICIES = ['Never', 'PreemptLowerPriority']

interface SystemClass {
  readonly value: number
  readonly description: string
}

/** The only ones whose names may begin with `system-`. */
export const SYSTEM_CLASSES: ReadonlyMap<string, SystemClass> = new Map([
  [
    'system-node-critical',
    {
      value: 2_000_001_000,
      description: 'Used for system critical pods that must not be moved from their current node.',
    },
  ],
  [
    'system-cluster-critical',
    {
      value: 2_000_000_000,
      description:
        'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
    },
  ],
])

function validate({ metadata: { name }, value = 0, preemptionPolicy }: PriorityClass): readonly FieldError[] {
  const errors: FieldError[] = []
  if (name.startsWith('system-')) {
    if (SYSTEM_CLASSES.get(name)?.value !== value) {
      const text =
        "priority class names with 'system-' prefix are reserved for system use only. error: " +
        (SYSTEM_CLASSES.has(name)
          ? `value of ${name} PriorityClass must be ${SYSTEM_CLASSES.get(name)?.value}`
          : `${name} is not a known system priority class`)
      errors.push(forbiddenField('metadata.name', text))
    }
  } else if (value > HIGHEST_USER_PRIORITY) {
    const text = `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`
    errors.push(forbiddenField('value', text))
  }
  if (preemptionPolicy !== undefined && !POLICIES.includes(preemptionPolicy)) {
    errors.push(notSupported('preemptionPolicy', preemptionPolicy, ['PreemptLowerPriority', 'Never']))
  }
  return errors
}

function validateUpdate(now: PriorityClass, old: PriorityClass): readonly FieldError[] {
  const errors: FieldError[] = []
  if (now.value !== old.value) errors.push(invalid('value', now.value ?? 0, 'field is immutable'))
  if (now.preemptionPolicy !== old.preemptionPolicy) {
    errors.push(invalid('preemptionPolicy', now.preemptionPolicy, 'field is immutable'))
  }
  return errors
}

export const priorityClass = defineResource<PriorityClass>({
  type: priorityClasses,
  singular: 'priorityclass',
  shortNames: ['pc'],
  schema: 'io.k8s.api.scheduling.v1.PriorityClass',
  columns: [
    nameColumn(),
    column(
      'Value',
      { type: 'integer', description: columnDescriptions['PriorityClass.value'] },
      ({ value }) => value ?? 0,
    ),
    column(
      'Global-Default',
      { type: 'boolean', description: columnDescriptions['PriorityClass.globalDefault'] },
      ({ globalDefault }) => globalDefault === true,
    ),
    ageColumn(),
    column(
      'PreemptionPolicy',
      { description: columnDescriptions['PriorityClass.preemptionPolicy'] },
      ({ preemptionPolicy }) => preemptionPolicy ?? '',
    ),
  ],
  strategy: {
    defaults: (object) => {
      object.value ??= 0
      object.preemptionPolicy ??= 'PreemptLowerPriority'
      if (object.globalDefault === false) delete object.globalDefault
    },
    validate,
    validateUpdate,
    // It is 1 for ever: nothing of it that counts may change.
    bumpsGeneration: () => false,
    updateChecks: ['meta-update', 'changes'],
  },
})

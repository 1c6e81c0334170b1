// PriorityClasses. Source: kubernetes scheduling/validation, registry/scheduling/priorityclass, printers. Pods that name
// one get its value at admission.

import type { PriorityClass } from '../../objects/index.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { forbiddenField, invalid, notSupported, required } from '../../validation/field-errors.ts'
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

/** Why a class may not have a name of the system's. */
function systemProblem({ metadata: { name }, value, globalDefault }: PriorityClass): string | undefined {
  const known = SYSTEM_CLASSES.get(name)
  if (known === undefined) return `${name} is not a known system priority class`
  if (known.value !== value) return `value of ${name} PriorityClass must be ${known.value}`
  return globalDefault === true ? `globalDefault of ${name} PriorityClass must be false` : undefined
}

function validate(object: PriorityClass): readonly FieldError[] {
  const { metadata, value = 0, preemptionPolicy } = object
  const errors: FieldError[] = []
  if (metadata.name.startsWith('system-')) {
    const problem = systemProblem(object)
    if (problem !== undefined) {
      const text = `priority class names with 'system-' prefix are reserved for system use only. error: ${problem}`
      errors.push(forbiddenField('metadata.name', text))
    }
  } else if (value > HIGHEST_USER_PRIORITY) {
    const text = `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`
    errors.push(forbiddenField('value', text))
  }
  if (preemptionPolicy === '') errors.push(required('preemptionPolicy'))
  else if (preemptionPolicy !== undefined && !POLICIES.includes(preemptionPolicy)) {
    errors.push(notSupported('preemptionPolicy', preemptionPolicy, ['PreemptLowerPriority', 'Never']))
  }
  return errors
}

function validateUpdate(now: PriorityClass, old: PriorityClass): readonly FieldError[] {
  const errors: FieldError[] = []
  if (now.value !== old.value) errors.push(forbiddenField('value', 'may not be changed in an update.'))
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

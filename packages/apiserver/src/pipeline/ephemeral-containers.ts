// pods/ephemeralcontainers: containers may be added to a running pod, and never changed or taken away.
// Source: kubernetes registry/core/pod/strategy.go (podEphemeralContainersStrategy), core/validation
// ValidatePodEphemeralContainersUpdate.

import type { EphemeralContainer, Pod } from '../objects/index.ts'
import { sameValue } from '../resources/compare.ts'
import type { FieldError } from '../validation/field-error.ts'
import { duplicate, forbiddenField, required } from '../validation/field-errors.ts'

const PATH = 'spec.ephemeralContainers'
const REFUSED = ['ports', 'resources', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle'] as const

export function validateEphemeralContainers(pod: Pod, old: Pod): readonly FieldError[] {
  const errors: FieldError[] = []
  const taken = new Set([...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map(({ name }) => name))
  const containers = pod.spec.ephemeralContainers ?? []
  for (const [index, container] of containers.entries()) {
    const at = `${PATH}[${index}]`
    if (container.name === '') errors.push(required(`${at}.name`))
    else if (taken.has(container.name)) errors.push(duplicate(`${at}.name`, container.name))
    taken.add(container.name)
    if ((container.image ?? '') === '') errors.push(required(`${at}.image`))
    for (const field of REFUSED) {
      if (isSaid(container, field)) {
        errors.push(forbiddenField(`${at}.${field}`, 'cannot be set for an Ephemeral Container'))
      }
    }
  }
  validateKept(containers, old.spec.ephemeralContainers ?? [], errors)
  return errors
}

/** Resources are defaulted to an empty object. */
function isSaid(container: EphemeralContainer, field: (typeof REFUSED)[number]): boolean {
  const value: object | undefined = container[field]
  return value !== undefined && Object.keys(value).length > 0
}

function validateKept(
  containers: readonly EphemeralContainer[],
  before: readonly EphemeralContainer[],
  errors: FieldError[],
): void {
  for (const container of before) {
    const now = containers.find(({ name }) => name === container.name)
    if (now === undefined) {
      errors.push(
        forbiddenField(PATH, `existing ephemeral containers ${JSON.stringify(container.name)} may not be removed\n`),
      )
    } else if (!sameValue(now, container)) {
      errors.push(
        forbiddenField(PATH, `existing ephemeral containers ${JSON.stringify(container.name)} may not be changed\n`),
      )
    }
  }
}

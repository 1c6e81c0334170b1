// ResourceQuotas; admission/resource-quota.ts holds writers to them. Source: kubernetes core/validation ValidateResourceQuota,
// printers printResourceQuota.

import type { ResourceQuota } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid } from '../../validation/field-errors.ts'
import { qualifiedName } from '../../validation/names.ts'
import { parseQuantity } from '../../validation/quantity.ts'
import { sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import { resourceQuotas } from '../served-types.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'

function validate({ spec }: ResourceQuota): readonly FieldError[] {
  const errors: FieldError[] = []
  for (const [name, quantity] of Object.entries(spec?.hard ?? {})) {
    const path = `spec.hard[${name}]`
    for (const problem of qualifiedName(name)) errors.push(invalid(path, name, problem))
    if ((parseQuantity(quantity)?.nano ?? 0n) < 0n) {
      errors.push(invalid(path, quantity, 'must be greater than or equal to 0'))
    }
  }
  return errors
}

/** `pods: 1/10`, by name. */
function usage({ status }: ResourceQuota, limits: boolean): string {
  return Object.entries(status?.hard ?? {})
    .filter(([name]) => name.startsWith('limits') === limits)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, hard]) => `${name}: ${status?.used?.[name] ?? '0'}/${hard}`)
    .join(', ')
}

export const resourceQuota = defineResource<ResourceQuota>({
  type: resourceQuotas,
  singular: 'resourcequota',
  shortNames: ['quota'],
  schema: 'io.k8s.api.core.v1.ResourceQuota',
  status: true,
  returnsDeletedObject: true,
  columns: [
    nameColumn(),
    column(
      'Request',
      { description: 'Request represents a minimum amount of cpu/memory that a container may consume.' },
      (quota) => usage(quota, false),
    ),
    column(
      'Limit',
      {
        description:
          'Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.',
      },
      (quota) => usage(quota, true),
    ),
    ageColumn(),
  ],
  strategy: {
    defaults: (quota) => {
      quota.spec ??= {}
    },
    prepareForCreate: (quota) => {
      quota.status = {}
    },
    validate,
    validateUpdate: ({ spec }, { spec: old }) =>
      sameValue(spec?.scopes, old?.scopes) ? [] : [invalid('spec.scopes', spec?.scopes, 'field is immutable')],
  },
})

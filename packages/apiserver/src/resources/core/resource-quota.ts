// ResourceQuotas; admission/resource-quota.ts holds writers to them. Source: kubernetes core/validation ValidateResourceQuota,
// printers printResourceQuota.

import { compareKeys } from '@podwire/engine'
import type { ResourceQuota } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid } from '../../validation/field-errors.ts'
import { defineResource } from '../define-resource.ts'
import { resourceQuotas } from '../served-types.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { validateScopes } from './quota-scopes.ts'
import { validateAmount, validateQuotaResource } from './resource-names.ts'
import { FIELDS_FIRST } from '../update-checks.ts'

function validate({ spec = {} }: ResourceQuota): readonly FieldError[] {
  const errors: FieldError[] = []
  validateHard(spec.hard, 'spec.hard', errors)
  validateScopes(spec, errors)
  return errors
}

function validateHard(amounts: Readonly<Record<string, string>> | undefined, path: string, errors: FieldError[]): void {
  for (const [name, quantity] of Object.entries(amounts ?? {})) {
    validateQuotaResource(name, `${path}[${name}]`, errors)
    validateAmount(name, quantity, `${path}[${name}]`, errors)
  }
}

function validateUpdate({ spec }: ResourceQuota, { spec: old }: ResourceQuota): readonly FieldError[] {
  const [now, before] = [new Set(spec?.scopes), new Set(old?.scopes)]
  const same = now.size === before.size && [...now].every((scope) => before.has(scope))
  return same ? [] : [invalid('spec.scopes', spec?.scopes ?? null, 'field is immutable')]
}

function validateStatusUpdate({ status }: ResourceQuota): readonly FieldError[] {
  const errors: FieldError[] = []
  validateHard(status?.hard, 'status.hard', errors)
  validateHard(status?.used, 'status.used', errors)
  return errors
}

/** `pods: 1/10`, by name. */
function usage({ status }: ResourceQuota, limits: boolean): string {
  return Object.entries(status?.hard ?? {})
    .filter(([name]) => name.startsWith('limits.') === limits)
    .sort(compareKeys)
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
    validateUpdate,
    validateStatusUpdate,
    updateChecks: FIELDS_FIRST,
  },
})

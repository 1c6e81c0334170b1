// Leases. Source: kubernetes coordination/validation, registry/coordination/lease/strategy.go.

import type { Lease } from '../../objects/index.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid } from '../../validation/field-errors.ts'
import { defineResource } from '../define-resource.ts'
import type { Mutable } from '../resource.ts'
import { leases } from '../served-types.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { FIELDS_FIRST } from '../update-checks.ts'

function validate({ spec }: Lease): readonly FieldError[] {
  const errors: FieldError[] = []
  const { leaseDurationSeconds, leaseTransitions } = spec ?? {}
  if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0) {
    errors.push(invalid('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0'))
  }
  if (leaseTransitions !== undefined && leaseTransitions < 0) {
    errors.push(invalid('spec.leaseTransitions', leaseTransitions, 'must be greater than or equal to 0'))
  }
  return errors
}

/** Elections by the server are off, as they are by default: what they need is dropped unless it is there already. */
function dropElection({ spec }: Mutable<Lease>, old?: Lease): void {
  if (spec === undefined) return
  if (old?.spec?.strategy === undefined) delete spec.strategy
  if (old?.spec?.preferredHolder === undefined) delete spec.preferredHolder
}

export const lease = defineResource<Lease>({
  type: leases,
  singular: 'lease',
  schema: 'io.k8s.api.coordination.v1.Lease',
  createOnUpdate: true,
  unconditionalUpdate: false,
  columns: [
    nameColumn(),
    column(
      'Holder',
      { description: columnDescriptions['LeaseSpec.holderIdentity'] },
      (object) => object.spec?.holderIdentity ?? '',
    ),
    ageColumn(),
  ],
  strategy: {
    defaults: (object) => {
      object.spec ??= {}
    },
    prepareForCreate: (object) => dropElection(object),
    prepareForUpdate: dropElection,
    validate,
    updateChecks: FIELDS_FIRST,
  },
})

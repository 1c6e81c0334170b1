// ServiceCIDRs: the ranges ClusterIPs come from. The default one (`kubernetes`) is made when the server starts.
// Source: kubernetes networking/validation ValidateServiceCIDR, registry/networking/servicecidr, printers.
// What becomes of their ranges is in pipeline/further-service-cidrs.ts.

import type { ServiceCIDR } from '../../objects/index.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import { checkCanonicalCidr } from '../../validation/address-checks.ts'
import { parseCidr } from '../../validation/addresses.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid, required } from '../../validation/field-errors.ts'
import { defineResource } from '../define-resource.ts'
import type { Mutable } from '../resource.ts'
import { serviceCidrs } from '../served-types.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'

function validate({ spec }: ServiceCIDR): readonly FieldError[] {
  const errors: FieldError[] = []
  const path = 'spec.cidrs'
  const { cidrs = [] } = spec
  if (cidrs.length === 0) return [required(path, 'at least one CIDR required')]
  if (cidrs.length > 2) return [invalid(path, { CIDRs: cidrs }, 'may only hold up to 2 values')]
  for (const [index, text] of cidrs.entries()) errors.push(...checkCanonicalCidr(text, `${path}[${index}]`))
  const families = cidrs.map((text) => parseCidr(text)?.address.family)
  if (families.length === 2 && families[0] !== undefined && families[0] === families[1]) {
    const text = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64'
    errors.push(invalid(path, cidrs, text))
  }
  return errors
}

/** A range may get its second family later, and nothing else. */
function validateUpdate(object: ServiceCIDR, { spec: old }: ServiceCIDR): readonly FieldError[] {
  const [now, before] = [object.spec.cidrs ?? [], old.cidrs ?? []]
  const grows = before.length === 1 && now.length === 2
  if (now.length !== before.length && !grows)
    return [invalid('spec.cidrs', object.spec.cidrs ?? null, 'field is immutable')]
  const changed = before.flatMap((cidr, index) =>
    now[index] === cidr ? [] : [invalid(`spec.cidrs[${index}]`, now[index], 'field is immutable')],
  )
  // What was added is looked at once more.
  return grows ? [...changed, ...validate(object)] : changed
}

const KEPT_METADATA = ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const

/** Its status brings no metadata along. */
function prepareForStatusUpdate(object: Mutable<ServiceCIDR>, { metadata, spec }: ServiceCIDR): void {
  for (const field of KEPT_METADATA) {
    if (metadata[field] === undefined) delete object.metadata[field]
    else Object.assign(object.metadata, { [field]: metadata[field] })
  }
  object.spec = spec as Mutable<ServiceCIDR>['spec']
}

export const serviceCidr = defineResource<ServiceCIDR>({
  type: serviceCidrs,
  singular: 'servicecidr',
  schema: 'io.k8s.api.networking.v1.ServiceCIDR',
  status: true,
  columns: [
    nameColumn(),
    column('CIDRs', { description: columnDescriptions['ServiceCIDRSpec.cidrs'] }, ({ spec }) =>
      (spec.cidrs ?? []).join(','),
    ),
    ageColumn(),
  ],
  strategy: {
    defaults: (object) => {
      object.spec ??= {}
    },
    prepareForCreate: (object) => {
      object.status = {}
    },
    validate,
    validateUpdate,
    prepareForStatusUpdate,
    updateChecks: ['meta-update', 'changes'],
  },
})

// ServiceCIDRs: the ranges ClusterIPs come from. The default one (`kubernetes`) is made when the server starts.
// Source: kubernetes networking/validation ValidateServiceCIDR, registry/networking/servicecidr, printers.
// Departure: further ranges are stored, but addresses are taken from the server's own range alone.

import type { ServiceCIDR } from '../../objects/index.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import { CIDR_TEXT, formatIp, networkAddress, parseCidr } from '../../validation/addresses.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid, required } from '../../validation/field-errors.ts'
import { sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import { serviceCidrs } from '../served-types.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { WHOLE_THEN_UPDATE } from '../update-checks.ts'

function validate({ spec }: ServiceCIDR): readonly FieldError[] {
  const errors: FieldError[] = []
  const path = 'spec.cidrs'
  const { cidrs = [] } = spec
  if (cidrs.length === 0) return [required(path, 'at least one CIDR required')]
  if (cidrs.length > 2) return [invalid(path, { CIDRs: cidrs }, 'may only hold up to 2 values')]
  for (const [index, text] of cidrs.entries()) validateCidr(text, `${path}[${index}]`, errors)
  const families = cidrs.map((text) => parseCidr(text)?.address.family)
  if (families.length === 2 && families[0] !== undefined && families[0] === families[1]) {
    const text = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64'
    errors.unshift(invalid(path, cidrs, text))
  }
  return errors
}

function validateCidr(text: string, path: string, errors: FieldError[]): void {
  const cidr = parseCidr(text)
  if (cidr === undefined) {
    errors.push(invalid(path, text, CIDR_TEXT))
    return
  }
  const network = networkAddress(cidr)
  const canonical = `${formatIp(network)}/${cidr.prefix}`
  if (!sameValue(network.bytes, cidr.address.bytes)) {
    errors.push(invalid(path, text, 'must not have bits set beyond the prefix length'))
  } else if (canonical !== text) errors.push(invalid(path, text, `must be in canonical form ("${canonical}")`))
}

/** A range may get its second family later, and nothing else. */
function validateUpdate({ spec }: ServiceCIDR, { spec: old }: ServiceCIDR): readonly FieldError[] {
  const [now, before] = [spec.cidrs ?? [], old.cidrs ?? []]
  if (before.length === 2 && !sameValue(now, before)) return [invalid('spec.cidrs', now, 'field is immutable')]
  if (now[0] === before[0]) return []
  return [invalid('spec.cidrs[0]', now[0] ?? '', 'field is immutable')]
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
    updateChecks: WHOLE_THEN_UPDATE,
  },
})

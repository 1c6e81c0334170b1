// IPAddresses: which Service holds a ClusterIP. The server writes one for each address it gives out.
// Source: kubernetes networking/validation ValidateIPAddress, registry/core/service/ipallocator, printers.

import { goPointer } from '../../internal-structs/index.ts'
import type { IPAddress } from '../../objects/index.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid, required } from '../../validation/field-errors.ts'
import { dnsSubdomain, pathSegmentName } from '../../validation/names.ts'
import { sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import { ipAddresses } from '../served-types.ts'
import { NONE } from '../tables/cells.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { WHOLE_THEN_UPDATE } from '../update-checks.ts'

const PARENT_DESCRIPTION =
  'ParentRef references the resource that an IPAddress is attached to. An IPAddress must reference a parent object.'

export function validateIpAddress({ spec }: Pick<IPAddress, 'spec'>): readonly FieldError[] {
  const errors: FieldError[] = []
  const { parentRef } = spec
  const path = 'spec.parentRef'
  if (parentRef === undefined) return [required(path)]
  const { group = '', resource = '', namespace = '', name = '' } = parentRef
  const check = (field: string, value: string, rule: (value: string) => readonly string[]): void => {
    for (const problem of rule(value)) errors.push(invalid(`${path}.${field}`, value, problem))
  }
  if (group !== '') check('group', group, dnsSubdomain)
  if (resource === '') errors.push(required(`${path}.resource`))
  else check('resource', resource, pathSegmentName)
  if (name === '') errors.push(required(`${path}.name`))
  else check('name', name, pathSegmentName)
  if (namespace !== '') check('namespace', namespace, pathSegmentName)
  return errors
}

function parentText({ spec }: IPAddress): string {
  if (spec.parentRef === undefined) return NONE
  const { group = '', resource = '', namespace = '', name = '' } = spec.parentRef
  const kind = (group === '' ? resource : `${resource}.${group}`).toLowerCase()
  return [kind, namespace, name].filter((part) => part !== '').join('/')
}

export const ipAddress = defineResource<IPAddress>({
  type: ipAddresses,
  singular: 'ipaddress',
  shortNames: ['ip'],
  schema: 'io.k8s.api.networking.v1.IPAddress',
  nameRule: 'ip-address',
  columns: [
    nameColumn(),
    column('ParentRef', { description: PARENT_DESCRIPTION }, parentText),
    // Rows have an age that the server forgets to declare.
    { ...ageColumn<IPAddress>(), undeclared: true },
  ],
  strategy: {
    defaults: (object) => {
      object.spec ??= {} as typeof object.spec
      const { parentRef } = object.spec
      if (parentRef?.group === '') delete parentRef.group
      if (parentRef?.namespace === '') delete parentRef.namespace
    },
    validate: validateIpAddress,
    validateUpdate: ({ spec }, { spec: old }) =>
      sameValue(spec.parentRef, old.parentRef)
        ? []
        : [invalid('spec.parentRef', goPointer('networking.ParentReference', spec.parentRef), 'field is immutable')],
    updateChecks: WHOLE_THEN_UPDATE,
  },
})

// EndpointSlices. Source: kubernetes discovery/validation, registry/discovery/endpointslice, printers printEndpointSlice. Absent and
// empty lists are shown as null (wire-nulls.ts).

import type { DiscoveryEndpointPort, EndpointSlice } from '../../objects/index.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import { warnAboutIp } from '../../validation/address-checks.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { duplicate, invalid, notSupported, required, tooMany } from '../../validation/field-errors.ts'
import { dnsLabel, dnsSubdomain, qualifiedName } from '../../validation/names.ts'
import { sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import type { Mutable, StrategyContext } from '../resource.ts'
import { endpointSlices } from '../served-types.ts'
import { clipped } from '../tables/cells.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { validateEndpoints } from './endpoint-validation.ts'

const PROTOCOLS = ['SCTP', 'TCP', 'UDP']
const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6']
const MAX_PORTS = 20_000
const UNSET = '<unset>'
const CONTROLLERS: ReadonlySet<string> = new Set([
  'endpointslice-controller.k8s.io',
  'endpointslicemirroring-controller.k8s.io',
])
const HOSTNAME = 'kubernetes.io/hostname'
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by'

export function defaultSlice(slice: Mutable<EndpointSlice>): void {
  for (const port of slice.ports ?? []) {
    port.name ??= ''
    port.protocol ??= 'TCP'
  }
  for (const endpoint of slice.endpoints ?? []) endpoint.conditions ??= {}
}

/** Topology of the beta API is dropped from what v1 writes. What it said about nodes before is kept in the new field. */
function dropTopology(slice: Mutable<EndpointSlice>, old?: EndpointSlice): void {
  const nodes = new Set((old?.endpoints ?? []).map(({ deprecatedTopology }) => deprecatedTopology?.[HOSTNAME]))
  for (const endpoint of slice.endpoints ?? []) {
    const node = endpoint.deprecatedTopology?.[HOSTNAME]
    if (endpoint.nodeName === undefined && node !== undefined && nodes.has(node) && dnsSubdomain(node).length === 0) {
      endpoint.nodeName = node
    }
    delete endpoint.deprecatedTopology
  }
}

/** Slices of requests that change more than metadata, judged by what was sent: topology that is dropped then counts, too. */
const changed = new WeakSet<object>()

function differs(slice: Mutable<EndpointSlice>, old: EndpointSlice): boolean {
  return (
    slice.addressType !== old.addressType ||
    !sameValue(slice.endpoints, old.endpoints ?? []) ||
    !sameValue(slice.ports ?? [], old.ports ?? []) ||
    !sameValue(slice.metadata.labels ?? {}, old.metadata.labels ?? {})
  )
}

function validate(slice: EndpointSlice, _context: StrategyContext, old?: EndpointSlice): readonly FieldError[] {
  const errors: FieldError[] = []
  const addressType = slice.addressType ?? ''
  if (addressType === '') errors.push(required('addressType'))
  else if (!ADDRESS_TYPES.includes(addressType)) errors.push(notSupported('addressType', addressType, ADDRESS_TYPES))
  validatePorts(slice.ports ?? [], errors)
  // Endpoints that are as they were are let be.
  if (old === undefined || !sameValue(slice.endpoints ?? [], old.endpoints ?? [])) {
    validateEndpoints(slice.endpoints ?? [], addressType, errors)
  }
  return errors
}

function validatePorts(ports: readonly DiscoveryEndpointPort[], errors: FieldError[]): void {
  if (ports.length > MAX_PORTS) {
    errors.push(tooMany('ports', ports.length, MAX_PORTS))
    return
  }
  const names = new Set<string>()
  for (const [index, { name = '', protocol, appProtocol }] of ports.entries()) {
    const path = `ports[${index}]`
    if (name !== '') for (const problem of dnsLabel(name)) errors.push(invalid(`${path}.name`, name, problem))
    if (names.has(name)) errors.push(duplicate(`${path}.name`, name))
    names.add(name)
    if (protocol === undefined) errors.push(required(`${path}.protocol`))
    else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${path}.protocol`, protocol, PROTOCOLS))
    if (appProtocol !== undefined) {
      for (const problem of qualifiedName(appProtocol))
        errors.push(invalid(`${path}.appProtocol`, appProtocol, problem))
    }
  }
}

function validateUpdate(slice: EndpointSlice, old: EndpointSlice): readonly FieldError[] {
  return slice.addressType === old.addressType ? [] : [invalid('addressType', slice.addressType, 'field is immutable')]
}

function warn(slice: EndpointSlice, context: StrategyContext, old?: EndpointSlice): void {
  if (slice.addressType === 'FQDN' && old === undefined) {
    context.warn('spec.addressType: FQDN endpoints are deprecated')
  }
  // Its own controllers write only good addresses.
  if (CONTROLLERS.has(slice.metadata.labels?.[MANAGED_BY] ?? '')) return
  for (const [index, { addresses = [] }] of (slice.endpoints ?? []).entries()) {
    for (const [at, address] of addresses.entries()) {
      warnAboutIp(address, `endpoints[${index}].addresses[${at}]`, context.warn)
    }
  }
}

function portsText({ ports }: EndpointSlice): string {
  return clipped((ports ?? []).map(({ port, name = '*' }) => String(port ?? name))) || UNSET
}

function endpointsText({ endpoints }: EndpointSlice): string {
  const addresses = (endpoints ?? []).flatMap((endpoint) => endpoint.addresses)
  return addresses.length === 0 ? UNSET : clipped(addresses)
}

export const endpointSlice = defineResource<EndpointSlice>({
  type: endpointSlices,
  singular: 'endpointslice',
  schema: 'io.k8s.api.discovery.v1.EndpointSlice',
  columns: [
    nameColumn(),
    column(
      'AddressType',
      { description: columnDescriptions['EndpointSlice.addressType'] },
      (slice) => slice.addressType,
    ),
    column('Ports', { description: columnDescriptions['EndpointSlice.ports'] }, portsText),
    column('Endpoints', { description: columnDescriptions['EndpointSlice.endpoints'] }, endpointsText),
    ageColumn(),
  ],
  strategy: {
    defaults: defaultSlice,
    prepareForCreate: (slice, { spoken }) => {
      if (spoken !== undefined) return
      dropTopology(slice)
      slice.endpoints ??= []
    },
    // Absent and empty are told apart only until it is known who set the list.
    prepareForUpdate: (slice, old, { spoken }) => {
      slice.endpoints ??= []
      if (differs(slice, old)) changed.add(slice)
      if (spoken === undefined && !sameValue(slice.endpoints, old.endpoints)) dropTopology(slice, old)
    },
    warn,
    validate,
    validateUpdate,
    bumpsGeneration: (slice) => changed.has(slice),
    updateChecks: ['meta', 'whole', 'changes'],
  },
})

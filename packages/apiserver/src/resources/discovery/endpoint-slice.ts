// EndpointSlices. Source: kubernetes discovery/validation, registry/discovery/endpointslice, printers printEndpointSlice.
// Departure: lists that are empty or absent are shown so, where the real server shows null.

import type { DiscoveryEndpointPort, Endpoint, EndpointSlice } from '../../objects/index.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import { checkEndpointIp, parseIp } from '../../validation/addresses.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { duplicate, invalid, notSupported, required, tooMany } from '../../validation/field-errors.ts'
import { dnsLabel, dnsSubdomain, qualifiedName } from '../../validation/names.ts'
import { sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import type { Mutable, StrategyContext } from '../resource.ts'
import { endpointSlices } from '../served-types.ts'
import { clipped } from '../tables/cells.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'

const PROTOCOLS = ['SCTP', 'TCP', 'UDP']
const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6']
const MAX_ENDPOINTS = 1000
const MAX_ADDRESSES = 100
const MAX_PORTS = 20_000
const UNSET = '<unset>'

function defaults(slice: Mutable<EndpointSlice>): void {
  for (const port of slice.ports ?? []) {
    port.name ??= ''
    port.protocol ??= 'TCP'
  }
  for (const endpoint of slice.endpoints ?? []) endpoint.conditions ??= {}
}

function validate(slice: EndpointSlice): readonly FieldError[] {
  const errors: FieldError[] = []
  const addressType = slice.addressType ?? ''
  if (addressType === '') errors.push(required('addressType'))
  else if (!ADDRESS_TYPES.includes(addressType)) errors.push(notSupported('addressType', addressType, ADDRESS_TYPES))
  validateEndpoints(slice.endpoints ?? [], addressType, errors)
  validatePorts(slice.ports ?? [], errors)
  return errors
}

function validateEndpoints(endpoints: readonly Endpoint[], addressType: string, errors: FieldError[]): void {
  if (endpoints.length > MAX_ENDPOINTS) {
    errors.push(tooMany('endpoints', endpoints.length, MAX_ENDPOINTS))
    return
  }
  for (const [index, endpoint] of endpoints.entries())
    validateEndpoint(endpoint, addressType, `endpoints[${index}]`, errors)
}

function validateEndpoint(endpoint: Endpoint, addressType: string, path: string, errors: FieldError[]): void {
  const addresses = endpoint.addresses ?? []
  if (addresses.length === 0) errors.push(required(`${path}.addresses`, 'must contain at least 1 address'))
  else if (addresses.length > MAX_ADDRESSES) errors.push(tooMany(`${path}.addresses`, addresses.length, MAX_ADDRESSES))
  for (const [index, address] of addresses.entries()) {
    validateAddress(address, addressType, `${path}.addresses`, index, errors)
  }
  const { hostname, nodeName } = endpoint
  if (nodeName !== undefined)
    for (const problem of dnsSubdomain(nodeName)) errors.push(invalid(`${path}.nodeName`, nodeName, problem))
  if (hostname !== undefined)
    for (const problem of dnsLabel(hostname)) errors.push(invalid(`${path}.hostname`, hostname, problem))
}

function validateAddress(
  address: string,
  addressType: string,
  path: string,
  index: number,
  errors: FieldError[],
): void {
  if (addressType === 'FQDN') {
    for (const problem of dnsSubdomain(address)) errors.push(invalid(`${path}[${index}]`, address, problem))
    return
  }
  if (addressType !== 'IPv4' && addressType !== 'IPv6') return
  const parsed = parseIp(address)
  if (parsed !== undefined && parsed.family !== addressType) {
    errors.push(invalid(path, address, `must be an ${addressType} address`))
  }
  errors.push(...checkEndpointIp(address, `${path}[${index}]`))
}

function validatePorts(ports: readonly DiscoveryEndpointPort[], errors: FieldError[]): void {
  if (ports.length > MAX_PORTS) {
    errors.push(tooMany('ports', ports.length, MAX_PORTS))
    return
  }
  const names = new Set<string>()
  for (const [index, { name = '', protocol = '', appProtocol }] of ports.entries()) {
    const path = `ports[${index}]`
    if (name !== '') for (const problem of dnsLabel(name)) errors.push(invalid(`${path}.name`, name, problem))
    if (names.has(name)) errors.push(duplicate(`${path}.name`, name))
    names.add(name)
    if (protocol === '') errors.push(required(`${path}.protocol`))
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

function warn(slice: EndpointSlice, context: StrategyContext): void {
  if (slice.addressType === 'FQDN') context.warn('spec.addressType: FQDN endpoints are deprecated')
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
    defaults,
    // Topology of the beta API: gone, and dropped from new objects.
    prepareForCreate: (slice) => {
      for (const endpoint of slice.endpoints ?? []) delete endpoint.deprecatedTopology
      slice.endpoints ??= []
    },
    // Absent and empty are told apart only until it is known who set the list.
    prepareForUpdate: (slice) => {
      slice.endpoints ??= []
    },
    warn,
    validate,
    validateUpdate,
    bumpsGeneration: (slice, old) =>
      !sameValue(slice.endpoints, old.endpoints) ||
      !sameValue(slice.ports, old.ports) ||
      !sameValue(slice.metadata.labels, old.metadata.labels) ||
      !sameValue(slice.metadata.annotations, old.metadata.annotations),
  },
})

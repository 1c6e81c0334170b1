// Endpoints (deprecated, still written by its controller and read by old clients).
// Source: kubernetes core/validation ValidateEndpoints, endpoints/util.go RepackSubsets, printers printEndpoints.

import type { EndpointAddress, EndpointPort, Endpoints, EndpointSubset } from '../../objects/index.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import { checkEndpointIp, checkIp, warnAboutIp } from '../../validation/address-checks.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { invalid, notSupported, required } from '../../validation/field-errors.ts'
import { dnsLabel, dnsSubdomain, portNumber, qualifiedName } from '../../validation/names.ts'
import { defineResource } from '../define-resource.ts'
import type { Mutable, StrategyContext } from '../resource.ts'
import { endpoints as endpointsType } from '../served-types.ts'
import { clipped, NONE } from '../tables/cells.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'

const PROTOCOLS = ['SCTP', 'TCP', 'UDP']

function defaults(object: Mutable<Endpoints>): void {
  for (const subset of object.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= 'TCP'
  if (object.subsets?.length === 0) delete object.subsets
}

function validate({ subsets = [] }: Endpoints, _context: StrategyContext, old?: Endpoints): readonly FieldError[] {
  const errors: FieldError[] = []
  for (const [index, subset] of subsets.entries()) validateSubset(subset, old, `subsets[${index}]`, errors)
  return errors
}

function validateSubset(subset: EndpointSubset, old: Endpoints | undefined, path: string, errors: FieldError[]): void {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset
  if (addresses.length === 0 && notReadyAddresses.length === 0) {
    errors.push(required(path, 'must specify `addresses` or `notReadyAddresses`'))
  }
  for (const [index, address] of addresses.entries()) {
    validateAddress(address, old, `${path}.addresses[${index}]`, errors)
  }
  for (const [index, address] of notReadyAddresses.entries()) {
    validateAddress(address, old, `${path}.notReadyAddresses[${index}]`, errors)
  }
  for (const [index, port] of ports.entries()) validatePort(port, ports.length > 1, `${path}.ports[${index}]`, errors)
}

function validateAddress(
  address: EndpointAddress,
  old: Endpoints | undefined,
  path: string,
  errors: FieldError[],
): void {
  const { ip, hostname = '', nodeName } = address
  // The syntax is checked twice, with two texts for what is no address at all.
  const problems = checkIp(ip, `${path}.ip`)
  if (problems.length > 0 && !hasAddress(old, ip)) errors.push(...problems)
  if (hostname !== '') {
    for (const problem of dnsLabel(hostname)) errors.push(invalid(`${path}.hostname`, hostname, problem))
  }
  if (nodeName !== undefined) {
    for (const problem of dnsSubdomain(nodeName)) errors.push(invalid(`${path}.nodeName`, nodeName, problem))
  }
  errors.push(...checkEndpointIp(ip, `${path}.ip`))
}

function hasAddress(object: Endpoints | undefined, ip: string): boolean {
  return (object?.subsets ?? []).some(({ addresses = [], notReadyAddresses = [] }) =>
    [...addresses, ...notReadyAddresses].some((address) => address.ip === ip),
  )
}

/** Its own controller writes only good ones. */
function warn({ metadata, subsets = [] }: Endpoints, context: StrategyContext): void {
  if (metadata.labels?.['endpoints.kubernetes.io/managed-by'] === 'endpoint-controller') return
  for (const [index, subset] of subsets.entries()) {
    for (const field of ['addresses', 'notReadyAddresses'] as const) {
      for (const [at, { ip }] of (subset[field] ?? []).entries()) {
        warnAboutIp(ip, `subsets[${index}].${field}[${at}].ip`, context.warn)
      }
    }
  }
}

function validatePort(port: EndpointPort, needsName: boolean, path: string, errors: FieldError[]): void {
  const { name = '', protocol = '', appProtocol } = port
  if (name === '') {
    if (needsName) errors.push(required(`${path}.name`))
  } else for (const problem of dnsLabel(name)) errors.push(invalid(`${path}.name`, name, problem))
  for (const problem of portNumber(port.port)) errors.push(invalid(`${path}.port`, port.port, problem))
  if (protocol === '') errors.push(required(`${path}.protocol`))
  else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(`${path}.protocol`, protocol, PROTOCOLS))
  if (appProtocol !== undefined) {
    for (const problem of qualifiedName(appProtocol)) errors.push(invalid(`${path}.appProtocol`, appProtocol, problem))
  }
}

function endpointsText({ subsets = [] }: Endpoints): string {
  if (subsets.length === 0) return NONE
  const texts = subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap((port) => addresses.map(({ ip }) => `${ip.includes(':') ? `[${ip}]` : ip}:${port.port}`)),
  )
  return clipped(texts)
}

export const endpoints = defineResource<Endpoints>({
  type: endpointsType,
  singular: 'endpoints',
  shortNames: ['ep'],
  schema: 'io.k8s.api.core.v1.Endpoints',
  createOnUpdate: true,
  deprecationWarning: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  columns: [
    nameColumn(),
    column('Endpoints', { description: columnDescriptions['Endpoints.subsets'] }, endpointsText),
    ageColumn(),
  ],
  strategy: { defaults, validate, warn },
})

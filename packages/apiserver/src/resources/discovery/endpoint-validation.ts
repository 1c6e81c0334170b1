// The endpoints of an EndpointSlice: addresses of its type, names, topology and hints.
// Source: kubernetes discovery/validation (validateEndpoints, validateHints).

import type { Endpoint } from '../../objects/index.ts'
import { checkCanonicalIp, checkIp, unreachable } from '../../validation/address-checks.ts'
import { parseIp } from '../../validation/addresses.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { duplicate, invalid, required, tooMany } from '../../validation/field-errors.ts'
import { validateLabels } from '../../validation/labels.ts'
import { dnsLabel, dnsSubdomain, labelValue } from '../../validation/names.ts'

const MAX_ENDPOINTS = 1000
const MAX_ADDRESSES = 100
const MAX_TOPOLOGY_LABELS = 16
const MAX_HINTS = 8

export function validateEndpoints(endpoints: readonly Endpoint[], addressType: string, errors: FieldError[]): void {
  if (endpoints.length > MAX_ENDPOINTS) {
    errors.push(tooMany('endpoints', endpoints.length, MAX_ENDPOINTS))
    return
  }
  for (const [index, endpoint] of endpoints.entries()) {
    const path = `endpoints[${index}]`
    validateAddresses(endpoint.addresses ?? [], addressType, path, errors)
    validateRest(endpoint, path, errors)
  }
}

function validateAddresses(
  addresses: readonly string[],
  addressType: string,
  endpoint: string,
  errors: FieldError[],
): void {
  const path = `${endpoint}.addresses`
  if (addresses.length === 0) errors.push(required(path, 'must contain at least 1 address'))
  else if (addresses.length > MAX_ADDRESSES) errors.push(tooMany(path, addresses.length, MAX_ADDRESSES))
  for (const [index, address] of addresses.entries()) {
    if (addressType === 'FQDN') validateDomain(address, `${path}[${index}]`, errors)
    else if (addressType === 'IPv4' || addressType === 'IPv6') {
      validateIp(address, addressType, path, index, errors)
    }
  }
}

function validateIp(text: string, family: 'IPv4' | 'IPv6', path: string, index: number, errors: FieldError[]): void {
  const address = parseIp(text)
  // IPv6 came with the stricter rules.
  const problems = (family === 'IPv6' ? checkCanonicalIp : checkIp)(text, `${path}[${index}]`)
  errors.push(...problems)
  if (problems.length > 0 || address === undefined) return
  // The real server names the list here, not the address.
  if (address.family !== family) errors.push(invalid(path, text, `must be an ${family} address`))
  const why = unreachable(address, text)
  if (why !== undefined) errors.push(invalid(`${path}[${index}]`, text, why))
}

/** A domain of at least two labels; a dot at its end is fine. */
function validateDomain(text: string, path: string, errors: FieldError[]): void {
  if (text === '') {
    errors.push(required(path))
    return
  }
  const name = text.endsWith('.') ? text.slice(0, -1) : text
  const problems = dnsSubdomain(name)
  const labels = name.split('.')
  const long = labels.find((label) => dnsLabel(label).length > 0)
  if (problems.length > 0) errors.push(invalid(path, name, problems.join(',')))
  else if (labels.length < 2) {
    errors.push(invalid(path, name, 'should be a domain with at least two segments separated by dots'))
  } else if (long !== undefined) errors.push(invalid(path, long, dnsLabel(long).join(',')))
}

function validateRest(endpoint: Endpoint, path: string, errors: FieldError[]): void {
  const { hostname, nodeName, deprecatedTopology: topology, hints } = endpoint
  if (nodeName !== undefined) {
    for (const problem of dnsSubdomain(nodeName)) errors.push(invalid(`${path}.nodeName`, nodeName, problem))
  }
  if (topology !== undefined) {
    const at = `${path}.deprecatedTopology`
    const count = Object.keys(topology).length
    if (count > MAX_TOPOLOGY_LABELS) errors.push(tooMany(at, count, MAX_TOPOLOGY_LABELS))
    validateLabels(topology, at, errors)
  }
  if (hostname !== undefined) {
    for (const problem of dnsLabel(hostname)) errors.push(invalid(`${path}.hostname`, hostname, problem))
  }
  if (hints === undefined) return
  const { forZones = [] } = hints
  validateHints(forZones, `${path}.hints.forZones`, labelValue, errors)
  if (forZones.length > MAX_HINTS) return
  validateHints(hints.forNodes, `${path}.hints.forNodes`, dnsSubdomain, errors)
}

/** For which zones or nodes an endpoint is meant: a few, each once. */
function validateHints(
  hints: readonly { readonly name: string }[] | undefined,
  path: string,
  rule: (name: string) => readonly string[],
  errors: FieldError[],
): void {
  if (hints === undefined) return
  if (hints.length > MAX_HINTS) {
    errors.push(tooMany(path, hints.length, MAX_HINTS))
    return
  }
  const seen = new Set<string>()
  for (const [index, { name = '' }] of hints.entries()) {
    const at = `${path}[${index}].name`
    if (seen.has(name)) errors.push(duplicate(at, name))
    seen.add(name)
    for (const problem of rule(name)) errors.push(invalid(at, name, problem))
  }
}

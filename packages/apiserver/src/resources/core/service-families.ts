// IP families of a Service: checks of clusterIPs, ipFamilies and ipFamilyPolicy, and what is filled in.
// Source: kubernetes core/validation ValidateServiceClusterIPsRelatedFields, registry/core/service/storage/alloc.go.

import type { Service } from '../../objects/index.ts'
import { checkIp } from '../../validation/address-checks.ts'
import { parseIp } from '../../validation/addresses.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { duplicate, invalid, notSupported, required } from '../../validation/field-errors.ts'
import { invalidStatus } from '../../validation/invalid-status.ts'
import { sameValue } from '../compare.ts'
import type { Family, Mutable } from '../resource.ts'
import { HEADLESS, isHeadless, needsClusterIp } from './service-needs.ts'

const FAMILIES: readonly string[] = ['IPv4', 'IPv6']
const POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack']
const NOT_DUAL_STACK = 'this cluster is not configured for dual-stack services'

/**
 * Fills in policy and families, or throws. The order of the steps decides which errors come together: what is wrong with the request,
 * then what this cluster does not have. `configured` lists the cluster's families, primary first.
 */
export function initFamilies(service: Mutable<Service>, old: Service | undefined, configured: readonly Family[]): void {
  if (!needsClusterIp(service)) return
  if (old !== undefined && keepsPreference(service, old)) return
  const { spec } = service
  const boundless = isHeadless(service) && Object.keys(spec.selector ?? {}).length === 0
  spec.ipFamilyPolicy ??= old?.spec.ipFamilyPolicy ?? (boundless ? 'RequireDualStack' : 'SingleStack')
  refuse(service, validateFamilies(service, old))
  const errors = old === undefined ? [] : releaseSecond(service, old)
  refuse(service, [...errors, ...policyErrors(service), ...inferFamilies(service, configured)])
  // Endpoints that people write themselves may be of families the cluster's own addresses are not of.
  if (!boundless) refuse(service, unconfigured(service, configured))
  if (spec.ipFamilies === undefined || spec.ipFamilies.length === 0) spec.ipFamilies = [configured[0] ?? 'IPv4']
  const [first] = spec.ipFamilies
  const dual = spec.ipFamilyPolicy !== 'SingleStack' && (boundless || configured.length > 1)
  if (dual && spec.ipFamilies.length === 1) spec.ipFamilies = [...spec.ipFamilies, first === 'IPv4' ? 'IPv6' : 'IPv4']
}

function refuse(service: Service, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidStatus('Service', '', service.metadata.name, errors)
}

/** An unchanged PreferDualStack Service is not upgraded or downgraded behind its owner's back. */
export function keepsPreference({ spec }: Service, { spec: old }: Service): boolean {
  return (
    spec.ipFamilyPolicy === 'PreferDualStack' &&
    old.ipFamilyPolicy === 'PreferDualStack' &&
    spec.type === old.type &&
    sameValue(spec.clusterIPs ?? [], old.clusterIPs ?? []) &&
    sameValue(spec.ipFamilies ?? [], old.ipFamilies ?? [])
  )
}

/** Asking for one family releases the second address; taking the second one off without asking is an error. */
function releaseSecond({ spec }: Mutable<Service>, { spec: old }: Service): readonly FieldError[] {
  const { clusterIPs = [], ipFamilies = [], ipFamilyPolicy = '' } = spec
  if (ipFamilyPolicy === 'SingleStack') {
    if (clusterIPs.length > 1 && sameValue(clusterIPs, old.clusterIPs)) spec.clusterIPs = clusterIPs.slice(0, 1)
    if (ipFamilies.length > 1 && sameValue(ipFamilies, old.ipFamilies)) spec.ipFamilies = ipFamilies.slice(0, 1)
    return []
  }
  const errors: FieldError[] = []
  const shrinks = (now: readonly string[], before: readonly string[] = []): boolean =>
    now.length > 0 && now.length < before.length
  const refused = (what: string): void => {
    const text = `must be 'SingleStack' to release the secondary ${what}`
    errors.push(invalid('spec.ipFamilyPolicy', ipFamilyPolicy, text))
  }
  if (shrinks(clusterIPs, old.clusterIPs)) refused('cluster IP')
  if (shrinks(ipFamilies, old.ipFamilies)) refused('IP family')
  return errors
}

function policyErrors({ spec }: Service): readonly FieldError[] {
  const { ipFamilyPolicy: policy = '', ipFamilies = [], clusterIPs = [] } = spec
  if (policy !== 'SingleStack') return []
  const refused = (what: string): FieldError =>
    invalid(
      'spec.ipFamilyPolicy',
      policy,
      `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`,
    )
  return [
    ...(clusterIPs.length === 2 ? [refused('cluster IPs')] : []),
    ...(ipFamilies.length === 2 ? [refused('IP families')] : []),
  ]
}

/** Addresses say of which families a Service is, where it does not. */
function inferFamilies({ spec }: Mutable<Service>, configured: readonly Family[]): readonly FieldError[] {
  const errors: FieldError[] = []
  const families = [...(spec.ipFamilies ?? [])]
  for (const [index, address] of (spec.clusterIPs ?? []).entries()) {
    if (address === HEADLESS) break
    const family = parseIp(address)?.family
    if (family === undefined || index < families.length) continue
    if (configured.includes(family)) families.push(family)
    else {
      const text = `${family} is not configured on this cluster`
      errors.push(invalid(`spec.clusterIPs[${index}]`, spec.clusterIPs, text))
    }
  }
  spec.ipFamilies = families
  return errors
}

function unconfigured({ spec }: Service, configured: readonly Family[]): readonly FieldError[] {
  const { ipFamilyPolicy = '', ipFamilies = [] } = spec
  return [
    ...(ipFamilyPolicy === 'RequireDualStack' && configured.length < 2
      ? [invalid('spec.ipFamilyPolicy', ipFamilyPolicy, NOT_DUAL_STACK)]
      : []),
    ...ipFamilies.flatMap((family, index) =>
      configured.some((known) => known === family)
        ? []
        : [invalid(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster')],
    ),
  ]
}

/** Checks of the fields by themselves; also part of plain validation. @param old addresses it has already are let be */
export function validateFamilies(service: Service, old: Service | undefined): readonly FieldError[] {
  if (!needsClusterIp(service)) return []
  const errors: FieldError[] = []
  const { clusterIP = '', clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = service.spec
  const path = 'spec.clusterIPs'
  if (clusterIP === '') {
    if (clusterIPs.length > 0) errors.push(invalid(path, clusterIPs, 'must be empty when `clusterIP` is not specified'))
  } else if (clusterIPs.length === 0) errors.push(required(path))
  else if (clusterIPs[0] !== clusterIP) errors.push(invalid(path, clusterIPs, 'first value must match `clusterIP`'))
  for (const [index, family] of ipFamilies.entries()) {
    if (!FAMILIES.includes(family)) errors.push(notSupported(`spec.ipFamilies[${index}]`, family, FAMILIES))
    if (ipFamilies.indexOf(family) < index) errors.push(duplicate(`spec.ipFamilies[${index}]`, family))
  }
  if (ipFamilyPolicy !== undefined && !POLICIES.includes(ipFamilyPolicy)) {
    errors.push(notSupported('spec.ipFamilyPolicy', ipFamilyPolicy, POLICIES))
  }
  const problems = addressProblems(clusterIPs, old?.spec.clusterIPs)
  errors.push(...problems)
  if (clusterIPs.length > 2) errors.push(invalid(path, clusterIPs, 'may only hold up to 2 values'))
  // What follows says nothing more of addresses that are none.
  if (problems.length === 0) validateFamiliesOf(clusterIPs, ipFamilies, errors)
  return errors
}

function addressProblems(addresses: readonly string[], old: readonly string[] | undefined): readonly FieldError[] {
  const path = 'spec.clusterIPs'
  return addresses.flatMap((text, index) => {
    if (index > 0 || text !== HEADLESS) return checkIp(text, `${path}[${index}]`, old)
    return addresses.length === 1 ? [] : [invalid(path, addresses, "'None' must be the first and only value")]
  })
}

function validateFamiliesOf(addresses: readonly string[], wanted: readonly string[], errors: FieldError[]): void {
  const path = 'spec.clusterIPs'
  const families = addresses.map((text) => parseIp(text)?.family)
  if (addresses.length > 1 && new Set(families).size < 2) {
    errors.push(invalid(path, addresses, 'may specify no more than one IP for each IP family'))
  }
  if (addresses[0] === HEADLESS) return
  for (const [index, text] of addresses.entries()) {
    const family = wanted[index]
    if (family === undefined || !FAMILIES.includes(family) || family === families[index]) continue
    const problem = `expected an ${family} value as indicated by \`ipFamilies[${index}]\``
    errors.push(invalid(`${path}[${index}]`, text, problem))
  }
}

const FIXED = 'may not change once set'

/** Addresses and families, once given, stay; only the second ones may be released. */
export function validateFamilyChange(service: Service, old: Service): readonly FieldError[] {
  if (!needsClusterIp(service) || !needsClusterIp(old)) return []
  const errors: FieldError[] = []
  const [headless, wasHeadless] = [isHeadless(service), isHeadless(old)]
  if (!headless || !wasHeadless) validateAddressChange(service.spec, old.spec, errors)
  if (!headless && !wasHeadless) validateFamilyFieldChange(service.spec, old.spec, errors)
  return errors
}

function validateAddressChange(spec: Service['spec'], old: Service['spec'], errors: FieldError[]): void {
  const [now, before] = [spec.clusterIPs ?? [], old.clusterIPs ?? []]
  const first = 'spec.clusterIPs[0]'
  if (now.length === before.length) {
    for (const [index, address] of before.entries()) {
      if (address !== now[index]) errors.push(invalid(`spec.clusterIPs[${index}]`, now, FIXED))
    }
    return
  }
  if (now.length === 0) errors.push(invalid(first, now, 'primary clusterIP can not be unset'))
  else if (before.length > 0 && now[0] !== before[0]) errors.push(invalid(first, now, FIXED))
  if (now.length === 1 && before.length > 1) checkRelease(spec, 'clusterIP', errors)
}

function validateFamilyFieldChange(spec: Service['spec'], old: Service['spec'], errors: FieldError[]): void {
  const [now, before] = [spec.ipFamilies ?? [], old.ipFamilies ?? []]
  const first = 'spec.ipFamilies[0]'
  if (now.length === before.length) {
    // Whichever differs, the server names the first.
    for (const [index, family] of before.entries()) {
      if (family !== now[index]) errors.push(invalid(first, now, FIXED))
    }
    return
  }
  const shrinks = now.length < before.length
  if (shrinks && (spec.clusterIPs ?? []).length === 0) {
    errors.push(invalid(first, now, 'primary ipFamily can not be unset'))
  }
  // The server shows the addresses here.
  if (now.length > 0 && before.length > 0 && now[0] !== before[0]) {
    errors.push(invalid(first, spec.clusterIPs ?? [], FIXED))
  }
  if (shrinks && now.length === 1) checkRelease(spec, 'ipFamily', errors)
}

function checkRelease({ ipFamilyPolicy }: Service['spec'], what: string, errors: FieldError[]): void {
  if (ipFamilyPolicy === 'SingleStack') return
  const text = `must be set to 'SingleStack' when releasing the secondary ${what}`
  errors.push(invalid('spec.ipFamilyPolicy', ipFamilyPolicy ?? null, text))
}

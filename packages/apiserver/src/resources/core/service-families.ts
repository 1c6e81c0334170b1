// IP families of a Service: checks of clusterIPs, ipFamilies and ipFamilyPolicy, and what is filled in.
// Source: kubernetes core/validation ValidateServiceClusterIPsRelatedFields, registry/core/service/storage/alloc.go.

import type { Service } from '../../objects/index.ts'
import { checkIp } from '../../validation/address-checks.ts'
import { parseIp } from '../../validation/addresses.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { duplicate, invalid, notSupported, required } from '../../validation/field-errors.ts'
import { invalidStatus } from '../../validation/invalid-status.ts'
import { sameValue } from '../compare.ts'
import type { Mutable } from '../resource.ts'
import { HEADLESS, isHeadless, needsClusterIp } from './service-needs.ts'

export type Family = 'IPv4' | 'IPv6'

const FAMILIES: readonly string[] = ['IPv4', 'IPv6']
const POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack']
const NOT_DUAL_STACK = 'this cluster is not configured for dual-stack services'

/** Fills in policy and families, or throws. `configured` lists the cluster's families, primary first. */
export function initFamilies(service: Mutable<Service>, old: Service | undefined, configured: readonly Family[]): void {
  if (!needsClusterIp(service)) return
  if (old !== undefined && keepsPreference(service, old)) return
  const { spec } = service
  if (old !== undefined) trimToSingleStack(service, old)
  refuse(service, validateFamilies(service, old))
  const wholeWorld = isHeadless(service) && Object.keys(spec.selector ?? {}).length === 0
  spec.ipFamilyPolicy ??= old?.spec.ipFamilyPolicy ?? (wholeWorld ? 'RequireDualStack' : 'SingleStack')
  const unbound = wholeWorld && spec.ipFamilyPolicy !== 'SingleStack'
  refuse(service, checkPolicy(service, configured, unbound))
  fillFamilies(service, configured, unbound)
}

function refuse(service: Service, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidStatus('Service', '', service.metadata.name, errors)
}

/** An unchanged PreferDualStack Service is not upgraded or downgraded behind its owner's back. */
function keepsPreference({ spec }: Service, { spec: old }: Service): boolean {
  return (
    spec.ipFamilyPolicy === 'PreferDualStack' &&
    old.ipFamilyPolicy === 'PreferDualStack' &&
    spec.type === old.type &&
    sameValue(spec.clusterIPs, old.clusterIPs) &&
    sameValue(spec.ipFamilies, old.ipFamilies)
  )
}

/** Going back to one family releases the second address. */
function trimToSingleStack({ spec }: Mutable<Service>, { spec: old }: Service): void {
  if (spec.ipFamilyPolicy !== 'SingleStack' || old.ipFamilyPolicy === 'SingleStack') return
  if (sameValue(spec.clusterIPs, old.clusterIPs) && spec.clusterIPs !== undefined)
    spec.clusterIPs = spec.clusterIPs.slice(0, 1)
  if (sameValue(spec.ipFamilies, old.ipFamilies) && spec.ipFamilies !== undefined)
    spec.ipFamilies = spec.ipFamilies.slice(0, 1)
}

function checkPolicy({ spec }: Service, configured: readonly Family[], unbound: boolean): readonly FieldError[] {
  const errors: FieldError[] = []
  const { ipFamilyPolicy: policy = '', ipFamilies = [], clusterIPs = [] } = spec
  if (policy === 'SingleStack' && (clusterIPs.length > 1 || ipFamilies.length > 1)) {
    const what = clusterIPs.length > 1 ? 'cluster IPs' : 'IP families'
    const text = `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`
    return [invalid('spec.ipFamilyPolicy', policy, text)]
  }
  if (unbound) return errors
  if (policy === 'RequireDualStack' && configured.length < 2)
    errors.push(invalid('spec.ipFamilyPolicy', policy, NOT_DUAL_STACK))
  for (const [index, address] of clusterIPs.entries()) {
    const family = address === HEADLESS ? undefined : parseIp(address)?.family
    if (family !== undefined && !configured.includes(family)) {
      errors.push(invalid(`spec.clusterIPs[${index}]`, clusterIPs, `${family} is not configured on this cluster`))
    }
  }
  for (const [index, family] of ipFamilies.entries()) {
    if (configured.some((known) => known === family)) continue
    errors.push(invalid(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster'))
  }
  return errors
}

function fillFamilies({ spec }: Mutable<Service>, configured: readonly Family[], unbound: boolean): void {
  const families = [...(spec.ipFamilies ?? [])]
  for (const [index, address] of (spec.clusterIPs ?? []).entries()) {
    const family = address === HEADLESS ? undefined : parseIp(address)?.family
    if (family !== undefined && families[index] === undefined) families[index] = family
  }
  if (families[0] === undefined) families[0] = configured[0] ?? 'IPv4'
  const dual = spec.ipFamilyPolicy !== 'SingleStack' && (unbound || configured.length > 1)
  if (dual && families.length === 1) families.push(families[0] === 'IPv4' ? 'IPv6' : 'IPv4')
  spec.ipFamilies = families
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
  const isDual = families.length === 2 && families[0] !== families[1]
  if (addresses.length > 1 && !isDual) {
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

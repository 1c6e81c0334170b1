// IP families of a Service: checks of clusterIPs, ipFamilies and ipFamilyPolicy, and what is filled in.
// Source: kubernetes core/validation ValidateServiceClusterIPsRelatedFields, registry/core/service/storage/alloc.go.

import type { Service } from '../../objects/index.ts'
import { IP_TEXT, parseIp } from '../../validation/addresses.ts'
import type { FieldError } from '../../validation/field-error.ts'
import { duplicate, invalid, notSupported } from '../../validation/field-errors.ts'
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

/** Checks of the fields by themselves; also part of plain validation. */
export function validateFamilies(service: Service, old: Service | undefined): readonly FieldError[] {
  if (!needsClusterIp(service)) return []
  const errors: FieldError[] = []
  const { clusterIP = '', clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = service.spec
  const path = 'spec.clusterIPs'
  for (const [index, family] of ipFamilies.entries()) {
    if (!FAMILIES.includes(family)) errors.push(notSupported(`spec.ipFamilies[${index}]`, family, FAMILIES))
    if (ipFamilies.indexOf(family) < index) errors.push(duplicate(`spec.ipFamilies[${index}]`, family))
  }
  if (ipFamilyPolicy !== undefined && !POLICIES.includes(ipFamilyPolicy)) {
    errors.push(notSupported('spec.ipFamilyPolicy', ipFamilyPolicy, POLICIES))
  }
  if (clusterIPs.length > 0 && clusterIP === '') {
    errors.push(invalid(path, clusterIPs, 'must be empty when `clusterIP` is not specified'))
  }
  if (clusterIPs.length > 0 && clusterIP !== '' && clusterIPs[0] !== clusterIP) {
    errors.push(invalid(path, clusterIPs, 'first value must match `clusterIP`'))
  }
  if (isHeadless(service)) {
    if (clusterIPs.length > 1) errors.push(invalid(path, clusterIPs, "'None' must be the first and only value"))
  } else validateAddresses(clusterIPs, ipFamilies, errors)
  if (old !== undefined) validateAddressChange(service, old, errors)
  return errors
}

function validateAddresses(addresses: readonly string[], families: readonly string[], errors: FieldError[]): void {
  const path = 'spec.clusterIPs'
  if (addresses.length > 2) errors.push(invalid(path, addresses, 'may only hold up to 2 values'))
  const seen = new Set<string>()
  for (const [index, text] of addresses.entries()) {
    const address = parseIp(text)
    if (address === undefined) {
      errors.push(invalid(`${path}[${index}]`, text, IP_TEXT))
      continue
    }
    if (address.sloppy) errors.push(invalid(`${path}[${index}]`, text, 'must not have leading 0s'))
    const wanted = families[index]
    if (wanted !== undefined && FAMILIES.includes(wanted) && wanted !== address.family) {
      const text2 = `expected an ${wanted} value as indicated by \`ipFamilies[${index}]\``
      errors.push(invalid(`${path}[${index}]`, text, text2))
    }
    if (seen.has(address.family) && index === 1) {
      errors.push(invalid(path, addresses, 'may specify no more than one IP for each IP family'))
    }
    seen.add(address.family)
  }
}

/** An address, once given, stays; only a second one may be released, with its family. */
function validateAddressChange(service: Service, old: Service, errors: FieldError[]): void {
  if (!needsClusterIp(old)) return
  const { clusterIPs = [], ipFamilies = [] } = service.spec
  const before = old.spec.clusterIPs ?? []
  const [first] = before
  if (first !== undefined) {
    if (clusterIPs.length === 0)
      errors.push(invalid('spec.clusterIPs[0]', clusterIPs, 'primary clusterIP can not be unset'))
    else if (clusterIPs[0] !== first) errors.push(invalid('spec.clusterIPs[0]', clusterIPs, 'may not change once set'))
  }
  const [, second] = before
  if (second !== undefined) {
    if (clusterIPs[1] === undefined) {
      if (service.spec.ipFamilyPolicy !== 'SingleStack') {
        errors.push(
          invalid(
            'spec.ipFamilyPolicy',
            service.spec.ipFamilyPolicy ?? null,
            "must be 'SingleStack' to release the secondary cluster IP",
          ),
        )
      }
    } else if (clusterIPs[1] !== second)
      errors.push(invalid('spec.clusterIPs[1]', clusterIPs, 'may not change once set'))
  }
  const family = old.spec.ipFamilies?.[0]
  if (family === undefined || isHeadless(service) || ipFamilies[0] === undefined || ipFamilies[0] === family) return
  if (clusterIPs[0] === first && errors.length === 0)
    errors.push(invalid('spec.ipFamilies[0]', ipFamilies[0], 'may not change once set'))
}

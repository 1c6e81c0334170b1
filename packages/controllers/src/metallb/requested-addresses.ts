// Which addresses and families a Service asks its load balancer for.
// Source: metallb controller/service.go (getDesiredLbIPs), internal/ipfamily.

import type { Service } from '@podwire/apiserver'
import { type Address, type AddressFamily, parseAddress } from './address-range.ts'
import { AllocationError } from './allocator.ts'
import { annotationOf, annotationPrefix, type MetalLbRelease } from './release.ts'

/** Empty: any will do. @throws AllocationError */
export function requestedAddresses(service: Service, release: MetalLbRelease): readonly Address[] {
  const annotation = annotationOf(service.metadata.annotations, 'loadBalancerIPs', release) ?? ''
  const { loadBalancerIP = '' } = service.spec
  const key = `${annotationPrefix(release)}/loadBalancerIPs`
  if (annotation !== '' && loadBalancerIP !== '') {
    throw new AllocationError(`service can not have both ${key} and svc.Spec.LoadBalancerIP`)
  }
  if (loadBalancerIP !== '') {
    const address = parseAddress(loadBalancerIP)
    if (address !== undefined) return [address]
    throw new AllocationError(`invalid spec.loadBalancerIP ${JSON.stringify(loadBalancerIP)}`)
  }
  if (annotation === '') return []
  const addresses = annotation.split(',').map((text) => parseAddress(text.trim()))
  const known = addresses.filter((address) => address !== undefined)
  if (known.length === addresses.length) return known
  throw new AllocationError(`invalid ${key}: ${JSON.stringify(annotation)}`)
}

/** Families of the Service's cluster addresses, in its order. */
export function familiesOf({ spec }: Service): readonly AddressFamily[] {
  const { clusterIPs = [], clusterIP } = spec
  const addresses = clusterIPs.length > 0 ? clusterIPs : clusterIP === undefined ? [] : [clusterIP]
  const families = addresses.map((address) => parseAddress(address)?.family)
  return families.filter((family) => family !== undefined)
}

export function sameAddresses(a: readonly Address[], b: readonly Address[]): boolean {
  return (
    a.length === b.length && a.every((one) => b.some((two) => two.family === one.family && two.value === one.value))
  )
}

/** As many families as asked for, or as there are addresses for. */
export const wantsAllFamilies = ({ spec }: Service): boolean => spec.ipFamilyPolicy !== 'PreferDualStack'

// What becomes of a ServiceCIDR: ready with a finalizer, or, when it is deleted, gone as soon as no address hangs on it. Pure.
// Source: kubernetes pkg/controller/servicecidrs/servicecidrs_controller.go (canDeleteCIDR).

import type { IPAddress, ServiceCIDR } from '@podwire/apiserver'
import ipaddr from 'ipaddr.js'

export const SERVICE_CIDR_FINALIZER = 'networking.k8s.io/service-cidr-finalizer'
const MANAGED_BY = 'ipaddress.kubernetes.io/managed-by'
const ALLOCATOR = 'ipallocator.k8s.io'

export interface ReadyCondition {
  readonly type: 'Ready'
  readonly status: 'True' | 'False'
  readonly reason: string
  readonly message: string
}

export const READY: ReadyCondition = {
  type: 'Ready',
  status: 'True',
  reason: '',
  message: 'Kubernetes Service CIDR is ready',
}
export const IN_USE: ReadyCondition = {
  type: 'Ready',
  status: 'False',
  reason: 'Terminating',
  message: 'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR',
}

const rangesOf = ({ spec }: ServiceCIDR): readonly string[] => spec?.cidrs ?? []

export function containsAddress(range: string, address: string): boolean {
  const [network, bits] = ipaddr.parseCIDR(range)
  const parsed = ipaddr.parse(address)
  return parsed.kind() === network.kind() && parsed.match(network, bits)
}

/** `outer` covers all of `inner`: the same range or a larger one. */
function containsRange(outer: string, inner: string): boolean {
  const [network, bits] = ipaddr.parseCIDR(inner)
  return ipaddr.parseCIDR(outer)[1] <= bits && containsAddress(outer, network.toString())
}

/** May it go? Yes when others cover its ranges, or when no allocated address would be left without a range. */
export function canDelete(leaving: ServiceCIDR, all: readonly ServiceCIDR[], addresses: readonly IPAddress[]): boolean {
  const others = all.filter(({ metadata }) => metadata.name !== leaving.metadata.name)
  const othersHave = (test: (range: string) => boolean): boolean => others.some((other) => rangesOf(other).some(test))
  const own = rangesOf(leaving)
  if (own.every((inner) => othersHave((outer) => containsRange(outer, inner)))) return true
  return addresses.every(({ metadata: { name, labels } }) => {
    if (labels?.[MANAGED_BY] !== ALLOCATOR || !ipaddr.isValid(name)) return true
    return !own.some((range) => containsAddress(range, name)) || othersHave((range) => containsAddress(range, name))
  })
}

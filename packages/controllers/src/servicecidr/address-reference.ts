// Which IPAddress belongs to which Service, and what can be wrong with one. Pure.
// Source: kubernetes pkg/registry/core/service/ipallocator/controller/repairip.go (newIPAddress, verifyIPAddressLabels).

import type { IPAddress, NewObject, Service } from '@podwire/apiserver'

const MANAGED_BY = 'ipaddress.kubernetes.io/managed-by'
const FAMILY = 'ipaddress.kubernetes.io/ip-family'
const ALLOCATOR = 'ipallocator.k8s.io'

const NONE: readonly string[] = []
const familyOf = (ip: string): 'IPv4' | 'IPv6' => (ip.includes(':') ? 'IPv6' : 'IPv4')

/** The ClusterIPs a Service has; headless and external ones have none. */
export function addressesOf({ spec }: Service): readonly string[] {
  const { type, clusterIP = '', clusterIPs = NONE } = spec
  return type === 'ExternalName' || clusterIP === '' || clusterIP === 'None' ? NONE : clusterIPs
}

export function isManaged({ metadata }: IPAddress): boolean {
  return metadata.labels?.[MANAGED_BY] === ALLOCATOR
}

/** What is wrong with the address as one of the Service's; undefined: nothing. */
export function addressProblem(address: IPAddress, { metadata }: Service): 'reference' | 'labels' | undefined {
  const { group = '', resource, namespace = '', name = '' } = address.spec?.parentRef ?? {}
  if (group !== '' || resource !== 'services') return 'reference'
  if (namespace !== metadata.namespace || name !== metadata.name) return 'reference'
  const isRight = isManaged(address) && address.metadata.labels?.[FAMILY] === familyOf(address.metadata.name)
  return isRight ? undefined : 'labels'
}

/** The address as the allocator makes it. */
export function addressOf({ metadata: { namespace, name } }: Service, ip: string): NewObject<IPAddress> {
  return {
    metadata: { name: ip, labels: { [FAMILY]: familyOf(ip), [MANAGED_BY]: ALLOCATOR } },
    spec: { parentRef: { resource: 'services', ...(namespace === undefined ? {} : { namespace }), name } },
  }
}

type ParentRef = NonNullable<IPAddress['spec']>['parentRef']

/** As Go prints the reference. */
export function referenceText(reference: ParentRef | undefined): string {
  if (reference === undefined) return 'nil'
  const { group = '', resource = '', namespace = '', name = '' } = reference
  return `&ParentReference{Group:${group},Resource:${resource},Namespace:${namespace},Name:${name},}`
}

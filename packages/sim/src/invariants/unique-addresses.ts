// No two pods have one address, no two Services one ClusterIP, no two Service ports one node port. Pods in their node's network and
// pods that have ended hold no address of their own.

import { pods, services, type Pod, type Service } from '@podwire/apiserver'
import { Claims } from './claims.ts'
import type { Invariant } from './invariant.ts'

export const uniqueAddresses: Invariant = {
  name: 'unique-addresses',
  watch(_cluster, changes) {
    const claims = new Claims()
    return () => {
      for (const { key, object } of changes.of(pods)) claims.set(key, object === undefined ? [] : podAddresses(object))
      for (const { key, object } of changes.of(services))
        claims.set(key, object === undefined ? [] : serviceClaims(object))
      return claims.contested().map(([value, owners]) => `${value} is claimed by ${owners.join(' and ')}`)
    }
  },
}

function podAddresses({ spec, status, metadata }: Pod): readonly string[] {
  const ended = status?.phase === 'Succeeded' || status?.phase === 'Failed'
  // What is being deleted may have given its address back already.
  if (spec.hostNetwork === true || ended || metadata.deletionTimestamp !== undefined) return []
  return [...new Set([status?.podIP ?? [], (status?.podIPs ?? []).map(({ ip }) => ip)].flat())]
}

function serviceClaims({ spec }: Service): readonly string[] {
  const addresses = (spec.clusterIPs ?? [spec.clusterIP ?? '']).filter(
    (address) => address !== '' && address !== 'None',
  )
  const nodePorts = (spec.ports ?? []).flatMap(({ nodePort, protocol = 'TCP' }) =>
    nodePort === undefined || nodePort === 0 ? [] : [`node port ${nodePort}/${protocol}`],
  )
  return [...addresses, ...new Set(nodePorts)]
}

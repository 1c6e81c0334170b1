// A pod's addresses are of its node's pod ranges, a ClusterIP is of a ServiceCIDR: what assigns them can go wrong in no other place that
// anybody would notice soon. Pods in their node's network have the node's. Source: KEP-1880, kubernetes pkg/controller/nodeipam.

import ipaddr from 'ipaddr.js'
import { nodes, pods, serviceCidrs, services, type Pod, type Service } from '@podwire/apiserver'
import type { Invariant } from './invariant.ts'

export const addressesAreInRange: Invariant = {
  name: 'addresses-are-in-range',
  watch({ composition, client }, changes) {
    const rangesOf = new Map<string, readonly string[]>()
    return () => {
      for (const { object, last } of changes.of(nodes)) {
        const { name } = last.metadata
        if (object === undefined) rangesOf.delete(name)
        else rangesOf.set(name, object.spec.podCIDRs ?? [])
      }
      const ranges = client.list(serviceCidrs).items.flatMap(({ spec }) => spec?.cidrs ?? [])
      const wrong: string[] = []
      for (const { key, object } of changes.of(pods)) {
        const { nodeName = '' } = object?.spec ?? {}
        const own = rangesOf.get(nodeName) ?? []
        // Only what a kubelet of ours runs got its address here.
        if (object === undefined || own.length === 0 || !composition.kubelets.has(nodeName)) continue
        const outside = podAddresses(object).find((address) => !isWithin(address, own))
        if (outside !== undefined) wrong.push(`${key} has ${outside}, and ${nodeName} has ${own.join(' and ')}`)
      }
      for (const { key, object } of changes.of(services)) {
        const outside = clusterIps(object).find((address) => !isWithin(address, ranges))
        if (outside !== undefined) wrong.push(`${key} has ${outside}, which is in no ServiceCIDR`)
      }
      return wrong
    }
  },
}

function podAddresses({ spec, status }: Pod): readonly string[] {
  return spec.hostNetwork === true ? [] : (status?.podIPs ?? []).flatMap(({ ip = '' }) => (ip === '' ? [] : [ip]))
}

function clusterIps(service: Service | undefined): readonly string[] {
  const { clusterIPs = [] } = service?.spec ?? {}
  return clusterIPs.filter((address) => address !== 'None' && address !== '')
}

function isWithin(text: string, ranges: readonly string[]): boolean {
  const address = ipaddr.parse(text)
  return ranges.some((range) => {
    const [network, prefix] = ipaddr.parseCIDR(range)
    return network.kind() === address.kind() && address.match(network, prefix)
  })
}

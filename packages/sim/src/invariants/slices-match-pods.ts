// The EndpointSlices of a Service with a selector hold the pods it selects, no others, and call them ready when they are. Source:
// kubernetes staging endpointslice/utils.go and reconciler.go. Only Services whose objects have changed are looked at.

import { endpointSlices, pods, services, type EndpointSlice, type Pod, type Service } from '@podwire/apiserver'
import type { Cluster } from '../sdk/cluster.ts'
import { inTouch } from './in-touch.ts'
import type { Invariant } from './invariant.ts'
import { ServicesByLabel } from './services-by-label.ts'

export const SERVICE_NAME = 'kubernetes.io/service-name'
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by'
export const CONTROLLER = 'endpointslice-controller.k8s.io'

export const slicesMatchPods: Invariant = {
  name: 'slices-match-pods',
  watch(cluster, changes) {
    const known = new ServicesByLabel()
    /** Services that were wrong, or whose controller is cut off: they are looked at again although nothing of theirs has changed. */
    let again = new Set<string>()
    const seenLabels = new Map<string, Pod>()
    return () => {
      const touched = again
      for (const { object, last } of changes.of(services)) {
        known.set(keyOf(last), object)
        touched.add(keyOf(last))
      }
      for (const { last } of changes.of(endpointSlices)) {
        const name = last.metadata.labels?.[SERVICE_NAME]
        if (name !== undefined) touched.add(`${last.metadata.namespace ?? ''}/${name}`)
      }
      for (const { key, object, last } of changes.of(pods)) {
        // Where it has left a Service its labels of before say so.
        for (const pod of [seenLabels.get(key), last])
          if (pod !== undefined) for (const one of known.candidates(pod)) touched.add(one)
        if (object === undefined) seenLabels.delete(key)
        else seenLabels.set(key, object)
      }
      again = new Set()
      if (!cluster.composition.runs('endpointslice-controller')) return []
      if (!inTouch(cluster.composition, 'kube-controller-manager')) {
        again = touched
        return []
      }
      return [...touched].flatMap((key) => {
        const service = known.get(key)
        const problem = service === undefined ? undefined : problemOf(cluster, service)
        if (problem === undefined) return []
        again.add(key)
        return [`Service ${key}: ${problem}`]
      })
    }
  },
}

const keyOf = ({ metadata }: Service): string => `${metadata.namespace ?? ''}/${metadata.name}`

function problemOf({ client }: Cluster, { metadata, spec }: Service): string | undefined {
  const { selector, type, publishNotReadyAddresses = false } = spec
  if (selector === undefined || Object.keys(selector).length === 0 || type === 'ExternalName') return undefined
  const { namespace } = metadata
  const labelSelector = Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
  const selected = client.list(pods, { namespace, labelSelector }).items.filter(isEndpoint)
  const slices = client.list(endpointSlices, { namespace, labelSelector: `${SERVICE_NAME}=${metadata.name}` }).items
  for (const family of ['IPv4', 'IPv6'] as const) {
    const managed = slices.filter((slice) => slice.addressType === family && isManaged(slice))
    if (managed.length === 0) continue
    const expected = new Map(
      selected.flatMap((pod) => addressesOf(pod, family).map((ip) => [ip, isReady(pod, publishNotReadyAddresses)])),
    )
    const found = new Map(
      managed.flatMap(({ endpoints }) =>
        (endpoints ?? []).map((one) => [one.addresses[0] ?? '', one.conditions?.ready ?? true]),
      ),
    )
    for (const [ip, ready] of expected) {
      if (!found.has(ip)) return `no slice has its pod ${ip}`
      if (found.get(ip) !== ready) return `its pod ${ip} is ${ready ? '' : 'not '}ready, and its slices say otherwise`
    }
    for (const ip of found.keys()) if (!expected.has(ip)) return `a slice has ${ip}, which is no pod of its`
  }
  return undefined
}

const isManaged = ({ metadata }: EndpointSlice): boolean => metadata.labels?.[MANAGED_BY] === CONTROLLER

const isEndpoint = ({ status }: Pod): boolean => status?.phase !== 'Succeeded' && status?.phase !== 'Failed'

function addressesOf({ status }: Pod, family: 'IPv4' | 'IPv6'): readonly string[] {
  const ips = status?.podIPs?.map(({ ip }) => ip) ?? (status?.podIP === undefined ? [] : [status.podIP])
  return ips.filter((ip) => ip !== '' && ip.includes(':') === (family === 'IPv6'))
}

function isReady({ metadata, status }: Pod, always: boolean): boolean {
  if (always) return true
  if (metadata.deletionTimestamp !== undefined) return false
  return (status?.conditions ?? []).some(({ type, status: state }) => type === 'Ready' && state === 'True')
}

// kube-proxy's newest rules of a Service have the ready endpoints of its slices, port by port. What a node enforces may be older: that is
// its lag. Only Services whose objects have changed are looked at.

import { endpointSlices, services, type EndpointSlice, type Service } from '@podwire/apiserver'
import type { Cluster } from '../sdk/cluster.ts'
import { inTouch } from './in-touch.ts'
import type { Invariant } from './invariant.ts'
import { SERVICE_NAME } from './slices-match-pods.ts'

const PROXY_NAME = 'service.kubernetes.io/service-proxy-name'

export const proxyFollowsSlices: Invariant = {
  name: 'proxy-follows-slices',
  watch(cluster, changes) {
    let again = new Set<string>()
    return () => {
      const touched = touchedServices(changes)
      for (const key of again) touched.add(key)
      again = new Set()
      const [node] = cluster.nodeNames
      if (node === undefined) return []
      if (!inTouch(cluster.composition, 'kube-proxy')) {
        again = touched
        return []
      }
      return [...touched].flatMap((key) => {
        const problem = problemOf(cluster, node, key)
        if (problem === undefined) return []
        again.add(key)
        return [`Service ${key}: ${problem}`]
      })
    }
  },
}

/** `ns/name` of Services that changed or whose slices did. */
export function touchedServices(changes: Parameters<Invariant['watch']>[1]): Set<string> {
  const touched = new Set<string>()
  for (const { last } of changes.of(services)) touched.add(`${last.metadata.namespace ?? ''}/${last.metadata.name}`)
  for (const { last } of changes.of(endpointSlices)) {
    const name = last.metadata.labels?.[SERVICE_NAME]
    if (name !== undefined) touched.add(`${last.metadata.namespace ?? ''}/${name}`)
  }
  return touched
}

function problemOf({ client, composition }: Cluster, node: string, key: string): string | undefined {
  const [namespace = '', name = ''] = key.split('/')
  const service = client.find(services, { namespace, name })
  const enforced = composition.proxy.audit(node).readyEndpoints(key)
  if (service === undefined) return enforced.size === 0 ? undefined : 'it is gone, and rules still know it'
  if (!isProxied(service)) return undefined
  const slices = client.list(endpointSlices, { namespace, labelSelector: `${SERVICE_NAME}=${name}` }).items
  for (const [port, rules] of enforced) {
    const ready = readyEndpoints(slices, port)
    const missing = ready.find((endpoint) => !rules.includes(endpoint))
    if (missing !== undefined) return `the rules of port ${port} lack ${missing}, which is ready`
    const extra = rules.find((endpoint) => !ready.includes(endpoint))
    if (extra !== undefined) return `the rules of port ${port} have ${extra}, which is not ready in any slice`
  }
  return undefined
}

function isProxied({ metadata, spec }: Service): boolean {
  return spec.clusterIP !== 'None' && spec.type !== 'ExternalName' && metadata.labels?.[PROXY_NAME] === undefined
}

/** @param port `ipv4 http/tcp` */
function readyEndpoints(slices: readonly EndpointSlice[], port: string): readonly string[] {
  const [family, rest = ''] = port.split(' ')
  const slash = rest.lastIndexOf('/')
  const [portName, protocol] = [rest.slice(0, slash), rest.slice(slash + 1)]
  const found = new Set<string>()
  for (const slice of slices) {
    if (slice.addressType !== (family === 'ipv4' ? 'IPv4' : 'IPv6')) continue
    for (const one of slice.ports ?? []) {
      if ((one.name ?? '') !== portName || (one.protocol ?? 'TCP').toLowerCase() !== protocol || one.port === undefined)
        continue
      for (const { addresses, conditions } of slice.endpoints ?? []) {
        const [address = ''] = addresses
        if (conditions?.ready ?? true)
          found.add(family === 'ipv4' ? `${address}:${one.port}` : `[${address}]:${one.port}`)
      }
    }
  }
  return [...found]
}

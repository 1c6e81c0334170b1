// The ports of a slice: a Service's ports as one pod offers them. Pods with the same result share slices.
// Source: kubernetes staging endpointslice/utils.go (getEndpointPorts). Departure: ports keep the Service's order, upstream
// orders them by a hash.

import { compareText } from '@podwire/engine'
import type { DiscoveryEndpointPort, Pod, Service } from '@podwire/apiserver'
import { targetPortOf } from '../services/target-port.ts'

export interface PortSet {
  readonly ports: readonly DiscoveryEndpointPort[]
  /** Equal for equal sets, whatever their order. */
  readonly key: string
}

const NO_PORTS: PortSet = { ports: [], key: '' }

export function portSetOf(service: Service, pod: Pod): PortSet {
  const ports: DiscoveryEndpointPort[] = []
  for (const servicePort of service.spec.ports ?? []) {
    const port = targetPortOf(pod, servicePort)
    if (port === undefined) continue
    ports.push({
      name: servicePort.name ?? '',
      protocol: servicePort.protocol ?? 'TCP',
      port,
      ...(servicePort.appProtocol === undefined ? {} : { appProtocol: servicePort.appProtocol }),
    })
  }
  return ports.length === 0 ? NO_PORTS : { ports, key: portSetKey(ports) }
}

export function portSetKey(ports: readonly DiscoveryEndpointPort[] | undefined): string {
  const texts = (ports ?? []).map(
    (p) => `${p.name ?? ''}|${p.protocol ?? 'TCP'}|${p.port ?? ''}|${p.appProtocol ?? ''}`,
  )
  return texts.sort(compareText).join(',')
}

// The port kube-proxy's process listens on for a service port in userspace mode. The kernel (or --proxy-port-range) would choose one
// at random; here it follows from the node and the service port's configuration, so that whoever asks gets the same answer,
// and a service port that changes gets another one, as upstream's closing and opening has it.
// Source: kubernetes v1.25 pkg/proxy/userspace/{port_allocator,proxier}.go (sameConfig).

import { hashText } from '@podwire/engine'
import type { PortUnit } from '../iptables/port-unit.ts'
import type { NodeFacts } from '../services/node-facts.ts'
import type { ServicePort } from '../services/service-port.ts'

/** net.ipv4.ip_local_port_range, or what --proxy-port-range says. */
export interface PortRange {
  readonly first: number
  readonly last: number
}

export const EPHEMERAL_PORTS: PortRange = { first: 32_768, last: 60_999 }

/** A service port with the port of the node that leads to its proxy. */
export interface ProxiedPort {
  readonly unit: PortUnit
  readonly proxyPort: number
}

/** What the process of a node is to serve, and names of service ports it refuses: it has no socket for SCTP. */
export interface ProxiedPorts {
  readonly served: readonly ProxiedPort[]
  readonly refused: readonly string[]
}

export function refusedPorts(units: readonly PortUnit[]): readonly string[] {
  return units.flatMap(({ port }) => (port.protocol === 'sctp' ? [port.name] : []))
}

/** Service ports the proxy serves, in the units' order. SCTP it cannot serve, and what finds no port is left out. */
export function proxiedPorts(
  units: readonly PortUnit[],
  node: NodeFacts,
  range: PortRange = EPHEMERAL_PORTS,
): readonly ProxiedPort[] {
  const taken = new Set<number>()
  const size = range.last - range.first + 1
  return units.flatMap((unit) => {
    if (unit.port.protocol === 'sctp' || taken.size >= size) return []
    let place = (hashText(`${node.name} ${configOf(unit.port)}`, 0) >>> 0) % size
    while (taken.has(range.first + place)) place = (place + 1) % size
    taken.add(range.first + place)
    return [{ unit, proxyPort: range.first + place }]
  })
}

/** Proxied ports with equal keys keep their socket. */
export function serviceSocketKey({ unit, proxyPort }: ProxiedPort): string {
  return `${proxyPort} ${configOf(unit.port)}`
}

function configOf(port: ServicePort): string {
  const { name, protocol, clusterIP, nodePort, externalIPs, loadBalancerVIPs, affinitySeconds } = port
  const affinity = affinitySeconds === undefined ? 'None' : 'ClientIP'
  return [name, protocol, clusterIP, port.port, nodePort, externalIPs.join(), loadBalancerVIPs.join(), affinity].join(
    ' ',
  )
}

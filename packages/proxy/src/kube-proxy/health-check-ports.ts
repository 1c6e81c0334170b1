// Health-check node ports (load balancers with policy Local) a node's kube-proxy has to serve. Each address family has its own server, which
// counts its own endpoints. Up to 1.35 one that serves node ports everywhere listens on the addresses of both, so that of a dual-stack
// Service the second finds the port taken. Source: kubernetes pkg/proxy/healthcheck/service_health.go (v1.35, v1.36).

import { familyOf } from '../addresses/ip.ts'
import type { IpFamily } from '../dataplane/packet.ts'
import type { IptablesOptions } from '../iptables/options.ts'
import { nodePortIps, type NodeFacts } from '../services/node-facts.ts'
import type { ProxyProfile } from './proxy-profile.ts'

export interface HealthCheckPort {
  readonly port: number
  /** `ns/name` */
  readonly service: string
  /** Whose endpoints count. */
  readonly family: IpFamily
  /** As it is called where the port cannot be opened. */
  readonly network: 'tcp' | 'tcp4' | 'tcp6'
  /** Where it is served, loopback too; undefined: anywhere. Where --nodeport-addresses picks none there are none. */
  readonly addresses: readonly string[] | undefined
}

/** By port, then family. */
export function healthCheckPortsOf({ options, rulesets }: ProxyProfile, node: NodeFacts): readonly HealthCheckPort[] {
  const ports: HealthCheckPort[] = []
  for (const [family, { index }] of rulesets) {
    const told = options.families.get(family)
    if (told === undefined) continue
    const network = !told.layout.ownHealthChecks ? 'tcp' : family === 'ipv4' ? 'tcp4' : 'tcp6'
    const addresses = addressesOf(node, family, told)
    const services = new Map([...index.healthCheckNodePorts()].map(({ port, name }) => [port, serviceKeyOf(name)]))
    for (const [port, service] of services) ports.push({ port, service, family, network, addresses })
  }
  return ports.sort((a, b) => a.port - b.port)
}

function addressesOf(
  node: NodeFacts,
  family: IpFamily,
  { nodePortAddresses, layout }: IptablesOptions,
): readonly string[] | undefined {
  const chosen = nodePortIps(node, family, nodePortAddresses)
  if (chosen !== undefined || !layout.ownHealthChecks) return chosen
  return family === 'ipv4' ? ['0.0.0.0'] : node.interfaceAddresses.filter((address) => familyOf(address) === family)
}

/** `ns/name` of `ns/name:port`. */
function serviceKeyOf(portName: string): string {
  const colon = portName.indexOf(':')
  return colon < 0 ? portName : portName.slice(0, colon)
}

// Objects for tests, written the way the tests think: a service with ports, endpoints with a node, two nodes in two zones.

import type { EndpointSlice, Node, Service } from '@podwire/apiserver'
import type { IptablesOptions } from './iptables/options.ts'
import type { RuleTables } from './iptables/chain.ts'
import { compileIpvs } from './ipvs/compile.ts'
import type { IpvsOptions, NodeIpvs } from './ipvs/node-ipvs.ts'
import { compileUserspace } from './userspace/portal-tables.ts'
import { Ruleset } from './iptables/ruleset.ts'
import { changedInputs } from './kube-proxy/changed-inputs.ts'
import { watchedServices } from './services/service-inputs.ts'
import { NodeTables } from './iptables/node-tables.ts'
import { NodeNftTable } from './nftables/node-table.ts'
import { resolveOptions, type KubeProxyOptions } from './kube-proxy/options.ts'
import { nodeFactsOf } from './services/node-facts.ts'
import type { IpFamily } from './dataplane/packet.ts'

const meta = (name: string, namespace?: string, labels: Record<string, string> = {}) => ({
  name,
  ...(namespace === undefined ? {} : { namespace }),
  labels,
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
})

export function sampleService(name: string, spec: Service['spec'], more: Partial<Service> = {}): Service {
  const base = { apiVersion: 'v1', kind: 'Service', metadata: meta(name, 'default') } as const
  return { ...base, spec: { type: 'ClusterIP', ...spec }, ...more }
}

export interface SampleEndpoint {
  readonly address: string
  readonly node?: string
  readonly ready?: boolean
  readonly serving?: boolean
  readonly terminating?: boolean
  readonly zones?: readonly string[]
}

export interface SamplePort {
  readonly name?: string
  readonly port: number
  readonly protocol?: 'TCP' | 'UDP' | 'SCTP'
}

export function sampleSlice(
  name: string,
  service: string,
  ports: readonly SamplePort[],
  endpoints: readonly SampleEndpoint[],
): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: meta(name, 'default', { 'kubernetes.io/service-name': service }),
    addressType: endpoints[0]?.address.includes(':') === true ? 'IPv6' : 'IPv4',
    ports: ports.map(({ name: portName = '', port, protocol = 'TCP' }) => ({ name: portName, port, protocol })),
    endpoints: endpoints.map(({ address, node, zones, ...conditions }) => ({
      addresses: [address],
      conditions,
      ...(node === undefined ? {} : { nodeName: node }),
      ...(zones === undefined ? {} : { hints: { forZones: zones.map((zone) => ({ name: zone })) } }),
    })),
  }
}

export function sampleNode(index: 1 | 2, zone = `zone-${index}`): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: meta(`node-${index}`, undefined, { 'topology.kubernetes.io/zone': zone }),
    spec: { podCIDR: `10.244.${index - 1}.0/24`, podCIDRs: [`10.244.${index - 1}.0/24`] },
    status: { addresses: [{ type: 'InternalIP', address: `172.18.0.${index + 1}` }] },
  }
}

function rulesetOf(options: IptablesOptions, services: readonly Service[], slices: readonly EndpointSlice[]): Ruleset {
  const watched = watchedServices(services, slices)
  return Ruleset.empty(options).with(changedInputs(new Map(), watched, options.family, options.layout))
}

/** The rules of userspace mode of node-1. */
export function sampleUserspaceTables(
  services: readonly Service[],
  slices: readonly EndpointSlice[],
  options: Omit<KubeProxyOptions, 'proxyMode'> = {},
): RuleTables {
  const { families, userspace } = resolveOptions({ ...options, proxyMode: 'userspace' })
  const resolved = families.get('ipv4')
  if (resolved === undefined) throw new RangeError('no ipv4 in these options')
  const ruleset = rulesetOf(resolved, services, slices)
  return compileUserspace(ruleset, nodeFactsOf(sampleNode(1)), userspace)
}

/** ipvs mode of node-1. */
export function sampleIpvs(
  services: readonly Service[],
  slices: readonly EndpointSlice[],
  options: IpvsOptions,
  flags: Omit<KubeProxyOptions, 'proxyMode'> = { clusterCidr: '10.244.0.0/16' },
): NodeIpvs {
  const resolved = resolveOptions({ ...flags, proxyMode: 'ipvs' }).families.get('ipv4')
  if (resolved === undefined) throw new RangeError('no ipv4 in these options')
  const ruleset = rulesetOf(resolved, services, slices)
  return compileIpvs(ruleset, nodeFactsOf(sampleNode(1)), options)
}

/** The tables of node-1. */
export function sampleTables(
  services: readonly Service[],
  slices: readonly EndpointSlice[],
  options: KubeProxyOptions = { clusterCidr: '10.244.0.0/16', nfacct: false },
  family: IpFamily = 'ipv4',
): NodeTables {
  const resolved = resolveOptions(options).families.get(family)
  if (resolved === undefined) throw new RangeError(`no ${family} in these options`)
  return new NodeTables(rulesetOf(resolved, services, slices), nodeFactsOf(sampleNode(1)))
}

/** The nftables table of node-1. */
export function sampleNftTable(
  services: readonly Service[],
  slices: readonly EndpointSlice[],
  flags: Omit<KubeProxyOptions, 'proxyMode'> = {},
): NodeNftTable {
  const options = { clusterCidr: '10.244.0.0/16', serviceCidrs: ['10.96.0.0/16'], ...flags }
  const resolved = resolveOptions({ ...options, proxyMode: 'nftables' })
  const family = resolved.families.get('ipv4')
  if (family === undefined) throw new RangeError('no ipv4 in these options')
  const ruleset = rulesetOf(family, services, slices)
  return new NodeNftTable(ruleset, nodeFactsOf(sampleNode(1)), {
    serviceCidrs: resolved.serviceCidrs.get('ipv4') ?? [],
  })
}

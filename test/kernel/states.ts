// Cluster states for the kernel referee, written the way its network thinks: services by number, endpoints by where they are.

import type { EndpointSlice, Node, Service } from '@podwire/apiserver'
import type { KubeProxyOptions } from '@podwire/proxy'
import fc from 'fast-check'
import { ADDRESSES, HOST_PORT, TARGET_PORTS, type IpFamily } from './topology.ts'

/** `host` is a host-network pod of the node itself. */
const WHO = ['pod0', 'pod1', 'remote0', 'remote1', 'host'] as const
const CONDITIONS = {
  ready: { ready: true, serving: true, terminating: false },
  unready: { ready: false, serving: false, terminating: false },
  draining: { ready: false, serving: true, terminating: true },
  terminating: { ready: false, serving: false, terminating: true },
} as const

export interface EndpointState {
  readonly who: (typeof WHO)[number]
  readonly condition: keyof typeof CONDITIONS
}

const PORTS = ['tcp 80', 'tcp 443', 'udp 53', 'tcp 53', 'udp 80', 'sctp 80'] as const

export interface ServiceState {
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer'
  readonly ports: readonly (typeof PORTS)[number][]
  readonly endpoints: readonly EndpointState[]
  readonly externalIP?: boolean
  /** With a load-balancer address. */
  readonly vip?: boolean
  /** Which of the family's ranges may come in by it. */
  readonly ranges?: readonly number[]
  readonly externalLocal?: boolean
  readonly internalLocal?: boolean
  readonly affinitySeconds?: number | undefined
  readonly hints?: 'none' | 'zone' | 'node'
}

export interface ClusterState {
  readonly family: IpFamily
  readonly services: readonly ServiceState[]
  readonly detector: 'none' | 'ClusterCIDR' | 'NodeCIDR' | 'InterfaceNamePrefix'
  readonly masqueradeAll: boolean
  readonly nodePortAddresses: 'all' | 'primary' | 'ranges' | 'loopback'
  readonly localhostNodePorts: boolean
  /** Absent: the newest. */
  readonly kubernetesVersion?: string
}

export const PLAIN: Omit<ClusterState, 'services'> = {
  family: 'ipv4',
  detector: 'ClusterCIDR',
  masqueradeAll: false,
  nodePortAddresses: 'all',
  localhostNodePorts: true,
}

const endpoints = fc.uniqueArray(
  fc.record({
    who: fc.constantFrom(...WHO),
    condition: fc.oneof(
      { weight: 5, arbitrary: fc.constant('ready' as const) },
      { weight: 1, arbitrary: fc.constantFrom('unready' as const, 'draining' as const, 'terminating' as const) },
    ),
  }),
  { selector: ({ who }) => who, maxLength: 5 },
)

const rarely = fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) })

const service: fc.Arbitrary<ServiceState> = fc.record({
  type: fc.constantFrom('ClusterIP', 'NodePort', 'LoadBalancer'),
  ports: fc.uniqueArray(fc.constantFrom(...PORTS), { minLength: 1, maxLength: 3 }),
  endpoints,
  externalIP: fc.boolean(),
  vip: fc.boolean(),
  ranges: fc.oneof(fc.constant([]), fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 3 })),
  externalLocal: fc.boolean(),
  internalLocal: rarely,
  affinitySeconds: fc.constantFrom(undefined, undefined, 10_800, 60),
  hints: fc.constantFrom('none', 'none', 'zone', 'node'),
})

export const clusterStates: fc.Arbitrary<ClusterState> = fc.record({
  family: fc.constantFrom('ipv4', 'ipv4', 'ipv6'),
  services: fc.array(service, { minLength: 1, maxLength: 3 }),
  detector: fc.constantFrom('ClusterCIDR', 'ClusterCIDR', 'none', 'NodeCIDR', 'InterfaceNamePrefix'),
  masqueradeAll: rarely,
  nodePortAddresses: fc.constantFrom('all', 'all', 'primary', 'ranges', 'loopback'),
  localhostNodePorts: fc.boolean(),
})

export function proxyOptions(state: ClusterState, proxyMode: 'iptables' | 'nftables'): KubeProxyOptions {
  const { clusterCidr, serviceCidr } = ADDRESSES[state.family]
  const ranges = state.family === 'ipv4' ? ['172.18.0.0/16'] : ['fd00:18::/64']
  const loopback = state.family === 'ipv4' ? ['127.0.0.0/8', ...ranges] : ['::1/128', ...ranges]
  return {
    proxyMode,
    ipFamilies: [state.family],
    nfacct: false,
    masqueradeAll: state.masqueradeAll,
    localhostNodePorts: state.localhostNodePorts,
    serviceCidrs: [serviceCidr],
    nodePortAddresses: { all: [], primary: ['primary'], ranges, loopback }[state.nodePortAddresses],
    ...(state.detector === 'none' ? {} : { detectLocalMode: state.detector }),
    ...(state.kubernetesVersion === undefined ? {} : { kubernetesVersion: state.kubernetesVersion }),
    ...(state.detector === 'ClusterCIDR' ? { clusterCidr } : {}),
    ...(state.detector === 'InterfaceNamePrefix' ? { podInterfaceNamePrefix: 'pod' } : {}),
  }
}

const meta = (name: string, labels: Record<string, string> = {}) => ({
  name,
  namespace: 'demo',
  labels,
  uid: name,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
})

export const NODE_1: Node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { ...meta('node-1', { 'topology.kubernetes.io/zone': 'zone-1' }) },
  spec: { podCIDRs: [ADDRESSES.ipv4.podCidr, ADDRESSES.ipv6.podCidr] },
  status: {
    addresses: [ADDRESSES.ipv4.node, ADDRESSES.ipv6.node].map((address) => ({ type: 'InternalIP', address })),
  },
}

const portsOf = (state: ServiceState) =>
  state.ports.map((text) => {
    const [protocol = '', port = ''] = text.split(' ')
    return {
      name: `${protocol}-${port}`,
      protocol: protocol.toUpperCase() as 'TCP' | 'UDP' | 'SCTP',
      port: Number(port),
    }
  })

/** @param name must differ between states: the kernel's lists of session affinity outlive rules that are replaced */
export function serviceObject(state: ServiceState, family: IpFamily, index: number, name: string): Service {
  const { clusterIP, externalIPs, vips, ranges } = ADDRESSES[family]
  const address = clusterIP(index)
  const withNodePorts = state.type !== 'ClusterIP'
  const externalIP = externalIPs[index]
  const vip = vips[index]
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta(name),
    spec: {
      type: state.type,
      clusterIP: address,
      clusterIPs: [address],
      ports: portsOf(state).map((port) => ({
        ...port,
        ...(withNodePorts ? { nodePort: 30_000 + 1000 * index + port.port } : {}),
      })),
      ...(state.externalIP === true && externalIP !== undefined ? { externalIPs: [externalIP] } : {}),
      internalTrafficPolicy: state.internalLocal === true ? 'Local' : 'Cluster',
      ...(withNodePorts || state.externalIP === true
        ? { externalTrafficPolicy: state.externalLocal === true ? 'Local' : 'Cluster' }
        : {}),
      ...(state.type === 'LoadBalancer' && (state.ranges ?? []).length > 0
        ? { loadBalancerSourceRanges: (state.ranges ?? []).map((range) => ranges[range] ?? '') }
        : {}),
      ...(state.type === 'LoadBalancer' && state.externalLocal === true ? { healthCheckNodePort: 32_000 + index } : {}),
      ...(state.affinitySeconds === undefined
        ? {}
        : {
            sessionAffinity: 'ClientIP',
            sessionAffinityConfig: { clientIP: { timeoutSeconds: state.affinitySeconds } },
          }),
    },
    status:
      state.type === 'LoadBalancer' && state.vip === true && vip !== undefined
        ? { loadBalancer: { ingress: [{ ip: vip }] } }
        : {},
  }
}

/** Host-network pods listen on ports of their own: they are in a slice by themselves. */
export function sliceObjects(state: ServiceState, family: IpFamily, name: string): readonly EndpointSlice[] {
  const { pods, remotePods, node } = ADDRESSES[family]
  const addresses = { pod0: pods[0], pod1: pods[1], remote0: remotePods[0], remote1: remotePods[1], host: node }
  const slice = (
    suffix: string,
    targetPort: (port: number) => number,
    members: readonly EndpointState[],
  ): EndpointSlice => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: meta(`${name}-${suffix}`, { 'kubernetes.io/service-name': name }),
    addressType: family === 'ipv4' ? 'IPv4' : 'IPv6',
    ports: portsOf(state).map((port) => ({ ...port, port: targetPort(port.port) })),
    endpoints: members.map(({ who, condition }) => {
      const nodeName = who.startsWith('remote') ? 'node-2' : 'node-1'
      const hints =
        state.hints === 'zone'
          ? { forZones: [{ name: nodeName.replace('node', 'zone') }] }
          : state.hints === 'node'
            ? { forNodes: [{ name: nodeName }], forZones: [{ name: nodeName.replace('node', 'zone') }] }
            : undefined
      return {
        addresses: [addresses[who]],
        conditions: CONDITIONS[condition],
        nodeName,
        ...(hints === undefined ? {} : { hints }),
      }
    }),
  })
  const pod = (port: number): number => TARGET_PORTS[port === 53 ? 1 : 0]
  return [
    slice(
      'a',
      pod,
      state.endpoints.filter(({ who }) => who !== 'host'),
    ),
    slice(
      'b',
      () => HOST_PORT,
      state.endpoints.filter(({ who }) => who === 'host'),
    ),
  ]
}

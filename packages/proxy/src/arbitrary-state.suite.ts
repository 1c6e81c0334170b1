// Random states of a cluster for property tests: Services of every type and policy with odd but valid settings, slices that overlap,
// flags of kube-proxy. Two address families, two nodes, three namespaces' worth of names.

import type { EndpointSlice, Service } from '@podwire/apiserver'
import * as fc from 'fast-check'
import type { KubeProxyOptions } from './kube-proxy/options.ts'
import type { ClusterState } from './kube-proxy/rules-run.ts'
import { sampleSlice } from './sample-objects.suite.ts'

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined, freq: 2 })
const few = <T>(value: fc.Arbitrary<T>, most: number, least = 0): fc.Arbitrary<T[]> =>
  fc.array(value, { minLength: least, maxLength: most })
const digit = fc.integer({ min: 1, max: 9 })

const sourceRange = fc.oneof(
  fc.tuple(digit, fc.constantFrom(0, 8, 24, 25, 31, 32)).map(([d, bits]) => `203.0.113.${d * 20}/${bits}`),
  fc.tuple(digit, fc.constantFrom(0, 32, 64, 127, 128)).map(([d, bits]) => `2001:db8::${d}/${bits}`),
  fc.constantFrom('172.18.0.0/16', ' 10.0.0.0/8 ', 'fd00:18::/64'),
)

interface Settings {
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer'
  readonly ports: readonly (typeof PROTOCOLS)[number][]
  readonly externalLocal: boolean
  readonly internalLocal: boolean
  readonly affinitySeconds: number | undefined
  readonly externalIPs: readonly number[]
  readonly vips: readonly { readonly place: number; readonly six: boolean; readonly proxy: boolean }[]
  readonly ranges: readonly string[]
  readonly slices: readonly {
    readonly six: boolean
    readonly endpoints: readonly { readonly place: number; readonly here: boolean; readonly condition: number }[]
  }[]
}

const settings: fc.Arbitrary<Settings> = fc.record({
  type: fc.constantFrom('ClusterIP', 'NodePort', 'LoadBalancer'),
  ports: few(fc.constantFrom(...PROTOCOLS), 3, 1),
  externalLocal: fc.boolean(),
  internalLocal: fc.boolean(),
  affinitySeconds: maybe(fc.constantFrom(1, 60, 5400, 10_800, 86_400)),
  externalIPs: few(digit, 2),
  vips: few(fc.record({ place: digit, six: fc.boolean(), proxy: fc.boolean() }), 3),
  ranges: few(sourceRange, 4),
  slices: few(
    fc.record({
      six: fc.boolean(),
      endpoints: few(fc.record({ place: digit, here: fc.boolean(), condition: fc.nat(4) }), 4),
    }),
    3,
  ),
})

const CONDITIONS = [
  { ready: true },
  {},
  { ready: false },
  { ready: false, serving: true, terminating: true },
  { ready: false, serving: false, terminating: true },
]

function serviceOf(given: Settings, index: number): Service {
  const { type, affinitySeconds } = given
  const isExternal = type !== 'ClusterIP'
  const isLoadBalancer = type === 'LoadBalancer'
  const ingress = given.vips.map(({ place, six, proxy }) => ({
    ip: six ? `fd00:77:${index}::${place}` : `192.0.${index}.${place}`,
    ...(proxy ? { ipMode: 'Proxy' } : {}),
  }))
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `s${index}`, namespace: 'default', uid: '', resourceVersion: '', creationTimestamp: '' },
    spec: {
      type,
      clusterIP: `10.96.0.${index + 10}`,
      clusterIPs: [`10.96.0.${index + 10}`, `fd00:96::${index + 10}`],
      ports: given.ports.map((protocol, i) => ({
        name: `p${i}`,
        protocol,
        port: 80 + i,
        ...(isExternal ? { nodePort: 30_000 + 10 * index + i } : {}),
      })),
      ...(given.internalLocal ? { internalTrafficPolicy: 'Local' } : {}),
      ...(given.externalLocal ? { externalTrafficPolicy: 'Local' } : {}),
      ...(isLoadBalancer ? { loadBalancerSourceRanges: given.ranges, healthCheckNodePort: 32_000 + index } : {}),
      ...(affinitySeconds === undefined
        ? {}
        : { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: affinitySeconds } } }),
      externalIPs: given.externalIPs.map((place) => `198.51.${index}.${place}`),
    },
    ...(isLoadBalancer ? { status: { loadBalancer: { ingress } } } : {}),
  }
}

function slicesOf(given: Settings, index: number): readonly EndpointSlice[] {
  const ports = given.ports.map((protocol, i) => ({ name: `p${i}`, protocol, port: 8080 + i }))
  return given.slices.map(({ six, endpoints }, i) => ({
    ...sampleSlice(
      `s${index}-${i}`,
      `s${index}`,
      ports,
      endpoints.map(({ place, here, condition }) => ({
        address: six ? `fd00:244::${place}` : `10.244.${here ? 0 : 1}.${place}`,
        node: here ? 'node-1' : 'node-2',
        ...CONDITIONS[condition],
      })),
    ),
    addressType: six ? 'IPv6' : 'IPv4',
  }))
}

export const arbitraryState: fc.Arbitrary<ClusterState> = few(settings, 4).map((all) => ({
  services: all.map(serviceOf),
  slices: all.flatMap(slicesOf),
}))

/** Of both families. */
export const arbitraryFlags: fc.Arbitrary<KubeProxyOptions> = fc
  .tuple(
    fc.constantFrom<KubeProxyOptions>(
      { clusterCidr: '10.244.0.0/16,fd00:244::/48' },
      {},
      { detectLocalMode: 'NodeCIDR' },
      { detectLocalMode: 'BridgeInterface', podBridgeInterface: 'cni0' },
      { detectLocalMode: 'InterfaceNamePrefix', podInterfaceNamePrefix: 'veth' },
      { masqueradeAll: true },
    ),
    fc.constantFrom<KubeProxyOptions>(
      {},
      { nodePortAddresses: ['172.18.0.0/16', '127.0.0.0/8', 'fd00:18::/64'] },
      { nodePortAddresses: ['0.0.0.0/0', '::/0'] },
      { nodePortAddresses: ['primary'] },
    ),
    fc.constantFrom<KubeProxyOptions>(
      {},
      { serviceCidrs: ['10.96.0.0/16', 'fd00:96::/112'] },
      { serviceCidrs: ['10.96.0.0/16', '10.97.0.0/16', 'fd00:96::/112', 'fd00:98::/112'] },
    ),
    fc.record({ nfacct: fc.boolean(), conntrackTcpBeLiberal: fc.boolean(), masqueradeBit: fc.constantFrom(0, 14, 31) }),
  )
  .map(([detector, addresses, ranges, more]) => ({
    ...detector,
    ...addresses,
    ...ranges,
    ...more,
    ipFamilies: ['ipv4', 'ipv6'],
  }))

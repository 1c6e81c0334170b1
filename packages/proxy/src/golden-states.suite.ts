// Small states of a cluster, each about one fact of kube-proxy's rules; node-1 is the node. Their golden texts stand in the tests of
// the modes. All facts were compared with what kube-proxy 1.36.2 left in a kernel.

import type { EndpointSlice, Service } from '@podwire/apiserver'
import { sampleService, sampleSlice, type SampleEndpoint } from './sample-objects.suite.ts'
import type { KubeProxyOptions } from './kube-proxy/options.ts'

export interface GoldenState {
  readonly services: readonly Service[]
  readonly slices: readonly EndpointSlice[]
  readonly options?: KubeProxyOptions
}

const here = (more: Partial<SampleEndpoint> = {}): SampleEndpoint => ({
  address: '10.244.0.5',
  node: 'node-1',
  ...more,
})
const there = (more: Partial<SampleEndpoint> = {}): SampleEndpoint => ({
  address: '10.244.1.6',
  node: 'node-2',
  ...more,
})
const DRAINING = { ready: false, serving: true, terminating: true }

const balanced = (spec: Service['spec'], vip = '192.0.2.1'): Service =>
  sampleService(
    'web',
    { type: 'LoadBalancer', clusterIP: '10.96.0.80', ports: [{ port: 80, nodePort: 30080 }], ...spec },
    { status: { loadBalancer: { ingress: [{ ip: vip }, { ip: '192.0.2.9', ipMode: 'Proxy' }] } } },
  )
const plain = (spec: Service['spec'] = {}): Service =>
  sampleService('web', { clusterIP: '10.96.0.80', ports: [{ port: 80 }], ...spec })
const slice = (...endpoints: readonly SampleEndpoint[]): readonly EndpointSlice[] => [
  sampleSlice('web-1', 'web', [{ port: 8080 }], endpoints),
]

export const GOLDEN_STATES = {
  'source ranges, the node in one of them': {
    // KUBE-FW lets ranges in, and the VIP itself; ipMode Proxy has no rules.
    services: [balanced({ loadBalancerSourceRanges: ['203.0.113.0/25', '172.18.0.0/16'] })],
    slices: slice(here()),
  },
  'source ranges without endpoints': {
    // Iptables refuses everybody, nftables drops strangers first.
    services: [balanced({ loadBalancerSourceRanges: ['203.0.113.0/25'] })],
    slices: [],
  },
  'external policy Local, endpoints elsewhere': {
    // Pods and the node are short-circuited, strangers dropped; the health-check port is let in.
    services: [balanced({ externalTrafficPolicy: 'Local', healthCheckNodePort: 32080 })],
    slices: slice(there()),
  },
  'internal policy Local': {
    // The cluster IP leads to local endpoints, and its masquerading stands there.
    services: [plain({ internalTrafficPolicy: 'Local', externalIPs: ['198.51.100.7'] })],
    slices: slice(here(), there()),
  },
  'only draining endpoints': {
    // They are used as long as they serve.
    services: [plain()],
    slices: slice(here(DRAINING), there({ ready: false, serving: false, terminating: true })),
  },
  'affinity, and three protocols on one port': {
    // A list or set for each endpoint.
    services: [
      plain({
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 5400 } },
        ports: [
          { name: 't', port: 53 },
          { name: 'u', port: 53, protocol: 'UDP' },
          { name: 's', port: 53, protocol: 'SCTP' },
        ],
      }),
    ],
    slices: [
      sampleSlice(
        'web-1',
        'web',
        [
          { name: 't', port: 53 },
          { name: 'u', port: 53, protocol: 'UDP' },
          { name: 's', port: 53, protocol: 'SCTP' },
        ],
        [here()],
      ),
    ],
  },
  'zone hints on an interface detector': {
    // The endpoint of the other zone is not used.
    services: [plain()],
    slices: slice(here({ zones: ['zone-1'] }), there({ zones: ['zone-2'] })),
    options: { detectLocalMode: 'InterfaceNamePrefix', podInterfaceNamePrefix: 'veth' },
  },
} satisfies Readonly<Record<string, GoldenState>>

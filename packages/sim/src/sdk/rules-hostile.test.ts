// Objects nobody's server would have stored: whatever stands in a field, rules are printed or the objects are refused in words, and
// what is printed can be read again.

import { PodwireError } from '@podwire/engine'
import { parseIptablesSave, parseNftRuleset, type ProxyMode } from '@podwire/proxy'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { proxyRules } from './rules.ts'

const STATE = [
  {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'node-1', labels: { 'topology.kubernetes.io/zone': 'a' } },
    spec: { podCIDR: '10.244.0.0/24', podCIDRs: ['10.244.0.0/24'] },
    status: {
      addresses: [
        { type: 'InternalIP', address: '172.18.0.2' },
        { type: 'InternalIP', address: 'fd00:18::2' },
      ],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'demo', labels: { app: 'web' } },
    spec: {
      type: 'LoadBalancer',
      clusterIP: '10.96.0.80',
      clusterIPs: ['10.96.0.80', 'fd00:96::80'],
      ipFamilies: ['IPv4', 'IPv6'],
      ports: [{ name: 'http', port: 80, protocol: 'TCP', nodePort: 30080 }],
      externalIPs: ['198.51.100.7'],
      loadBalancerSourceRanges: ['203.0.113.0/25'],
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
      externalTrafficPolicy: 'Local',
      internalTrafficPolicy: 'Cluster',
      healthCheckNodePort: 32080,
    },
    status: { loadBalancer: { ingress: [{ ip: '192.0.2.1', ipMode: 'VIP' }] } },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', namespace: 'demo', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: [
      {
        addresses: ['10.244.0.5'],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: 'node-1',
        hints: { forZones: [{ name: 'a' }], forNodes: [{ name: 'node-1' }] },
      },
    ],
  },
]

const HOSTILE: readonly unknown[] = [
  ...[null, '', ' ', 0, -1, 1.5, 65_536, 2 ** 31, 2 ** 53, true, [], {}, [null], [''], 'é"\n}', 'x'.repeat(300)],
  ...[
    '0.0.0.0',
    '::',
    '256.1.1.1',
    '010.1.1.1',
    '::ffff:10.0.0.1',
    'fe80::1%eth0',
    '10.0.0.0/0',
    '10.0.0.0/33',
    '::/0',
  ],
  ...['None', 'Local', 'Proxy', 'SCTP', 'tcp', 'FQDN', 'IPv6', '__proto__', 'constructor'],
]

/** Where in a value its leaves and branches are. */
function places(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [
    ...(path.length === 0 ? [] : [path]),
    ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, key])),
  ]
}

function withValue(value: unknown, path: readonly string[], put: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return put
  if (Array.isArray(value))
    return value.map((item: unknown, i) => (String(i) === key ? withValue(item, rest, put) : item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, name === key ? withValue(inner, rest, put) : inner]),
  )
}

const PLACES = places(STATE)
const at = (path: readonly string[]): unknown =>
  path.reduce((value: unknown, key) => (value as Readonly<Record<string, unknown>>)[key], STATE)
/** Mostly values of the type the field has: others are refused before anybody looks at them. */
const change = fc.constantFrom(...PLACES).chain((path) => {
  const alike = HOSTILE.filter((value) => typeof value === typeof at(path))
  const put = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...alike) }, fc.constantFrom(...HOSTILE))
  return fc.record({ path: fc.constant(path), put })
})
const MODES: readonly ProxyMode[] = ['iptables', 'nftables', 'ipvs', 'userspace']

test('every field, every hostile value that comes up', () => {
  let printed = 0
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), fc.constantFrom(...MODES), (changes, proxyMode) => {
      const state = changes.reduce((value: unknown, { path, put }) => withValue(value, path, put), STATE)
      const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: state })
      try {
        const rules = proxyRules([text], { node: 'node-1', proxyMode, clusterCidr: '10.244.0.0/16' })
        if (proxyMode === 'nftables') parseNftRuleset(rules)
        if (proxyMode === 'iptables' || proxyMode === 'userspace') parseIptablesSave(rules)
        printed++
      } catch (error) {
        if (!(error instanceof PodwireError)) throw error
        expect(error.message).toMatch(/^Failed to (read manifests|print rules|start kube-proxy): /)
      }
    }),
    { numRuns: 300 },
  )
  expect(printed).toBeGreaterThan(60)
})

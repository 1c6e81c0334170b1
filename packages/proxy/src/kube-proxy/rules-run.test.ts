// One node's rules for given objects, one state after another.

import type { Node } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { sampleNode, sampleService, sampleSlice } from '../sample-objects.suite.ts'
import type { KubeProxyOptions } from './options.ts'
import { RulesRun, type ClusterState } from './rules-run.ts'

const web = (spec: Parameters<typeof sampleService>[1] = {}) =>
  sampleService('web', { clusterIP: '10.96.0.80', ports: [{ port: 80 }], ...spec })
const webSlice = sampleSlice('web-1', 'web', [{ port: 8080 }], [{ address: '10.244.0.5', node: 'node-1' }])
const nodePort = { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] } as const

function run(options: KubeProxyOptions, states: readonly ClusterState[], node: Node = sampleNode(1)): RulesRun {
  const rules = new RulesRun({ node, options: { clusterCidr: '10.244.0.0/16', nfacct: false, ...options } })
  for (const state of states) rules.sync(state)
  return rules
}

/** The chains of service ports, with how many rules each has. */
function serviceChains(text: string): readonly string[] {
  return [...text.matchAll(/\tchain (\S*\/\S*) \{\n((?:\t\t.*\n)*)/g)].map(
    ([, name = '', rules = '']) => `${name.replace(/-[A-Z0-9]{8}-/, '-')} ${rules.split('\n').length - 1}`,
  )
}

test('a chain nftables mode no longer uses is emptied, and deleted with the next sync', () => {
  const states = [
    { services: [web(nodePort)], slices: [webSlice] },
    { services: [web()], slices: [webSlice] },
    { services: [web()], slices: [] },
  ]
  const chains = states.map((_, i) =>
    serviceChains(run({ proxyMode: 'nftables' }, states.slice(0, i + 1)).text('ipv4')),
  )
  expect(chains).toEqual([
    ['service-default/web/tcp/ 1', 'external-default/web/tcp/ 2'],
    ['service-default/web/tcp/ 1', 'external-default/web/tcp/ 0'],
    ['service-default/web/tcp/ 0'],
  ])
})

test('iptables mode deletes at once', () => {
  const rules = run({}, [
    { services: [web(nodePort)], slices: [webSlice] },
    { services: [web()], slices: [] },
  ])
  expect(rules.text('ipv4')).not.toMatch(/KUBE-(EXT|SVC|SEP)-/)
})

test('a large cluster keeps chains it no longer uses, and comments of what did not change', () => {
  const many = sampleService('many', { clusterIP: '10.96.0.81', ports: [{ port: 80 }] })
  const crowd = (count: number) =>
    sampleSlice(
      'many-1',
      'many',
      [{ port: 80 }],
      Array.from({ length: count }, (_, i) => ({ address: `10.245.${i >> 8}.${i & 255}` })),
    )
  const states = [
    { services: [web(nodePort), many], slices: [webSlice, crowd(1)] },
    { services: [web(nodePort), many], slices: [webSlice, crowd(1000)] },
    { services: [web(), many], slices: [webSlice, crowd(1000)] },
    { services: [web(), many], slices: [webSlice, crowd(999)] },
  ]
  const rules = run({}, [])
  const told = states.map((state) => {
    rules.sync(state)
    const text = rules.text('ipv4')
    return {
      comments: [text.includes('"default/web -> 10.244.0.5:8080"'), text.includes('"default/many -> 10.245.0.0:80"')],
      external: (text.match(/^-A KUBE-EXT-/gm) ?? []).length,
      isReached: text.includes('-j KUBE-EXT-'),
    }
  })
  expect(told).toEqual([
    { comments: [true, true], external: 2, isReached: true },
    { comments: [true, false], external: 2, isReached: true },
    { comments: [false, false], external: 2, isReached: false },
    { comments: [false, true], external: 0, isReached: false },
  ])
  // Started anew, it writes all of them alike.
  expect(run({}, states.slice(2, 3)).text('ipv4')).not.toMatch(/KUBE-EXT-|-> 1/)
})

test('slices of a Service that is gone are a change too', () => {
  const states = [
    { services: [web()], slices: [webSlice] },
    { services: [], slices: [webSlice] },
    { services: [], slices: [] },
  ]
  const chains = states.map((_, i) =>
    serviceChains(run({ proxyMode: 'nftables' }, states.slice(0, i + 1)).text('ipv4')),
  )
  expect(chains.map((list) => list.length)).toEqual([1, 1, 0])
})

test('a change of one family leaves the other without a sync', () => {
  const dual = (more: object) => web({ clusterIPs: ['10.96.0.80', 'fd00:96::80'], ...more })
  const slice6 = sampleSlice('web-6', 'web', [{ port: 8080 }], [{ address: 'fd00:244::5', node: 'node-1' }])
  const options = { proxyMode: 'nftables', ipFamilies: ['ipv4', 'ipv6'] } as const
  const rules = run(options, [
    { services: [dual(nodePort)], slices: [webSlice, slice6] },
    { services: [dual({})], slices: [webSlice, slice6] },
    { services: [dual({})], slices: [slice6] },
  ])
  expect(serviceChains(rules.text('ipv4'))).toEqual(['service-default/web/tcp/ 0'])
  expect(serviceChains(rules.text('ipv6'))).toEqual(['service-default/web/tcp/ 1', 'external-default/web/tcp/ 0'])
})

const NODE_PORTS = /^-A KUBE-SERVICES (.*?) ?-m comment --comment "kubernetes service nodeports.*? chain"(.*) -j/gm

test.each<{
  name: string
  options: KubeProxyOptions
  interfaceAddresses?: readonly string[]
  ipv4: readonly string[]
  ipv6: readonly string[]
}>([
  { name: 'all', options: {}, ipv4: ['* LOCAL'], ipv6: ['! -d ::1/128 LOCAL'] },
  {
    name: 'a range of one family says nothing about the other',
    options: { nodePortAddresses: ['172.18.0.0/16'] },
    ipv4: ['-d 172.18.0.2/32'],
    ipv6: ['! -d ::1/128 LOCAL'],
  },
  {
    name: 'loopback where node ports answer there',
    options: { nodePortAddresses: ['127.0.0.0/8', '172.18.0.0/16', '::1/128', 'fd00::/8'] },
    ipv4: ['-d 127.0.0.1/32', '-d 172.18.0.2/32'],
    ipv6: ['-d fd00:18::2/128'],
  },
  {
    name: 'loopback where they do not',
    options: { nodePortAddresses: ['127.0.0.0/8', '172.18.0.0/16'], localhostNodePorts: false },
    ipv4: ['-d 172.18.0.2/32'],
    ipv6: ['! -d ::1/128 LOCAL'],
  },
  { name: 'no address in the range', options: { nodePortAddresses: ['10.0.0.0/8', 'fd01::/16'] }, ipv4: [], ipv6: [] },
  {
    name: 'a range of everything',
    options: { nodePortAddresses: ['172.18.0.0/16', '0.0.0.0/0'] },
    ipv4: ['* LOCAL'],
    ipv6: ['! -d ::1/128 LOCAL'],
  },
  {
    name: 'primary',
    options: { nodePortAddresses: ['primary'] },
    ipv4: ['-d 172.18.0.2/32'],
    ipv6: ['-d fd00:18::2/128'],
  },
  {
    name: 'primary, bound to an address no interface has',
    options: { nodePortAddresses: ['primary'], bindAddress: '172.18.0.99' },
    interfaceAddresses: ['127.0.0.1', '::1', '172.18.0.2', 'fd00:18::2'],
    ipv4: [],
    ipv6: ['-d fd00:18::2/128'],
  },
  {
    name: 'primary, bound to loopback',
    options: { nodePortAddresses: ['primary'], bindAddress: '127.0.0.1', localhostNodePorts: false },
    ipv4: ['! -d 127.0.0.0/8 LOCAL'],
    ipv6: ['-d fd00:18::2/128'],
  },
  {
    name: 'primary, bound elsewhere',
    options: { nodePortAddresses: ['primary'], bindAddress: '172.18.0.99' },
    ipv4: ['-d 172.18.0.99/32'],
    ipv6: ['-d fd00:18::2/128'],
  },
])('--nodeport-addresses: $name', ({ options, interfaceAddresses, ipv4, ipv6 }) => {
  const addresses = ['172.18.0.2', 'fd00:18::2'].map((address) => ({ type: 'InternalIP', address }))
  const node: Node = { ...sampleNode(1), status: { addresses } }
  const all = { ...options, ipFamilies: ['ipv4', 'ipv6'] } as const
  const rules = new RulesRun({ node, options: all, ...(interfaceAddresses && { interfaceAddresses }) })
  rules.sync({ services: [], slices: [] })
  const jumps = (text: string) =>
    [...text.matchAll(NODE_PORTS)].map(([, address = '', type = '']) =>
      [address || (type === '' ? '' : '*'), type === '' ? '' : 'LOCAL'].join(' ').trim(),
    )
  expect({ ipv4: jumps(rules.text('ipv4')), ipv6: jumps(rules.text('ipv6')) }).toEqual({ ipv4, ipv6 })
})

test('primary on a node without an address of the family serves all of them', () => {
  const rules = run({ proxyMode: 'nftables', ipFamilies: ['ipv4', 'ipv6'] }, [{ services: [], slices: [] }])
  expect(rules.text('ipv4')).toContain('ip daddr @nodeport-ips')
  const port = 'ip6 daddr != ::1 meta l4proto . th dport vmap'
  expect(rules.text('ipv6')).toContain(`\n\t\tfib daddr type local ${port} @service-nodeports\n`)
  // The input hook sees the node's own addresses only.
  expect(rules.text('ipv6')).toContain(`\n\t\t${port} @no-endpoint-nodeports\n`)
})

test('nft takes no comment of more than 128 characters', () => {
  const long = 'a'.repeat(63)
  const service = sampleService(long, { clusterIP: '10.96.0.80', ports: [{ name: long, port: 80, nodePort: 30080 }] })
  const text = run({ proxyMode: 'nftables' }, [{ services: [service], slices: [] }]).text('ipv4')
  const comments = [...text.matchAll(/(?:80|30080) comment "([^"]*)"/g)].map(([, comment = '']) => comment.length)
  expect(comments).toEqual([128, 128])
})

test.each(['iptables', 'nftables'] as const)('%s mode follows the node to another zone', (proxyMode) => {
  const sticky = web({ sessionAffinity: 'ClientIP' })
  const slice = sampleSlice(
    'web-1',
    'web',
    [{ port: 8080 }],
    [
      { address: '10.244.0.5', node: 'node-1', zones: ['zone-1'] },
      { address: '10.244.1.6', node: 'node-2', zones: ['zone-2'] },
    ],
  )
  const state = { services: [sticky], slices: [slice] }
  const rules = run({ proxyMode }, [
    { ...state, node: sampleNode(1) },
    { ...state, node: sampleNode(1, 'zone-2') },
  ])
  const text = rules.text('ipv4')
  expect(text).toContain('10.244.1.6:8080')
  expect(text).not.toContain('10.244.0.5:8080')
  // What no endpoint of this zone has any more is emptied, and still there.
  if (proxyMode === 'nftables') {
    expect(serviceChains(text)).toEqual([
      'endpoint-default/web/tcp/__10.244.1.6/8080 2',
      'service-default/web/tcp/ 2',
      'endpoint-default/web/tcp/__10.244.0.5/8080 0',
    ])
  }
})

test('in ipvs mode a node that serves no node ports has no health check of theirs either', () => {
  const spec = { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 32_080 } as const
  const states = (nodePort: object) => [
    { services: [web({ ...spec, ports: [{ port: 80, ...nodePort }] })], slices: [webSlice] },
  ]
  const added = (nodePort: object): readonly string[] =>
    [
      ...run({ proxyMode: 'ipvs', nodePortAddresses: ['10.0.0.0/8'] }, states(nodePort))
        .text('ipv4')
        .matchAll(/^add (KUBE-(?:NODE-PORT|HEALTH)\S+) (\S+)$/gm),
    ].map(([, set, entry]) => `${set} ${entry}`)
  expect(added({ nodePort: 30_080 })).toEqual([])
  // Upstream leaves a port at its node port: one without goes on to its health check.
  expect(added({})).toEqual(['KUBE-HEALTH-CHECK-NODE-PORT 32080'])
})

test('pod ranges of the other family alone are no answer to NodeCIDR', () => {
  expect(() => run({ detectLocalMode: 'NodeCIDR', bindAddress: 'fd00:18::9' }, [])).toThrow(
    'cluster is IPv6-primary but node.spec.podCIDRs of node-1 contains only IPv4 addresses',
  )
})

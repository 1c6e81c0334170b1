import type { Service, ServiceSpec } from '@podwire/apiserver'
import { describe, expect, test } from 'vitest'
import { parseAddressRange, formatBlock } from './address-range.ts'
import { Allocator } from './allocator.ts'
import { readConfigText } from './config-map.ts'
import { converge } from './converge.ts'
import { electionOrder } from './layer2-election.ts'
import type { MetalLbRelease } from './release.ts'

describe('addresses of a pool', () => {
  test.each([
    ['192.168.10.0/24', '192.168.10.0/24'],
    ['192.168.10.7/29', '192.168.10.0/29'],
    [
      '10.10.10.200-10.10.10.250',
      '10.10.10.200/29 10.10.10.208/28 10.10.10.224/28 10.10.10.240/29 10.10.10.248/31 10.10.10.250/32',
    ],
    ['10.0.0.1 - 10.0.0.2', '10.0.0.1/32 10.0.0.2/32'],
    ['2001:db8::1-2001:db8::3', '2001:db8::1/128 2001:db8::2/127'],
  ])('%s', (text, blocks) => expect(parseAddressRange(text).map(formatBlock).join(' ')).toBe(blocks))

  test.each([
    ['10.0.0.1', 'invalid CIDR "10.0.0.1"'],
    ['10.0.0.0/33', 'invalid CIDR "10.0.0.0/33"'],
    ['a-b', 'invalid IP range "a-b": invalid start IP "a"'],
    ['10.0.0.9-10.0.0.1', 'start IP "10.0.0.9" is after the end IP "10.0.0.1"'],
    ['10.0.0.1-2001:db8::1', 'is after the end IP'],
    ['10.0.0.01/32', 'invalid CIDR'],
  ])('%s is refused', (text, why) => expect(() => parseAddressRange(text)).toThrow(why))
})

describe('a ConfigMap of old releases', () => {
  test('as the course has it', () => {
    const text = 'address-pools:\n- name: default\n  protocol: layer2\n  addresses: [10.10.10.200-10.10.10.250]\n'
    const { pools } = readConfigText(text)
    expect(pools).toMatchObject([{ name: 'default', autoAssign: true, avoidBuggyIPs: false, bgp: [] }])
    expect(pools[0]?.layer2).toHaveLength(1)
  })

  test.each([
    ['no addresses', 'address-pools: [{name: a, protocol: layer2}]', 'pool has no prefixes defined'],
    [
      'no protocol',
      'address-pools: [{name: a, addresses: [10.0.0.0/24]}]',
      'address pool is missing the protocol field',
    ],
    ['another protocol', 'address-pools: [{name: a, protocol: x, addresses: [10.0.0.0/24]}]', 'unknown protocol "x"'],
    [
      'one name twice',
      'address-pools: [{name: a, protocol: bgp, addresses: [10.0.0.0/24]}, {name: a, protocol: bgp, addresses: [10.0.1.0/24]}]',
      'duplicate definition of pool "a"',
    ],
    [
      'overlap',
      'address-pools: [{name: a, protocol: bgp, addresses: [10.0.0.0/24]}, {name: b, protocol: bgp, addresses: [10.0.0.0/25]}]',
      'CIDR "10.0.0.0/25" in pool "b" overlaps with already defined CIDR "10.0.0.0/24"',
    ],
    ['a field nobody knows', 'address-pool: []', 'field address-pool not found'],
    [
      'a short hold time',
      'peers: [{my-asn: 1, peer-asn: 2, peer-address: 10.0.0.1, hold-time: 1s}]',
      'must be 0 or >=3s',
    ],
    ['a profile nobody defined', 'peers: [{my-asn: 1, peer-asn: 2, bfd-profile: f}]', 'unknown BFD profile "f"'],
  ])('%s', (_, text, why) => expect(() => readConfigText(text)).toThrow(why))
})

const RELEASE: MetalLbRelease = { minor: 15 }

function serviceOf(
  name: string,
  spec: Partial<ServiceSpec> = {},
  annotations: Record<string, string> = {},
  ip?: string,
): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'demo', annotations, labels: { app: name } },
    spec: { type: 'LoadBalancer', clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9'], ports: [{ port: 80 }], ...spec },
    ...(ip === undefined ? {} : { status: { loadBalancer: { ingress: [{ ip }] } } }),
  } as unknown as Service
}

function allocatorOf(text: string): {
  allocator: Allocator
  give: (service: Service, release?: MetalLbRelease) => string
} {
  const allocator = new Allocator()
  allocator.setPools(readConfigText(text).pools)
  const give = (service: Service, release = RELEASE): string => {
    const done = converge(allocator, { service, namespaceLabels: {}, hasPools: true, release })
    const events = done.events.map(({ reason, message }) => ` ${reason}: ${message}`).join('')
    return `${done.addresses.join(',') || 'none'} of ${done.pool ?? 'none'}${events}`
  }
  return { allocator, give }
}

const TWO = `
address-pools:
- {name: edge, protocol: layer2, addresses: [10.0.0.255-10.0.1.1], avoid-buggy-ips: true}
- {name: kept, protocol: layer2, addresses: [10.9.0.0/31], auto-assign: false}
`

describe('allocation', () => {
  test('lowest first, no buggy addresses, what is freed comes first, and then there are none', () => {
    const { allocator, give } = allocatorOf(
      'address-pools: [{name: p, protocol: bgp, addresses: [10.0.0.254-10.0.1.2], avoid-buggy-ips: true}]',
    )
    expect(give(serviceOf('a'))).toBe('10.0.0.254 of p IPAllocated: Assigned IP ["10.0.0.254"]')
    expect(give(serviceOf('b'))).toContain('10.0.1.1 of p')
    expect(give(serviceOf('c'))).toContain('10.0.1.2 of p')
    expect(give(serviceOf('d'))).toBe(
      'none of none AllocationFailed: Failed to allocate IP for "demo/d": no available IPs',
    )
    allocator.unassign('demo/b')
    expect(give(serviceOf('d'), { minor: 11 })).toBe('10.0.1.1 of p IPAllocated: Assigned IP "10.0.1.1"')
  })

  const named = 'metallb.io/loadBalancerIPs'
  const pool = 'metallb.io/address-pool'
  const other = 'AllocationFailed: Failed to allocate IP for "demo/a"'
  test.each([
    [
      'a pool by name',
      serviceOf('a', {}, { [pool]: 'kept' }),
      '10.9.0.0 of kept IPAllocated: Assigned IP ["10.9.0.0"]',
    ],
    [
      'the old prefix',
      serviceOf('a', {}, { 'metallb.universe.tf/address-pool': 'kept' }),
      '10.9.0.0 of kept IPAllocated: Assigned IP ["10.9.0.0"]',
    ],
    ['a pool that is none', serviceOf('a', {}, { [pool]: 'x' }), `none of none ${other}: unknown pool "x"`],
    [
      'loadBalancerIP',
      serviceOf('a', { loadBalancerIP: '10.9.0.1' }),
      '10.9.0.1 of kept IPAllocated: Assigned IP ["10.9.0.1"]',
    ],
    [
      'outside',
      serviceOf('a', { loadBalancerIP: '10.8.0.1' }),
      `none of none ${other}: ["10.8.0.1"] is not allowed in config`,
    ],
    ['no address', serviceOf('a', { loadBalancerIP: 'x' }), `none of none ${other}: invalid spec.loadBalancerIP "x"`],
    [
      'both ways',
      serviceOf('a', { loadBalancerIP: '10.9.0.1' }, { [named]: '10.9.0.1' }),
      `none of none ${other}: service can not have both metallb.io/loadBalancerIPs and svc.Spec.LoadBalancerIP`,
    ],
    [
      'an address of another pool',
      serviceOf('a', {}, { [named]: '10.9.0.1', [pool]: 'edge' }),
      `none of none ${other}: requested loadBalancer IP(s) ["10.9.0.1"] is not compatible with requested address pool edge`,
    ],
    [
      'another family',
      serviceOf('a', {}, { [named]: '2001:db8::1' }),
      `none of none ${other}: requested loadBalancer IP(s) ["2001:db8::1"] does not match the ipFamily of the service`,
    ],
    ['a ClusterIP Service', serviceOf('a', { type: 'ClusterIP' }, {}, '10.9.0.1'), 'none of none'],
    ['one that has an address keeps it', serviceOf('a', {}, {}, '10.9.0.1'), '10.9.0.1 of kept'],
    [
      'one whose address is no longer allowed gets another',
      serviceOf('a', {}, {}, '10.7.0.1'),
      '10.0.1.1 of edge ClearAssignment: current IP for "demo/a" not allowed by config, will attempt for new IP assignment: ["10.7.0.1"] is not allowed in config IPAllocated: Assigned IP ["10.0.1.1"]',
    ],
  ])('%s', (_, service, outcome) => {
    expect(allocatorOf(TWO).give(service)).toBe(outcome)
  })

  const shared = { 'metallb.io/allow-shared-ip': 'k' }
  const local = { externalTrafficPolicy: 'Local', selector: { app: 'x' } }
  const at = { loadBalancerIP: '10.9.0.0' }
  const https = { ports: [{ port: 443 }] }
  const refused = 'can\'t change sharing key for "demo/b", address also in use by demo/a'
  test.each([
    [
      'same key, other ports',
      serviceOf('a', at, shared),
      serviceOf('b', { ...at, ...https }, shared),
      '10.9.0.0 of kept',
    ],
    [
      'same key, same port',
      serviceOf('a', at, shared),
      serviceOf('b', at, shared),
      'port TCP/80 is already in use on "10.9.0.0"',
    ],
    [
      'UDP beside TCP',
      serviceOf('a', at, shared),
      serviceOf('b', { ...at, ports: [{ port: 80, protocol: 'UDP' }] }, shared),
      '10.9.0.0 of kept',
    ],
    ['no key', serviceOf('a', at), serviceOf('b', { ...at, ...https }), refused],
    [
      'other keys',
      serviceOf('a', at, shared),
      serviceOf('b', { ...at, ...https }, { 'metallb.io/allow-shared-ip': 'z' }),
      refused,
    ],
    [
      'Local and Cluster',
      serviceOf('a', { ...at, ...local }, shared),
      serviceOf('b', { ...at, ...https }, shared),
      refused,
    ],
    [
      'Local, same pods',
      serviceOf('a', { ...at, ...local }, shared),
      serviceOf('b', { ...at, ...local, ...https }, shared),
      '10.9.0.0 of kept',
    ],
  ])('sharing: %s', (_, first, second, outcome) => {
    const { give } = allocatorOf(TWO)
    give(first)
    expect(give(second)).toContain(outcome)
  })
})

describe('layer 2 election', () => {
  test.each([
    [['node1', 'node2', 'node3'], '192.168.1.240', 'node3 node1 node2'],
    [['node3', 'node2', 'node1'], '192.168.1.241', 'node1 node3 node2'],
    [['hdss7-21.host.com', 'hdss7-22.host.com'], '10.4.7.200', 'hdss7-21.host.com hdss7-22.host.com'],
  ])('%s for %s', (nodes, address, order) => expect(electionOrder(nodes, address).join(' ')).toBe(order))
})

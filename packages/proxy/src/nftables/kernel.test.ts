// Our nftables table in the real kernel: it lists it back as we print it, and real connections end as our evaluator says.
// Skipped with the reason where that is not possible; PODWIRE_REFEREES=required makes it a failure instead.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { byText, predictDial } from '../iptables/kernel-prediction.suite.ts'
import { BACKENDS, KernelNetwork, NODE_ADDRESS, whyNot } from '../iptables/kernel.suite.ts'
import { sampleNftTable, sampleService, sampleSlice } from '../sample-objects.suite.ts'
import { NftablesHooks } from './nftables-hooks.ts'
import { nftListTable } from './print.ts'

const reason = whyNot()

const table = sampleNftTable(
  [
    sampleService(
      'web',
      {
        type: 'LoadBalancer',
        clusterIP: '10.96.0.80',
        externalIPs: ['198.51.100.7'],
        ports: [
          { name: 'http', port: 80, nodePort: 30_080 },
          { name: 'dns', port: 53, nodePort: 30_053, protocol: 'UDP' },
          { name: 'sigtran', port: 2905, protocol: 'SCTP' },
        ],
        loadBalancerSourceRanges: ['203.0.113.0/25', '172.18.0.0/24'],
      },
      { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { ip: '192.0.2.2' }] } } },
    ),
    sampleService(
      'guarded',
      {
        type: 'LoadBalancer',
        clusterIP: '10.96.0.84',
        ports: [{ port: 80 }],
        loadBalancerSourceRanges: ['203.0.113.0/25'],
      },
      { status: { loadBalancer: { ingress: [{ ip: '192.0.2.9' }] } } },
    ),
    sampleService('sticky', { clusterIP: '10.96.0.81', ports: [{ port: 80 }], sessionAffinity: 'ClientIP' }),
    sampleService('none', { type: 'NodePort', clusterIP: '10.96.0.82', ports: [{ port: 80, nodePort: 30_082 }] }),
    sampleService('away', { clusterIP: '10.96.0.83', ports: [{ port: 80 }], internalTrafficPolicy: 'Local' }),
  ],
  [
    sampleSlice(
      'web-1',
      'web',
      [
        { name: 'http', port: 8080 },
        { name: 'dns', port: 53, protocol: 'UDP' },
        { name: 'sigtran', port: 2905, protocol: 'SCTP' },
      ],
      BACKENDS.map((address) => ({ address, node: 'node-1' })),
    ),
    ...['guarded', 'sticky'].map((name) =>
      sampleSlice(
        `${name}-1`,
        name,
        [{ port: 8080 }],
        BACKENDS.map((address) => ({ address })),
      ),
    ),
    sampleSlice('away-1', 'away', [{ port: 8080 }], [{ address: '10.244.1.9', node: 'node-2' }]),
  ],
)

if (reason !== undefined && process.env['PODWIRE_REFEREES'] === 'required') {
  test('the kernel referee is required', () => {
    expect.fail(reason)
  })
}

/** Elements of sets and maps have no fixed order in the kernel: each block's lines, sorted. */
function blocks(text: string): readonly string[] {
  return text
    .split('\n\n')
    .map((block) =>
      block
        .replaceAll(/elements = \{|[{},]/g, ' ')
        .split('\n')
        .map((line) => line.trim())
        .sort(byText)
        .join('\n')
        .trim(),
    )
    .sort(byText)
}

/** nft 1.0.6 does not read its own listing of this statement: there the map's type has to be written out. */
const loadable = (text: string): string => text.replaceAll('dnat ip to numgen', 'dnat ip addr . port to numgen')

describe.skipIf(reason !== undefined)(`kernel referee${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  const network = new KernelNetwork('n')

  beforeAll(async () => {
    await network.open()
    network.loadNft(loadable(nftListTable(table)))
  }, 30_000)

  afterAll(() => network.close())

  test('nft list prints what we print', () => {
    expect(blocks(network.listNft())).toEqual(blocks(nftListTable(table)))
  })

  test.each([
    { name: 'ClusterIP', from: 'client', address: '10.96.0.80', port: 80 },
    { name: 'ClusterIP from the node', from: 'node', address: '10.96.0.80', port: 80 },
    { name: 'another port of a ClusterIP', from: 'client', address: '10.96.0.80', port: 81 },
    { name: 'NodePort', from: 'client', address: NODE_ADDRESS, port: 30_080 },
    { name: 'NodePort from the node', from: 'node', address: NODE_ADDRESS, port: 30_080 },
    { name: 'external IP', from: 'client', address: '198.51.100.7', port: 80 },
    { name: 'load balancer IP', from: 'client', address: '192.0.2.1', port: 80 },
    {
      name: 'load balancer IP outside of the source ranges',
      from: 'client',
      address: '192.0.2.9',
      port: 80,
      slow: true,
    },
    { name: 'no endpoints', from: 'client', address: '10.96.0.82', port: 80 },
    { name: 'no endpoints, NodePort', from: 'client', address: NODE_ADDRESS, port: 30_082 },
    { name: 'no local endpoints', from: 'client', address: '10.96.0.83', port: 80, slow: true },
    { name: 'unallocated', from: 'client', address: '10.96.0.200', port: 80, slow: true },
  ] as const)('$name', ({ from, address, port, ...row }) => {
    const real = network.dial(from, address, port, 'slow' in row ? 1 : 24)
    expect([...real.keys()].sort(byText)).toEqual(predictDial(new NftablesHooks(table), from, address, port))
  })

  test('affinity: one client stays with one backend', () => {
    expect(network.dial('client', '10.96.0.81', 80, 12).size).toBe(1)
  })
})

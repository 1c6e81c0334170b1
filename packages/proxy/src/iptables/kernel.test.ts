// Our printed rules in the real kernel: it prints them back as we do, and real connections end as our evaluator says.
// Skipped with the reason where that is not possible; PODWIRE_REFEREES=required makes it a failure instead.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sampleService, sampleSlice, sampleTables } from '../sample-objects.suite.ts'
import { byText, predictDial } from './kernel-prediction.suite.ts'
import { BACKENDS, KernelNetwork, NODE_ADDRESS, whyNot } from './kernel.suite.ts'
import { iptablesList } from './list.ts'
import { IptablesHooks } from './iptables-hooks.ts'
import { iptablesSave } from './print.ts'

const reason = whyNot()

const tables = sampleTables(
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
        loadBalancerSourceRanges: ['203.0.113.0/25'],
      },
      { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } },
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
    sampleSlice(
      'sticky-1',
      'sticky',
      [{ port: 8080 }],
      BACKENDS.map((address) => ({ address })),
    ),
    sampleSlice('away-1', 'away', [{ port: 8080 }], [{ address: '10.244.1.9', node: 'node-2' }]),
  ],
)

if (reason !== undefined && process.env['PODWIRE_REFEREES'] === 'required') {
  test('the kernel referee is required', () => {
    expect.fail(reason)
  })
}

describe.skipIf(reason !== undefined)(`kernel referee${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  const network = new KernelNetwork()

  beforeAll(async () => {
    await network.open()
    network.load(iptablesSave(tables))
  }, 30_000)

  afterAll(() => network.close())

  test('iptables-save prints what we print', () => {
    expect(network.save()).toBe(iptablesSave(tables))
  })

  test.each(['nat', 'filter'] as const)('iptables -t %s -L -n prints what we print', (table) => {
    expect(network.list(table)).toBe(iptablesList(tables, table))
  })

  test.each([
    { name: 'ClusterIP', from: 'client', address: '10.96.0.80', port: 80 },
    { name: 'ClusterIP from the node', from: 'node', address: '10.96.0.80', port: 80 },
    { name: 'NodePort', from: 'client', address: NODE_ADDRESS, port: 30_080 },
    { name: 'NodePort from the node', from: 'node', address: NODE_ADDRESS, port: 30_080 },
    { name: 'NodePort on localhost', from: 'node', address: '127.0.0.1', port: 30_080 },
    { name: 'external IP', from: 'client', address: '198.51.100.7', port: 80 },
    {
      name: 'load balancer IP outside of the source ranges',
      from: 'client',
      address: '192.0.2.1',
      port: 80,
      slow: true,
    },
    { name: 'no endpoints', from: 'client', address: '10.96.0.82', port: 80 },
    { name: 'no endpoints, NodePort', from: 'client', address: NODE_ADDRESS, port: 30_082 },
    { name: 'no local endpoints', from: 'client', address: '10.96.0.83', port: 80, slow: true },
  ] as const)('$name', ({ from, address, port, ...row }) => {
    const slow = 'slow' in row
    const real = network.dial(from, address, port, slow ? 1 : 24)
    expect([...real.keys()].sort(byText)).toEqual(predictDial(new IptablesHooks(tables), from, address, port))
  })

  test('affinity: one client stays with one backend', () => {
    expect(network.dial('client', '10.96.0.81', 80, 12).size).toBe(1)
  })

  test('iptables-legacy takes the same rules', () => {
    network.flush('nft')
    network.load(iptablesSave(tables), 'legacy')
    const lines = (text: string): readonly string[] => text.split('\n').sort(byText)
    expect(lines(network.save('legacy'))).toEqual(lines(iptablesSave(tables)))
  })
})

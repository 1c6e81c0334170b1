import { expect, test } from 'vitest'
import { parsePrefix } from '../fabric/address.ts'
import { clusterCidrFor, planNode } from './node-plan.ts'

test.each([
  [1, '172.18.0.2', '10.244.0.0/24'],
  [2, '172.18.0.3', '10.244.1.0/24'],
  [255, '172.18.1.0', '10.244.254.0/24'],
  [257, '172.18.1.2', '10.245.0.0/24'],
  [3072, '172.18.12.1', '10.255.255.0/24'],
  [3073, '172.18.12.2', '10.128.0.0/24'],
] as const)('node %i is %s with pods in %s', (number, address, podCidr) => {
  expect(planNode(number)).toMatchObject({ name: `node-${number}`, addresses: [address], podCidrs: [podCidr] })
})

test.each([
  [1, [4, 6], '10.244.0.0/16,fd00:10:244::/56', '172.18.0.2 fc00:f853:ccd:e793::2', '10.244.0.0/24 fd00:10:244::/64'],
  [2, [6, 4], 'fd00:10:244::/56,10.9.8.0/22', 'fc00:f853:ccd:e793::3 172.18.0.3', 'fd00:10:244:1::/64 10.9.9.0/24'],
  [256, [6], 'fd00:10:244::/56', 'fc00:f853:ccd:e793::101', 'fd00:10:244:ff::/64'],
] as const)('node %i of families %j with pods in %s', (number, families, ranges, addresses, podCidrs) => {
  const plan = planNode(number, families, ranges.split(',').map(parsePrefix))
  expect(plan.addresses.join(' ')).toBe(addresses)
  expect(plan.podCidrs.join(' ')).toBe(podCidrs)
})

test('a range has room for so many nodes', () => {
  expect(() => planNode(5, [4], [parsePrefix('10.9.8.0/22')])).toThrow('the pod range 10.9.8.0/22 has room for 4 nodes')
})

test('the cluster CIDR holds the pods of every node', () => {
  expect([3, 256, 257, 5000].map(clusterCidrFor)).toEqual([
    '10.244.0.0/16',
    '10.244.0.0/16',
    '10.244.0.0/14',
    '10.128.0.0/9',
  ])
})

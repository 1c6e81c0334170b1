import { expect, test } from 'vitest'
import { clusterCidrFor, planNode } from './node-plan.ts'

test.each([
  [1, '172.18.0.2', '10.244.0.0/24'],
  [2, '172.18.0.3', '10.244.1.0/24'],
  [255, '172.18.1.0', '10.244.254.0/24'],
  [257, '172.18.1.2', '10.245.0.0/24'],
  [3072, '172.18.12.1', '10.255.255.0/24'],
  [3073, '172.18.12.2', '10.128.0.0/24'],
] as const)('node %i is %s with pods in %s', (number, address, podCidr) => {
  expect(planNode(number)).toMatchObject({ name: `node-${number}`, address, podCidr })
})

test('the cluster CIDR holds the pods of every node', () => {
  expect([3, 256, 257, 5000].map(clusterCidrFor)).toEqual([
    '10.244.0.0/16',
    '10.244.0.0/16',
    '10.244.0.0/14',
    '10.128.0.0/9',
  ])
})

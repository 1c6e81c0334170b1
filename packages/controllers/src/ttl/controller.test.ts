// The annotation of Nodes, and the steps of a growing cluster.

import { nodes } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { testCluster } from '../testing/cluster.suite.ts'
import { TtlOfClusterSize } from './ttl.ts'

test('each step holds on while the cluster is near it', () => {
  const ttl = new TtlOfClusterSize()
  const grow = (from: number, to: number): void => {
    for (let size = from; size <= to; size++) ttl.grown(size)
  }
  const shrink = (from: number, to: number): void => {
    for (let size = from; size >= to; size--) ttl.shrunk(size)
  }
  const seen: string[] = []
  const look = (size: number): void => void seen.push(`${size}: ${ttl.seconds}`)
  grow(1, 100)
  look(100)
  grow(101, 101)
  look(101)
  shrink(100, 90)
  look(90)
  shrink(89, 89)
  look(89)
  grow(90, 2001)
  look(2001)
  expect(seen).toEqual(['100: 0', '101: 15', '90: 15', '89: 0', '2001: 300'])
})

test('a Node has the annotation, and gets it back', async () => {
  const cluster = await testCluster({ nodes: 1 })
  const { client } = cluster
  const ttl = (): string | undefined =>
    client.get(nodes, { name: 'node-1' }).metadata.annotations?.['node.alpha.kubernetes.io/ttl']
  expect(ttl()).toBe('0')
  client.modify(nodes, { name: 'node-1' }, ({ metadata }) => void (metadata.annotations = {}))
  await cluster.settle()
  expect(ttl()).toBe('0')
})

// What happens to nodes, and what a cluster does about it.

import { endpointSlices, nodes, pods } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { createCluster, type Cluster } from './cluster.ts'

const KUBIA = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: kubia}
spec:
  replicas: 4
  selector: {matchLabels: {app: kubia}}
  template:
    metadata: {labels: {app: kubia}}
    spec: {terminationGracePeriodSeconds: 1, containers: [{name: kubia, image: 'luksa/kubia', ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: kubia}
spec: {selector: {app: kubia}, ports: [{port: 80, targetPort: 8080}]}
`

async function withKubia(): Promise<Cluster> {
  const cluster = await createCluster({ nodes: 3, ingress: false })
  await cluster.apply(KUBIA)
  await cluster.settle()
  return cluster
}
const nodesOf = (cluster: Cluster): readonly string[] =>
  cluster
    .pods({ app: 'kubia' })
    .flatMap((pod) => pod.node ?? [])
    .sort((a, b) => (a < b ? -1 : 1))
const readyEndpoints = (cluster: Cluster): number =>
  cluster.client
    .list(endpointSlices, { namespace: 'default', labelSelector: 'kubernetes.io/service-name=kubia' })
    .items.flatMap((slice) => slice.endpoints ?? [])
    .filter((endpoint) => endpoint.conditions?.ready === true).length

test('a dead node: NotReady after the grace period, its endpoints leave, its pods are replaced after five minutes', async () => {
  await using cluster = await withKubia()
  const node = cluster.node('node-2')
  const lost = cluster.pods({ app: 'kubia' }).filter((pod) => pod.node === 'node-2').length
  expect(lost).toBeGreaterThan(0)
  node.powerOff()
  await cluster.advance('30s')
  expect(node.ready, 'not noticed yet').toBe(true)
  expect(readyEndpoints(cluster)).toBe(4)
  await cluster.advance('30s')
  expect(node.ready).toBe(false)
  expect(node.object.status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
  })
  expect(node.object.spec.taints?.map(({ key, effect }) => `${key}:${effect}`)).toEqual([
    'node.kubernetes.io/unreachable:NoSchedule',
    'node.kubernetes.io/unreachable:NoExecute',
  ])
  expect(readyEndpoints(cluster)).toBe(4 - lost)
  expect(cluster.pods({ app: 'kubia' }), 'nobody is evicted yet').toHaveLength(4)
  const [dead] = cluster.pods({ app: 'kubia' }).filter((pod) => pod.node === 'node-2')
  expect(() => dead?.logs()).toThrow(
    /^Get "https:\/\/172.18.0.3:10250\/containerLogs\/default\/kubia-.*: dial tcp 172.18.0.3:10250: connect: no route to host/,
  )
  await cluster.advance('6m')
  expect(nodesOf(cluster)).toHaveLength(4)
  expect(nodesOf(cluster)).not.toContain('node-2')
  expect(readyEndpoints(cluster)).toBe(4)
})

test('it comes back: Ready, the evicted pods are gone for good, and it takes new ones', async () => {
  await using cluster = await withKubia()
  const node = cluster.node('node-2')
  node.powerOff()
  await cluster.advance('7m')
  node.powerOn()
  await cluster.advance('30s')
  expect(node.ready).toBe(true)
  expect(node.object.spec.taints ?? []).toEqual([])
  const { items } = cluster.client.list(pods, { namespace: 'default' })
  expect(items).toHaveLength(4)
  await cluster.apply(KUBIA.replace('replicas: 4', 'replicas: 12'))
  await cluster.settle()
  expect(nodesOf(cluster)).toContain('node-2')
  expect(readyEndpoints(cluster)).toBe(12)
  await cluster.advance('10m')
  expect(node.ready, 'and stays').toBe(true)
})

test('a short power cut: its pods start again, one restart each, and answer', async () => {
  await using cluster = await withKubia()
  const before = cluster.pods({ app: 'kubia' }).filter((pod) => pod.node === 'node-2')
  cluster.node('node-2').powerOff()
  await cluster.advance('20s')
  cluster.node('node-2').powerOn()
  await cluster.settle()
  for (const pod of before) {
    expect(pod.object.status?.containerStatuses?.[0]).toMatchObject({
      restartCount: 1,
      ready: true,
      lastState: { terminated: { exitCode: 255, reason: 'Unknown' } },
    })
    expect((await cluster.node('node-1').fetch(`http://${pod.ip ?? ''}:8080/`)).text()).toContain(pod.name)
  }
  expect(readyEndpoints(cluster)).toBe(4)
})

test('cordon keeps new pods away, uncordon lets them come', async () => {
  await using cluster = await createCluster({ nodes: 2, ingress: false })
  cluster.node('node-2').cordon()
  await cluster.apply(KUBIA)
  await cluster.settle()
  expect(new Set(nodesOf(cluster))).toEqual(new Set(['node-1']))
  cluster.node('node-2').uncordon()
  await cluster.apply(KUBIA.replace('replicas: 4', 'replicas: 10'))
  await cluster.settle()
  expect(nodesOf(cluster)).toContain('node-2')
})

test('drain moves what a controller owns; pods of nobody make it refuse unless forced', async () => {
  await using cluster = await withKubia()
  await cluster.apply(
    `{apiVersion: v1, kind: Pod, metadata: {name: alone}, spec: {nodeName: node-2, terminationGracePeriodSeconds: 1, containers: [{name: c, image: 'luksa/kubia'}]}}`,
  )
  await cluster.settle()
  await expect(cluster.node('node-2').drain()).rejects.toThrow(
    'cannot delete Pods that declare no controller: default/alone',
  )
  await cluster.node('node-2').drain({ force: true })
  await cluster.settle()
  expect(nodesOf(cluster)).not.toContain('node-2')
  expect(readyEndpoints(cluster)).toBe(4)
  expect(cluster.pods().map(({ name }) => name)).not.toContain('alone')
})

test('a node joins, with its zone, and takes pods; removed again, it is gone and its pods are replaced', async () => {
  await using cluster = await createCluster({ nodes: [{ zone: 'a' }, { zone: 'b' }], ingress: false })
  expect(
    ['node-1', 'node-2'].map((name) => cluster.node(name).object.metadata.labels?.['topology.kubernetes.io/zone']),
  ).toEqual(['a', 'b'])
  const added = cluster.addNode({ zone: 'c', labels: { disk: 'ssd' } })
  await cluster.settle()
  expect(added.name).toBe('node-3')
  expect(added.ready).toBe(true)
  expect(added.object.metadata.labels).toMatchObject({ 'topology.kubernetes.io/zone': 'c', disk: 'ssd' })
  await cluster.apply(KUBIA.replace('replicas: 4', 'replicas: 9'))
  await cluster.settle()
  expect(nodesOf(cluster)).toContain('node-3')
  added.remove()
  await cluster.advance('3m')
  expect(nodesOf(cluster)).toHaveLength(9)
  expect(nodesOf(cluster)).not.toContain('node-3')
  expect(readyEndpoints(cluster)).toBe(9)
  expect(() => cluster.node('node-3')).toThrow('there is no such node')
})

test('the same power cut twice gives the same run', async () => {
  const run = async (): Promise<string> => {
    await using cluster = await withKubia()
    cluster.node('node-3').powerOff()
    await cluster.advance('7m')
    cluster.node('node-3').powerOn()
    await cluster.advance('1m')
    return cluster.traceHash
  }
  expect(await run()).toBe(await run())
})

test('a Node made by hand gets a pod range, and the next machine another one', async () => {
  await using cluster = await createCluster({ nodes: 1, ingress: false })
  await cluster.settle()
  cluster.client.create(nodes, { metadata: { name: 'by-hand' }, spec: {} })
  await cluster.settle()
  cluster.addNode()
  await cluster.settle()
  const ranges = cluster.client.list(nodes).items.map(({ metadata, spec }) => `${metadata.name} ${spec.podCIDR}`)
  expect(ranges).toEqual(['by-hand 10.244.1.0/24', 'node-1 10.244.0.0/24', 'node-2 10.244.2.0/24'])
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: { nodeName: 'node-2', containers: [{ name: 'web', image: 'nginx' }] },
  })
  await cluster.settle()
  expect(cluster.pod('web').ip).toMatch(/^10\.244\.2\./)
})

// Host ports: reached on the node's address from everywhere, one owner a port, refused by the kubelet where the scheduler was
// not asked.

import { expect, test } from 'vitest'
import { createCluster, type Cluster } from '../sdk/cluster.ts'
import type { Machine } from '../sdk/machine.ts'

const web = (name: string, node: string, ports: string, more = ''): string => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: ${name}}}
spec:
  nodeName: ${node}
  terminationGracePeriodSeconds: 1
  ${more}
  containers: [{name: web, image: 'luksa/kubia', ports: [${ports}]}]
`
const client = (name: string, node: string): string => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec: {nodeName: ${node}, containers: [{name: c, image: 'curlimages/curl:8.8.0', command: [sleep, infinity]}]}
`

const small = (): Promise<Cluster> => createCluster({ nodes: 2, ingress: false })
const said = (where: Machine, url: string): Promise<string> =>
  where.fetch(url, { timeoutMs: 3000 }).then(
    (reply) => reply.text(),
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  )

test('a host port leads to the pod from outside, from both nodes, from pods, and from the node’s loopback', async () => {
  await using cluster = await small()
  await cluster.apply(
    web('web', 'node-1', '{containerPort: 8080, hostPort: 9000}') +
      '---' +
      client('near', 'node-1') +
      '---' +
      client('far', 'node-2'),
  )
  await cluster.settle()
  const answer = /^You've hit web/
  for (const place of [
    cluster.external,
    cluster.node('node-1'),
    cluster.node('node-2'),
    cluster.pod('near'),
    cluster.pod('far'),
  ]) {
    expect(await said(place, 'http://172.18.0.2:9000/'), place.title).toMatch(answer)
  }
  expect(await said(cluster.node('node-1'), 'http://127.0.0.1:9000/')).toMatch(answer)
  expect(await said(cluster.pod('web'), 'http://172.18.0.2:9000/')).toMatch(answer)
  expect(await said(cluster.external, 'http://172.18.0.3:9000/')).toBe('ECONNREFUSED')
  cluster.pod('web').delete()
  await cluster.settle()
  expect(await said(cluster.external, 'http://172.18.0.2:9000/')).toBe('ECONNREFUSED')
})

test('hostIP narrows it to one address of the node', async () => {
  await using cluster = await small()
  await cluster.apply(web('web', 'node-1', '{containerPort: 8080, hostPort: 9000, hostIP: 127.0.0.1}'))
  await cluster.settle()
  expect(await said(cluster.external, 'http://172.18.0.2:9000/')).toBe('ECONNREFUSED')
  expect(await said(cluster.node('node-1'), 'http://127.0.0.1:9000/')).toMatch(/^You've hit web/)
})

test('a second pod bound by hand to a taken port is rejected; another protocol or address is not', async () => {
  await using cluster = await small()
  await cluster.apply(web('first', 'node-1', '{containerPort: 8080, hostPort: 9000, hostIP: 127.0.0.1}'))
  await cluster.settle()
  await cluster.apply(
    web('any', 'node-1', '{containerPort: 8080, hostPort: 9000}') +
      '---' +
      web('udp', 'node-1', '{containerPort: 8080, hostPort: 9000, protocol: UDP}') +
      '---' +
      web('address', 'node-1', '{containerPort: 8080, hostPort: 9000, hostIP: 172.18.0.2}'),
  )
  await cluster.settle()
  expect(cluster.pod('any').object.status).toMatchObject({
    phase: 'Failed',
    reason: 'NodePorts',
    message: "Pod was rejected: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
  })
  expect(cluster.pod('udp').ready).toBe(true)
  expect(cluster.pod('address').ready).toBe(true)
})

test('the port is free again when its pod is gone', async () => {
  await using cluster = await small()
  await cluster.apply(web('first', 'node-1', '{containerPort: 8080, hostPort: 9000}'))
  await cluster.settle()
  cluster.pod('first').delete()
  await cluster.settle()
  await cluster.apply(web('second', 'node-1', '{containerPort: 8080, hostPort: 9000}'))
  await cluster.settle()
  expect(await said(cluster.external, 'http://172.18.0.2:9000/')).toMatch(/^You've hit second/)
})

test('a hostNetwork pod listens on the node itself and says so in its status', async () => {
  await using cluster = await small()
  await cluster.apply(web('web', 'node-2', '{containerPort: 8080}', 'hostNetwork: true'))
  await cluster.settle()
  const { status, spec } = cluster.pod('web').object
  expect(spec.containers[0]?.ports?.[0]?.hostPort).toBe(8080)
  expect(status).toMatchObject({
    hostIP: '172.18.0.3',
    hostIPs: [{ ip: '172.18.0.3' }],
    podIP: '172.18.0.3',
    podIPs: [{ ip: '172.18.0.3' }],
  })
  expect(await said(cluster.external, 'http://172.18.0.3:8080/')).toMatch(/^You've hit /)
})

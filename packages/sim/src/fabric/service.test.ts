// Services through kube-proxy's real rules: the whole way of a packet, both directions, on two nodes.

import { expect, test } from 'vitest'
import { summarizeFlow } from './explain.ts'
import { SocketError, type NetworkNamespace, type UdpSocket } from './network.ts'
import {
  CLIENT,
  createTestCluster,
  EXTERNAL,
  FAR,
  NEAR,
  NODE_1,
  type TestCluster,
  type TestService,
} from './test-cluster.ts'

const VIP = '10.96.7.7'
const far = [{ address: FAR, node: 'node-2' }]
const web: TestService = {
  name: 'web',
  clusterIP: VIP,
  type: 'NodePort',
  ports: [{ port: 80, targetPort: 8080, nodePort: 30080, protocol: 'TCP' }],
  endpoints: far,
}

/** Connects, and says whom the server saw, or what the client was told. */
async function call(cluster: TestCluster, from: NetworkNamespace, address: string, port: number): Promise<string> {
  try {
    const socket = await cluster.driver.wait(from.connectTcp({ address, port }))
    const data = await cluster.driver.wait(socket.read())
    return new TextDecoder().decode(data)
  } catch (error) {
    if (!(error instanceof SocketError)) throw error
    return `${error.code} ${error.flow?.outcome ?? ''}`
  }
}

function serve(network: NetworkNamespace, port = 8080): void {
  network.listenTcp(port, (socket) => {
    socket.write(new TextEncoder().encode(`${network.name} saw ${socket.remote.address}`))
    socket.end()
  })
}

function started(services: readonly TestService[], clusterCidr?: string): TestCluster {
  const cluster = createTestCluster({ tracing: true, ...(clusterCidr !== undefined && { clusterCidr }) })
  for (const network of [cluster.client, cluster.near, cluster.far]) serve(network)
  cluster.setServices(services)
  return cluster
}

const local: TestService = { ...web, spec: { externalTrafficPolicy: 'Local' } }
const nobody: TestService = { ...web, endpoints: [] }
const self: TestService = { ...web, endpoints: [{ address: CLIENT, node: 'node-1' }] }

test.each([
  ['pod to ClusterIP', web, 'client', VIP, 80, `pod/default/far saw ${CLIENT}`],
  ['pod to its node’s port', web, 'client', NODE_1, 30080, `pod/default/far saw ${NODE_1}`],
  ['outside to a node port', web, 'outside', NODE_1, 30080, `pod/default/far saw ${NODE_1}`],
  ['outside to the other node', web, 'outside', '172.18.0.3', 30080, 'pod/default/far saw 10.244.1.1'],
  ['node to ClusterIP', web, 'node', VIP, 80, `pod/default/far saw ${NODE_1}`],
  ['node to its node port on localhost', web, 'node', '127.0.0.1', 30080, `pod/default/far saw ${NODE_1}`],
  ['pod to itself through its Service', self, 'client', VIP, 80, 'pod/default/client saw 10.244.0.1'],
  ['wrong port of a ClusterIP', web, 'client', VIP, 81, 'ETIMEDOUT no-route'],
  ['no endpoints', nobody, 'client', VIP, 80, 'ECONNREFUSED rejected'],
  ['no endpoints, from the node', nobody, 'node', VIP, 80, 'ECONNREFUSED rejected'],
  ['no endpoints, node port', nobody, 'outside', NODE_1, 30080, 'ECONNREFUSED rejected'],
  ['policy Local keeps the client', local, 'outside', '172.18.0.3', 30080, `pod/default/far saw ${EXTERNAL}`],
  ['policy Local without a local endpoint', local, 'outside', NODE_1, 30080, 'ETIMEDOUT dropped'],
] as const)('%s', async (_name, service, from, address, port, expected) => {
  const cluster = started([service])
  const sources = {
    client: cluster.client,
    node: cluster.fabric.nodeNetwork('node-1'),
    outside: cluster.fabric.externalHost(),
  }
  expect(await call(cluster, sources[from], address, port)).toBe(expected)
})

test('without a way to tell pods from others, outside clients of a ClusterIP get no answers', async () => {
  const cluster = started([web], '')
  cluster.fabric.addRoute('external', '10.96.0.0/12', NODE_1)
  expect(await call(cluster, cluster.fabric.externalHost(), VIP, 80)).toBe('ETIMEDOUT dropped')
})

test('with it they are masqueraded and answered', async () => {
  const cluster = started([web])
  cluster.fabric.addRoute('external', '10.96.0.0/12', NODE_1)
  expect(await call(cluster, cluster.fabric.externalHost(), VIP, 80)).toBe(`pod/default/far saw ${NODE_1}`)
})

test('a connection keeps its endpoint when the rules change under it', async () => {
  const cluster = started([web])
  const received: string[] = []
  cluster.far.listenTcp(9000, (socket) => {
    socket.onData = (data) => received.push(new TextDecoder().decode(data))
  })
  const at9000: TestService = { ...web, ports: [{ port: 80, targetPort: 9000, protocol: 'TCP' }] }
  cluster.setServices([at9000])
  const socket = await cluster.driver.wait(cluster.client.connectTcp({ address: VIP, port: 80 }))
  socket.write(new TextEncoder().encode('one'))
  await cluster.driver.settle()
  cluster.setServices([])
  socket.write(new TextEncoder().encode('two'))
  await cluster.driver.settle()
  expect(received).toEqual(['one', 'two'])
})

const dns: TestService = {
  name: 'dns',
  clusterIP: '10.96.0.10',
  ports: [{ port: 53, targetPort: 5353, protocol: 'UDP' }],
  endpoints: far,
}

function echo(network: NetworkNamespace, port: number): UdpSocket {
  const socket = network.bindUdp(port)
  socket.onMessage = (data, from) => void socket.send(data, from)
  return socket
}

test.each([
  ['pod', 'client', '10.96.0.10:53'],
  ['node', 'node', '10.96.0.10:53'],
] as const)('a datagram to a ClusterIP from a %s is answered from the ClusterIP', async (_name, from, expected) => {
  const cluster = createTestCluster()
  cluster.setServices([dns])
  echo(cluster.far, 5353)
  const network = from === 'node' ? cluster.fabric.nodeNetwork('node-1') : cluster.client
  const socket = network.bindUdp(0)
  const answers: string[] = []
  socket.onMessage = (data, { address, port }) => answers.push(`${data.length} from ${address}:${port}`)
  socket.send(new Uint8Array(5), { address: '10.96.0.10', port: 53 })
  socket.send(new Uint8Array(7), { address: '10.96.0.10', port: 53 })
  await cluster.driver.settle()
  expect(answers).toEqual([`5 from ${expected}`, `7 from ${expected}`])
})

test('a datagram from a pod to the outside leaves with the node’s address and is answered', async () => {
  const cluster = createTestCluster()
  const server = cluster.fabric.externalHost().bindUdp(53)
  const seen: string[] = []
  server.onMessage = (data, from) => {
    seen.push(from.address)
    server.send(data, from)
  }
  const client = cluster.client.bindUdp(0)
  const answers: string[] = []
  client.onMessage = (_data, { address, port }) => answers.push(`${address}:${port}`)
  client.send(new Uint8Array(1), { address: EXTERNAL, port: 53 })
  await cluster.driver.settle()
  expect({ seen, answers }).toEqual({ seen: [NODE_1], answers: [`${EXTERNAL}:53`] })
})

test.each([
  ['of a pod is told by ICMP', 'client', 'ECONNREFUSED'],
  ['of the node fails at once', 'node', 'EPERM'],
] as const)('a rejected datagram %s', async (_name, from, expected) => {
  const cluster = createTestCluster()
  cluster.setServices([{ ...dns, endpoints: [] }])
  const socket = (from === 'node' ? cluster.fabric.nodeNetwork('node-1') : cluster.client).bindUdp(0)
  const errors: string[] = []
  socket.onError = ({ code }) => errors.push(code)
  expect(socket.send(new Uint8Array(1), { address: '10.96.0.10', port: 53 }).outcome).toBe('rejected')
  await cluster.driver.settle()
  expect(errors).toEqual([expected])
})

test('a ClusterIP does not answer ping in iptables mode', async () => {
  const cluster = started([web])
  await expect(cluster.driver.wait(cluster.client.ping(VIP, 1_000_000))).rejects.toMatchObject({ code: 'ETIMEDOUT' })
  expect(await cluster.driver.wait(cluster.client.ping(FAR, 1_000_000))).toBe(380)
  expect(await cluster.driver.wait(cluster.client.ping(NEAR, 1_000_000))).toBe(80)
})

test('a flow explains itself', async () => {
  const cluster = started([
    web,
    { ...nobody, name: 'empty', clusterIP: '10.96.9.9', ports: [{ port: 80, protocol: 'TCP' }] },
  ])
  const socket = await cluster.driver.wait(cluster.client.connectTcp({ address: VIP, port: 80 }))
  expect(summarizeFlow(socket.flow)).toMatch(
    /^tcp 10\.244\.0\.2:\d+ → 10\.96\.7\.7:80 → 10\.244\.1\.2:8080 \(pod\/default\/far\): delivered in 190µs$/,
  )
  const refused = cluster.client.connectTcp({ address: '10.96.9.9', port: 80 })
  const error: unknown = await cluster.driver.wait(refused).catch((thrown: unknown) => thrown)
  expect(error instanceof SocketError && error.flow !== undefined && summarizeFlow(error.flow)).toMatch(
    /→ 10\.96\.9\.9:80: rejected at node\/node-1: default\/empty has no endpoints$/,
  )
})

test('a flow read late reads as it went: rules and endpoints of that moment, data like any other', async () => {
  const cluster = createTestCluster({ tracing: true })
  cluster.setServices([{ ...web, endpoints: [...far, { address: NEAR, node: 'node-1' }] }])
  serve(cluster.far)
  serve(cluster.near)
  const early = await cluster.driver.wait(cluster.client.connectTcp({ address: VIP, port: 80 }))
  const late = await cluster.driver.wait(cluster.client.connectTcp({ address: VIP, port: 80 }))
  const readEarly = JSON.stringify(early.flow.steps)
  cluster.setServices([])
  expect(JSON.stringify(early.flow.steps)).toBe(readEarly)
  const picked = late.flow.steps.find(({ what }) => what.includes('-j KUBE-SEP-'))
  expect(picked).toMatchObject({ place: 'node/node-1', hook: 'PREROUTING', branch: { of: 2, probability: 0.5 } })
  const copy = { ...late.flow }
  expect(copy).toEqual(JSON.parse(JSON.stringify(late.flow)))
  expect(copy.steps.at(-1)).toMatchObject({ at: 'listener' })
})

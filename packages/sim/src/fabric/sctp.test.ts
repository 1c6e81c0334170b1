// SCTP as programs see it: the four-way handshake, whole messages, how associations end, what retransmissions and heartbeats do; through
// kube-proxy's real rules, with what conntrack makes of it.

import { MINUTE, SECOND } from '@podwire/engine'
import { conntrackList, NodeDataPlane } from '@podwire/proxy'
import { expect, test } from 'vitest'
import { summarizeFlow } from './explain.ts'
import type { PlaceSet } from './impairments.ts'
import type { NetworkNamespace, SctpSocket } from './network.ts'
import { SocketError } from './network.ts'
import {
  CLIENT,
  createTestCluster,
  EXTERNAL,
  FAR,
  NODE_1,
  NODE_2,
  type TestCluster,
  type TestService,
} from './test-cluster.ts'

const VIP = '10.96.7.7'
const diameter: TestService = {
  name: 'diameter',
  clusterIP: VIP,
  type: 'NodePort',
  ports: [{ port: 3868, targetPort: 8080, nodePort: 30868, protocol: 'SCTP' }],
  endpoints: [{ address: FAR, node: 'node-2' }],
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (data: Uint8Array | undefined): string => (data === undefined ? 'END' : new TextDecoder().decode(data))

function serve(network: NetworkNamespace): void {
  network.listenSctp(8080, (socket) => {
    socket.send(bytes(`${network.name} saw ${socket.remote.address}`))
    socket.end()
  })
}

function started(services: readonly TestService[] = [diameter]): TestCluster {
  const cluster = createTestCluster({ tracing: true })
  cluster.setServices(services)
  return cluster
}

/** Connects, and says whom the server saw, or what the client was told and when. */
async function call(cluster: TestCluster, from: NetworkNamespace, address: string, port: number): Promise<string> {
  const startUs = cluster.engine.clock.now()
  try {
    const socket = await cluster.driver.wait(from.connectSctp({ address, port }))
    return text(await cluster.driver.wait(socket.read()))
  } catch (error) {
    if (!(error instanceof SocketError)) throw error
    const seconds = Math.floor((cluster.engine.clock.now() - startUs) / SECOND)
    return `${error.code} ${error.flow?.outcome ?? ''} ${seconds}s`
  }
}

const nobody: TestService = { ...diameter, endpoints: [] }
const self: TestService = { ...diameter, endpoints: [{ address: CLIENT, node: 'node-1' }] }
const local: TestService = { ...diameter, spec: { externalTrafficPolicy: 'Local' } }

test.each([
  ['pod to ClusterIP', diameter, 'client', VIP, 3868, `pod/default/far saw ${CLIENT}`],
  ['outside to a node port', diameter, 'outside', NODE_1, 30868, `pod/default/far saw ${NODE_1}`],
  ['node to ClusterIP', diameter, 'node', VIP, 3868, `pod/default/far saw ${NODE_1}`],
  ['pod to itself through its Service', self, 'client', VIP, 3868, 'pod/default/client saw 10.244.0.1'],
  ['policy Local keeps the client', local, 'outside', NODE_2, 30868, `pod/default/far saw ${EXTERNAL}`],
  ['policy Local without a local endpoint', local, 'outside', NODE_1, 30868, 'ETIMEDOUT dropped 333s'],
  ['no endpoints: a port unreachable ends no attempt', nobody, 'client', VIP, 3868, 'ETIMEDOUT rejected 333s'],
  ['nobody listens: ABORT', diameter, 'client', FAR, 8081, 'ECONNREFUSED closed 0s'],
  ['nobody there', diameter, 'client', '10.244.1.99', 8080, 'ETIMEDOUT host-down 333s'],
] as const)('%s', async (_name, service, from, address, port, expected) => {
  const cluster = started([service])
  for (const network of [cluster.client, cluster.near, cluster.far]) serve(network)
  const sources = {
    client: cluster.client,
    node: cluster.fabric.nodeNetwork('node-1'),
    outside: cluster.fabric.externalHost(),
  }
  expect(await call(cluster, sources[from], address, port)).toBe(expected)
})

interface Ends {
  readonly client: SctpSocket
  readonly server: SctpSocket
}

/** Through the Service. */
async function connected(cluster: TestCluster): Promise<Ends> {
  const accepted: SctpSocket[] = []
  cluster.far.listenSctp(8080, (socket) => accepted.push(socket))
  const client = await cluster.driver.wait(cluster.client.connectSctp({ address: VIP, port: 3868 }))
  const [server] = accepted
  if (server === undefined) throw new SocketError('ECONNREFUSED')
  return { client, server }
}

/** What a socket is told, in order. */
function record(socket: SctpSocket): string[] {
  const told: string[] = []
  socket.onMessage = (message) => told.push(text(message))
  socket.onEnd = () => told.push('END')
  socket.onError = ({ code }) => told.push(code)
  return told
}

const conntrackOf = ({ fabric, engine }: TestCluster, node = 'node-1'): string => {
  const plane = fabric.hooks(node)
  return plane instanceof NodeDataPlane ? conntrackList(plane.conntrack, engine.clock.now()) : ''
}

test.each<{
  name: string
  act: (ends: Ends, cluster: TestCluster) => void
  client: readonly string[]
  server: readonly string[]
  state: string
}>([
  {
    name: 'messages keep their boundaries and their order, both ways',
    act: ({ client, server }) => {
      for (const word of ['a', 'bc', '']) client.send(bytes(word))
      for (const word of ['d', 'ef']) server.send(bytes(word))
    },
    client: ['d', 'ef'],
    server: ['a', 'bc', ''],
    state: '209 ESTABLISHED',
  },
  {
    name: 'an end comes after what was sent before, and is one for both',
    act: ({ client, server }) => {
      client.send(bytes('last'))
      client.end()
      server.send(bytes('on its way'))
    },
    client: ['on its way', 'END'],
    server: ['last', 'END'],
    state: '9 CLOSED',
  },
  {
    name: 'both end at once',
    act: ({ client, server }) => {
      client.end()
      server.end()
    },
    client: ['END'],
    server: ['END'],
    state: '9 CLOSED',
  },
  {
    name: 'the server ends',
    act: ({ server }) => server.end(),
    client: ['END'],
    server: ['END'],
    state: '9 CLOSED',
  },
  {
    name: 'an ABORT',
    act: ({ client }) => client.destroy(),
    client: ['ECONNRESET'],
    server: ['ECONNRESET'],
    state: '9 CLOSED',
  },
  {
    name: 'the server’s process exits',
    act: (_ends, { far }) => far.closeAll(),
    client: ['END'],
    server: [],
    state: '9 CLOSED',
  },
])('$name', async ({ act, client, server, state }) => {
  const cluster = started()
  const ends = await connected(cluster)
  const told = { client: record(ends.client), server: record(ends.server) }
  act(ends, cluster)
  await cluster.driver.settle()
  expect(told).toEqual({ client, server })
  expect(conntrackOf(cluster)).toMatch(
    new RegExp(`^sctp {5}132 ${state} src=${CLIENT} dst=${VIP} sport=\\d+ dport=3868 src=${FAR} dst=${CLIENT} `),
  )
  expect(cluster.client.associations()).toHaveLength(state.endsWith('ESTABLISHED') ? 1 : 0)
})

test('after the end of either side sending is EPIPE', async () => {
  const { client, server } = await (async () => {
    const cluster = started()
    const ends = await connected(cluster)
    ends.client.end()
    await cluster.driver.settle()
    return ends
  })()
  expect(() => client.send(bytes('x'))).toThrow(SocketError)
  expect(() => server.send(bytes('x'))).toThrow(SocketError)
})

test('the handshake takes two round trips; what was sent early goes with the COOKIE-ECHO', async () => {
  const cluster = started()
  const at = (): number => cluster.engine.clock.now()
  const moments: (readonly [string, number])[] = []
  cluster.far.listenSctp(8080, (socket) => {
    moments.push(['accepted', at()])
    socket.onMessage = () => moments.push(['message', at()])
  })
  const socket = cluster.client.openSctp({ address: VIP, port: 3868 })
  socket.send(bytes('early'))
  socket.onConnect = () => moments.push(['connected', at()])
  expect(cluster.client.associations()).toMatchObject([{ state: 'COOKIE_WAIT' }])
  await cluster.driver.settle()
  expect(moments).toEqual([
    ['accepted', 570],
    ['message', 570],
    ['connected', 760],
  ])
  expect(summarizeFlow(socket.flow)).toMatch(
    /^sctp 10\.244\.0\.2:\d+ → 10\.96\.7\.7:3868 → 10\.244\.1\.2:8080 \(pod\/default\/far\): delivered in 190µs$/,
  )
})

test('an INIT that is sent again meets the rules of its moment', async () => {
  const cluster = started([nobody])
  serve(cluster.far)
  const answer = cluster.client.connectSctp({ address: VIP, port: 3868 })
  await cluster.driver.advance(5 * SECOND)
  cluster.setServices([diameter])
  await cluster.driver.wait(answer)
  // After 3 s and 9 s.
  expect(Math.floor(cluster.engine.clock.now() / SECOND)).toBe(9)
})

test('the caller’s timeout ends an attempt', async () => {
  const cluster = started([nobody])
  const attempt = cluster.client.connectSctp({ address: VIP, port: 3868, timeoutUs: 2 * SECOND })
  await expect(cluster.driver.wait(attempt)).rejects.toMatchObject({ code: 'ETIMEDOUT' })
  expect(cluster.engine.clock.now()).toBe(2 * SECOND)
  await cluster.driver.settle()
  expect(cluster.engine.queue.size).toBe(0)
})

test('an association at rest outlives conntrack’s 210 s by its heartbeats, and learns by them that its peer is gone', async () => {
  const cluster = started()
  const { client, server } = await connected(cluster)
  const told = record(client)
  await cluster.driver.advance(30 * MINUTE)
  client.send(bytes('still there'))
  await cluster.driver.settle()
  expect(text(await server.read())).toBe('still there')
  cluster.fabric.setNodeUp('node-2', false)
  await cluster.driver.advance(11 * MINUTE)
  expect(told).toEqual([])
  await cluster.driver.advance(2 * MINUTE)
  expect(told).toEqual(['ETIMEDOUT'])
})

test('a heartbeat to a peer that has forgotten the association is answered with an ABORT', async () => {
  const cluster = started()
  const { client, server } = await connected(cluster)
  const told = record(client)
  const heal = cut(cluster)
  // Its ABORT is lost.
  server.destroy()
  await cluster.driver.settle()
  heal()
  expect(told).toEqual([])
  await cluster.driver.advance(40 * SECOND)
  expect(told).toEqual(['ECONNRESET'])
})

/** Nothing passes between the nodes. */
function cut({ fabric }: TestCluster): () => void {
  const near: PlaceSet = placesOf('node-1')
  const far: PlaceSet = placesOf('node-2')
  const effect = { kind: 'stop' } as const
  const heals = [
    fabric.impair({ from: near, to: far, effect, why: 'partition' }),
    fabric.impair({ from: far, to: near, effect, why: 'partition' }),
  ]
  return () => heals.forEach((heal) => heal())
}

test('losses and delays: every message comes, late and in order', async () => {
  const cluster = started()
  const { client, server } = await connected(cluster)
  const told = record(server)
  const [near, far] = [placesOf('node-1'), placesOf('node-2')]
  cluster.fabric.impair({ from: near, to: far, effect: { kind: 'lose', rate: 0.4 }, why: 'loss' })
  cluster.fabric.impair({ from: far, to: near, effect: { kind: 'delay', delayUs: SECOND, jitterUs: 0 }, why: 'delay' })
  for (const word of ['a', 'b', 'c', 'd', 'e', 'f']) client.send(bytes(word))
  await cluster.driver.settle()
  expect(told).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  // The first retransmission is due after a second.
  expect(cluster.engine.clock.now()).toBeGreaterThan(SECOND)
  const startUs = cluster.engine.clock.now()
  await cluster.driver.wait(cluster.client.connectSctp({ address: VIP, port: 3868 }))
  // INIT-ACK and COOKIE-ACK are a second late each; what is lost is sent again after three.
  const tookUs = cluster.engine.clock.now() - startUs
  expect([2, 5, 11, 23]).toContain(Math.floor(tookUs / SECOND))
})

const placesOf = (node: string): PlaceSet => ({
  hasHost: ({ name }) => name === node,
  hasPod: () => false,
  covers: ({ host }) => host.name === node,
})

test.each([
  ['comes when the way works again', 5 * MINUTE, ['one', 'two']],
  ['is given up after 363 s', 7 * MINUTE, ['ETIMEDOUT']],
] as const)('what is sent on a broken way %s', async (_name, brokenUs, expected) => {
  const cluster = started()
  const { client, server } = await connected(cluster)
  const told = record(expected[0] === 'ETIMEDOUT' ? client : server)
  const heal = cut(cluster)
  client.send(bytes('one'))
  client.send(bytes('two'))
  await cluster.driver.advance(brokenUs)
  heal()
  await cluster.driver.settle()
  expect(told).toEqual(expected)
})

test('ports of SCTP are its own; a closed listener refuses, and its associations go on', async () => {
  const cluster = started()
  cluster.far.listenTcp(8080, () => undefined)
  const listener = cluster.far.listenSctp(8080, (socket) => {
    socket.onMessage = (message) => socket.send(message)
  })
  expect(() => cluster.far.listenSctp(8080, () => undefined)).toThrow(SocketError)
  const client = await cluster.driver.wait(cluster.client.connectSctp({ address: FAR, port: 8080 }))
  listener.close()
  expect(await call(cluster, cluster.client, FAR, 8080)).toBe('ECONNREFUSED closed 0s')
  client.send(bytes('echo'))
  expect(text(await cluster.driver.wait(client.read()))).toBe('echo')
  expect(cluster.far.listeners()).toEqual([{ protocol: 'tcp', address: '0.0.0.0', port: 8080 }])
})

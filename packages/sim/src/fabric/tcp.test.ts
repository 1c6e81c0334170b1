// TCP as programs see it: order, half-close, resets, ports, and what becomes of connections when pods and nodes go.

import { Engine, MINUTE, SECOND, VirtualTimeDriver } from '@podwire/engine'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFabric, type Fabric } from './fabric.ts'
import { type NetworkScope, SocketError, type TcpSocket } from './network.ts'

interface World {
  readonly engine: Engine
  readonly driver: VirtualTimeDriver
  readonly fabric: Fabric
  readonly a: NetworkScope
  readonly b: NetworkScope
}

const B = '10.244.1.2'

function world(): World {
  const engine = new Engine()
  const fabric = createFabric({ engine })
  fabric.addNode({ name: 'node-1', addresses: ['172.18.0.2'], podCidrs: ['10.244.0.0/24'] })
  fabric.addNode({ name: 'node-2', addresses: ['172.18.0.3'], podCidrs: ['10.244.1.0/24'] })
  const a = fabric.addPod('node-1', 'default/a', ['10.244.0.2'])
  const b = fabric.addPod('node-2', 'default/b', [B])
  return { engine, driver: new VirtualTimeDriver(engine), fabric, a, b }
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (data: Uint8Array | undefined): string => (data === undefined ? 'END' : new TextDecoder().decode(data))

async function connected(it: World): Promise<{ client: TcpSocket; server: TcpSocket }> {
  const accepted: TcpSocket[] = []
  it.b.listenTcp(80, (socket) => accepted.push(socket))
  const client = await it.driver.wait(it.a.connectTcp({ address: B, port: 80 }))
  const [server] = accepted
  if (server === undefined) throw new SocketError('ECONNREFUSED')
  return { client, server }
}

/** What a socket is told, in order. */
function record(socket: TcpSocket): string[] {
  const told: string[] = []
  socket.onData = (data) => told.push(text(data))
  socket.onEnd = () => told.push('END')
  socket.onError = ({ code }) => told.push(code)
  return told
}

test('bytes in are bytes out, in order, in any chunking, both ways', async () => {
  const chunks = fc.array(fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 20 }), fc.nat({ max: 500 })), {
    maxLength: 30,
  })
  await fc.assert(
    fc.asyncProperty(chunks, async (sends) => {
      const it = world()
      const { client, server } = await connected(it)
      const sent = { client: [] as number[], server: [] as number[] }
      const got = { client: [] as number[], server: [] as number[] }
      client.onData = (data) => got.client.push(...data)
      server.onData = (data) => got.server.push(...data)
      for (const [fromClient, data, pauseUs] of sends) {
        const socket = fromClient ? client : server
        socket.write(data)
        ;(fromClient ? sent.client : sent.server).push(...data)
        await it.driver.advance(pauseUs)
      }
      await it.driver.settle()
      expect(got).toEqual({ client: sent.server, server: sent.client })
    }),
    { numRuns: 100 },
  )
})

test('what arrives before a handler is set is kept', async () => {
  const it = world()
  const { client, server } = await connected(it)
  client.write(bytes('early'))
  client.end()
  await it.driver.settle()
  const told = record(server)
  await it.driver.settle()
  expect(told).toEqual(['early', 'END'])
})

test('read() gives chunks, then undefined', async () => {
  const it = world()
  const { client, server } = await connected(it)
  client.write(bytes('one'))
  await it.driver.settle()
  client.write(bytes('two'))
  client.end()
  const all = async (): Promise<string[]> => [
    text(await server.read()),
    text(await server.read()),
    text(await server.read()),
  ]
  expect(await it.driver.wait(all())).toEqual(['one', 'two', 'END'])
})

test('an end closes one direction only', async () => {
  const it = world()
  const { client, server } = await connected(it)
  const told = record(client)
  client.end()
  server.onEnd = () => {
    server.write(bytes('still here'))
    server.end()
  }
  await it.driver.settle()
  expect(told).toEqual(['still here', 'END'])
  expect(() => client.write(bytes('x'))).not.toThrow()
})

test('writing after one’s own end is EPIPE', async () => {
  const it = world()
  const { client } = await connected(it)
  client.end()
  expect(() => client.write(bytes('x'))).toThrow(SocketError)
})

test('destroy resets the peer', async () => {
  const it = world()
  const { client, server } = await connected(it)
  const told = record(server)
  client.write(bytes('last words'))
  client.destroy()
  await it.driver.settle()
  expect(told).toEqual(['last words', 'ECONNRESET'])
})

test.each([
  ['nothing unread: the peer sees an end, and a reset when it goes on writing', false, ['END', 'ECONNRESET']],
  ['something unread: the peer is reset', true, ['ECONNRESET']],
] as const)('a process that exits with %s', async (_name, unread, expected) => {
  const it = world()
  const process = it.b.openScope()
  process.listenTcp(81, () => undefined)
  const client = await it.driver.wait(it.a.connectTcp({ address: B, port: 81 }))
  const told = record(client)
  if (unread) client.write(bytes('never read'))
  await it.driver.settle()
  process.closeAll()
  await it.driver.settle()
  client.write(bytes('more'))
  await it.driver.settle()
  expect(told).toEqual(expected)
  expect(it.b.listeners()).toEqual([])
})

test('a scope closes its own sockets and leaves its neighbours’', () => {
  const it = world()
  const one = it.b.openScope()
  const two = it.b.openScope()
  one.listenTcp(80, () => undefined)
  two.listenTcp(81, () => undefined)
  one.bindUdp(53)
  one.closeAll()
  expect(it.b.listeners()).toEqual([{ protocol: 'tcp', address: '0.0.0.0', port: 81 }])
})

test('data for a pod that is gone gets no answer until the kernel gives up', async () => {
  const it = world()
  const { client } = await connected(it)
  const told = record(client)
  it.fabric.removePod('node-2', 'default/b')
  await it.driver.settle()
  expect(told).toEqual(['END'])
  client.write(bytes('anybody?'))
  await it.driver.advance(15 * MINUTE)
  expect(told).toEqual(['END'])
  await it.driver.advance(MINUTE)
  expect(told).toEqual(['END', 'ETIMEDOUT'])
})

test('a connection survives a node that is cut off for a while', async () => {
  const it = world()
  const { client, server } = await connected(it)
  const told = record(server)
  it.fabric.setNodeUp('node-2', false)
  client.write(bytes('one'))
  client.write(bytes('two'))
  await it.driver.advance(30 * SECOND)
  expect(told).toEqual([])
  it.fabric.setNodeUp('node-2', true)
  await it.driver.settle()
  expect(told).toEqual(['one', 'two'])
})

test('nothing is left over after a connection to a cut-off node is given up', async () => {
  const it = world()
  const { client } = await connected(it)
  it.fabric.setNodeUp('node-2', false)
  client.write(bytes('one'))
  client.destroy()
  it.fabric.removeNode('node-2')
  await it.driver.settle()
  expect(it.engine.queue.size).toBe(0)
})

test.each([
  ['any, any', undefined, undefined, 'EADDRINUSE'],
  ['any, one', undefined, B, 'EADDRINUSE'],
  ['one, any', B, '0.0.0.0', 'EADDRINUSE'],
  ['one, the same', B, B, 'EADDRINUSE'],
  ['one, another', B, '127.0.0.1', 'listens'],
  ['one, a foreign one', B, '10.244.0.2', 'EADDRNOTAVAIL'],
])('binding a port twice: %s', (_name, first, second, expected) => {
  const { b } = world()
  b.listenTcp(80, () => undefined, first)
  let outcome = 'listens'
  try {
    b.listenTcp(80, () => undefined, second)
  } catch (error) {
    outcome = error instanceof SocketError ? error.code : String(error)
  }
  expect(outcome).toBe(expected)
})

test('a listener on loopback is not reached from outside', async () => {
  const it = world()
  it.b.listenTcp(80, () => undefined, '127.0.0.1')
  await expect(it.driver.wait(it.a.connectTcp({ address: B, port: 80 }))).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  })
  expect((await it.driver.wait(it.b.connectTcp({ address: '127.0.0.1', port: 80 }))).remote.port).toBe(80)
})

test('a closed listener refuses; its connections go on', async () => {
  const it = world()
  const { client, server } = await connected(it)
  const listener = it.b.listenTcp(81, () => undefined)
  listener.close()
  await expect(it.driver.wait(it.a.connectTcp({ address: B, port: 81 }))).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  })
  const told = record(server)
  client.write(bytes('hello'))
  await it.driver.settle()
  expect(told).toEqual(['hello'])
})

test('the caller’s timeout ends a silent attempt', async () => {
  const it = world()
  const start = it.engine.clock.now()
  const attempt = it.a.connectTcp({ address: '10.96.0.99', port: 80, timeoutUs: 2 * SECOND })
  await expect(it.driver.wait(attempt)).rejects.toMatchObject({ code: 'ETIMEDOUT' })
  expect(it.engine.clock.now() - start).toBe(2 * SECOND)
})

test('local ports are given back, and exhaustion is an error', async () => {
  const it = world()
  it.b.listenTcp(80, (socket) => {
    socket.endsWithPeer = true
  })
  for (let i = 0; i < 28_232; i++) it.a.openTcp({ address: B, port: 80 })
  expect(() => it.a.openTcp({ address: B, port: 80 })).toThrow(SocketError)
  await it.driver.settle()
  it.a.closeAll()
  await it.driver.settle()
  expect(it.a.openTcp({ address: B, port: 80 }).local.port).toBeGreaterThanOrEqual(32768)
})

test('a request that is ready goes out right behind the handshake', async () => {
  const it = world()
  const arrivals: number[] = []
  it.b.listenTcp(80, (socket) => {
    arrivals.push(it.engine.clock.now())
    socket.onData = () => arrivals.push(it.engine.clock.now())
  })
  const socket = it.a.openTcp({ address: B, port: 80 })
  socket.write(bytes('GET'))
  const before = it.engine.queue.size
  await it.driver.settle()
  expect({ arrivals, before }).toEqual({ arrivals: [190, 570], before: 2 })
})

test('idle connections keep no events', async () => {
  const it = world()
  await connected(it)
  await it.driver.settle()
  expect(it.engine.queue.size).toBe(0)
  await it.driver.advance(5 * MINUTE)
})

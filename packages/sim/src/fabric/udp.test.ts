// Datagrams and pings without rules: delivery, addresses, errors.

import { Engine, VirtualTimeDriver } from '@podwire/engine'
import { expect, test } from 'vitest'
import { flowSeen } from './core.ts'
import { createFabric } from './fabric.ts'
import { SocketError } from './network.ts'

function world() {
  const engine = new Engine()
  const fabric = createFabric({ engine })
  const dual = ['10.244.0.0/24', 'fd00:10:244::/64']
  fabric.addNode({ name: 'node-1', addresses: ['172.18.0.2', 'fc00:f853:ccd:e793::2'], podCidrs: dual })
  fabric.addNode({ name: 'node-2', addresses: ['172.18.0.3'], podCidrs: ['10.244.1.0/24'] })
  const a = fabric.addPod('node-1', 'default/a', ['10.244.0.2', 'fd00:10:244::2'])
  const b = fabric.addPod('node-1', 'default/b', ['10.244.0.3', 'FD00:10:244:0::3'])
  return { engine, driver: new VirtualTimeDriver(engine), fabric, a, b }
}

test.each([
  ['IPv4', '10.244.0.3', '2 from 10.244.0.2:5000'],
  ['IPv6, however written', 'fd00:10:244:0:0:0:0:3', '2 from fd00:10:244::2:5000'],
])('a datagram arrives with its sender’s address: %s', async (_name, address, expected) => {
  const { driver, a, b } = world()
  const got: string[] = []
  b.bindUdp(53).onMessage = (data, from) => got.push(`${data.length} from ${from.address}:${from.port}`)
  a.bindUdp(5000).send(new Uint8Array(2), { address, port: 53 })
  await driver.settle()
  expect(got).toEqual([expected])
})

test.each([
  ['a port nobody has', '10.244.0.3', 'closed', 'ECONNREFUSED'],
  ['an address nobody has', '10.244.0.77', 'host-down', 'EHOSTUNREACH'],
  ['a family without a route', '2001:db8::1', 'no-route', undefined],
  ['nowhere', '10.96.0.10', 'no-route', undefined],
] as const)('%s', async (_name, address, outcome, error) => {
  const { driver, a } = world()
  const socket = a.bindUdp(0)
  const errors: string[] = []
  socket.onError = ({ code }) => errors.push(code)
  expect(socket.send(new Uint8Array(1), { address, port: 53 }).outcome).toBe(outcome)
  await driver.settle()
  expect(errors).toEqual(error === undefined ? [] : [error])
})

test('an error nobody listens for is no event', () => {
  const { engine, a } = world()
  a.bindUdp(0).send(new Uint8Array(1), { address: '10.244.0.3', port: 53 })
  expect(engine.queue.size).toBe(0)
})

test('a socket that was closed gets nothing more', async () => {
  const { driver, a, b } = world()
  const got: number[] = []
  const server = b.bindUdp(53)
  server.onMessage = (data) => got.push(data.length)
  a.bindUdp(0).send(new Uint8Array(1), { address: '10.244.0.3', port: 53 })
  server.close()
  await driver.settle()
  expect(got).toEqual([])
  expect(b.listeners()).toEqual([])
  expect(() => b.bindUdp(53)).not.toThrow()
  expect(() => b.bindUdp(53)).toThrow(SocketError)
})

test('a pod drops what comes to it from its own address', async () => {
  const { driver, a, b } = world()
  b.bindUdp(53)
  const flow = a.bindUdp(0, '127.0.0.1').send(new Uint8Array(1), { address: '10.244.0.3', port: 53 })
  await driver.settle()
  expect(flow.outcome).toBe('dropped')
})

test('every attempt is told to the bus, with or without steps', async () => {
  const { engine, driver, fabric, a } = world()
  const seen: string[] = []
  engine.bus.subscribe(flowSeen, ({ payload }) => {
    seen.push(`${payload.original.protocol} ${payload.outcome} ${payload.steps.length > 0 ? 'traced' : 'untraced'}`)
  })
  a.bindUdp(0).send(new Uint8Array(1), { address: '10.244.0.3', port: 53 })
  fabric.tracing = true
  await driver.wait(a.ping('10.244.0.3', 1000))
  await driver.wait(a.connectTcp({ address: '10.244.0.3', port: 1 }).catch(() => undefined))
  expect(seen).toEqual(['udp closed untraced', 'icmp delivered traced', 'tcp closed traced'])
})

test('an IPv6 node routes as an IPv4 one', async () => {
  const { driver, fabric } = world()
  const roundTrip = fabric.nodeNetwork('node-1').ping('fd00:10:244::2', 1_000_000)
  expect(await driver.wait(roundTrip)).toBe(40)
})

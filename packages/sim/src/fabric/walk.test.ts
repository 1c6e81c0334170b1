// Every source to every kind of destination, with a data plane that passes, drops or refuses: what the program sees, and when.

import type { Verdict } from '@podwire/proxy'
import { Engine, VirtualTimeDriver } from '@podwire/engine'
import { expect, test } from 'vitest'
import { createFabric, type Fabric } from './fabric.ts'
import { PASS_THROUGH, type PacketHooks } from './hooks.ts'
import { SocketError, type NetworkNamespace } from './network.ts'

const DROP: Verdict = { kind: 'drop', reason: 'rule' }
const REJECT: Verdict = { kind: 'reject', with: 'icmp-port-unreachable' }

interface World {
  readonly engine: Engine
  readonly driver: VirtualTimeDriver
  readonly fabric: Fabric
  readonly places: ReadonlyMap<string, NetworkNamespace>
}

function world(hooks: Partial<PacketHooks> = {}): World {
  const engine = new Engine()
  const fabric = createFabric({ engine })
  const dataPlane = (): PacketHooks => ({ ...PASS_THROUGH, ...hooks })
  const node1 = fabric.addNode({ name: 'node-1', addresses: ['172.18.0.2'], podCidrs: ['10.244.0.0/24'], dataPlane })
  const node2 = fabric.addNode({ name: 'node-2', addresses: ['172.18.0.3'], podCidrs: ['10.244.1.0/24'] })
  fabric.addNode({ name: 'node-3', addresses: ['172.18.0.4'], podCidrs: ['10.244.2.0/24'] })
  fabric.setNodeUp('node-3', false)
  const places = new Map<string, NetworkNamespace>([
    ['pod', fabric.addPod('node-1', 'default/a', ['10.244.0.2'])],
    ['sibling', fabric.addPod('node-1', 'default/b', ['10.244.0.3'])],
    ['remote pod', fabric.addPod('node-2', 'default/c', ['10.244.1.2'])],
    ['node', node1],
    ['other node', node2],
    ['outside', fabric.externalHost()],
  ])
  for (const place of places.values()) place.listenTcp(80, (socket) => socket.end())
  return { engine, driver: new VirtualTimeDriver(engine), fabric, places }
}

async function attempt({ engine, driver, places }: World, from: string, address: string, port = 80): Promise<string> {
  const place = places.get(from)
  if (place === undefined) return `no place ${from}`
  const start = engine.clock.now()
  try {
    const socket = await driver.wait(place.connectTcp({ address, port }))
    return `${socket.flow.receiver ?? ''} from ${socket.flow.delivered?.source ?? ''} in ${engine.clock.now() - start}`
  } catch (error) {
    if (!(error instanceof SocketError)) throw error
    return `${error.code} ${error.flow?.outcome ?? ''} in ${engine.clock.now() - start}`
  }
}

test.each([
  // Handshakes take a round trip: two veths 80, one wire more 380, loopback 30, veth and own node 40.
  ['pod', 'itself', '10.244.0.2', 'pod/default/a from 10.244.0.2 in 30'],
  ['pod', 'its loopback', '127.0.0.1', 'pod/default/a from 127.0.0.1 in 30'],
  ['pod', 'a sibling', '10.244.0.3', 'pod/default/b from 10.244.0.2 in 80'],
  ['pod', 'a remote pod', '10.244.1.2', 'pod/default/c from 10.244.0.2 in 380'],
  ['pod', 'its node', '172.18.0.2', 'node/node-1 from 10.244.0.2 in 40'],
  ['pod', 'the gateway', '10.244.0.1', 'node/node-1 from 10.244.0.2 in 40'],
  ['pod', 'another node', '172.18.0.3', 'node/node-2 from 172.18.0.2 in 340'],
  ['pod', 'the outside', '172.18.0.1', 'external from 172.18.0.2 in 340'],
  ['pod', 'an address of no pod', '10.244.0.9', 'EHOSTUNREACH host-down in 3060040'],
  ['pod', 'an address of no remote pod', '10.244.1.9', 'EHOSTUNREACH host-down in 3060340'],
  ['pod', 'a node that is down', '172.18.0.4', 'EHOSTUNREACH host-down in 3060040'],
  ['pod', 'a pod on a node that is down', '10.244.2.2', 'EHOSTUNREACH host-down in 3060040'],
  ['pod', 'an address nobody has', '172.18.9.9', 'EHOSTUNREACH host-down in 3060040'],
  ['pod', 'an unknown network', '10.96.0.99', 'ETIMEDOUT no-route in 127000000'],
  ['pod', 'the other family', 'fd00::1', 'ENETUNREACH no-route in 0'],
  ['node', 'itself', '172.18.0.2', 'node/node-1 from 172.18.0.2 in 30'],
  ['node', 'its pod', '10.244.0.2', 'pod/default/a from 10.244.0.1 in 40'],
  ['node', 'a remote pod', '10.244.1.2', 'pod/default/c from 172.18.0.2 in 340'],
  ['node', 'another node', '172.18.0.3', 'node/node-2 from 172.18.0.2 in 300'],
  ['outside', 'a node', '172.18.0.2', 'node/node-1 from 172.18.0.1 in 300'],
  ['outside', 'a pod', '10.244.0.2', 'ETIMEDOUT no-route in 127000000'],
])('%s to %s', async (from, _to, address, expected) => {
  expect(await attempt(world(), from, address)).toBe(expected)
})

test('a port nobody listens on is refused after a round trip', async () => {
  expect(await attempt(world(), 'pod', '10.244.1.2', 81)).toBe('ECONNREFUSED closed in 380')
})

test.each([
  ['prerouting drops', 'pod', { prerouting: () => DROP }, 'ETIMEDOUT dropped in 127000000'],
  ['forward drops', 'pod', { forward: () => DROP }, 'ETIMEDOUT dropped in 127000000'],
  ['forward rejects', 'pod', { forward: () => REJECT }, 'ECONNREFUSED rejected in 40'],
  ['postrouting drops', 'pod', { postrouting: () => DROP }, 'ETIMEDOUT dropped in 127000000'],
  ['output drops the node’s own', 'node', { output: () => DROP }, 'ETIMEDOUT dropped in 127000000'],
  ['output rejects the node’s own', 'node', { output: () => REJECT }, 'ECONNREFUSED rejected in 0'],
  ['output is not asked about a pod’s', 'pod', { output: () => DROP }, 'pod/default/b from 10.244.0.2 in 80'],
  ['input is not asked about transit', 'pod', { input: () => DROP }, 'pod/default/b from 10.244.0.2 in 80'],
  ['forward is not asked about the node’s own', 'node', { forward: () => DROP }, 'pod/default/b from 10.244.0.1 in 40'],
] satisfies readonly (readonly [string, string, Partial<PacketHooks>, string])[])(
  '%s',
  async (_name, from, hooks, expected) => {
    expect(await attempt(world(hooks), from, '10.244.0.3')).toBe(expected)
  },
)

test('hooks are asked in the order of Linux', async () => {
  const asked: string[] = []
  const watch = (name: keyof PacketHooks) => (): Verdict => {
    asked.push(name)
    return { kind: 'accept' }
  }
  const names = ['prerouting', 'input', 'forward', 'output', 'postrouting'] as const
  const hooks: Partial<PacketHooks> = Object.fromEntries(names.map((name) => [name, watch(name)]))
  const order = async (from: string, address: string): Promise<string> => {
    asked.length = 0
    await attempt(world(hooks), from, address)
    return asked.join(' ')
  }
  expect(await order('pod', '10.244.1.2')).toBe('prerouting forward postrouting')
  expect(await order('pod', '172.18.0.2')).toBe('prerouting input')
  expect(await order('node', '10.244.0.2')).toBe('output postrouting')
  expect(await order('node', '172.18.0.2')).toBe('output postrouting input')
  expect(await order('remote pod', '10.244.0.2')).toBe('prerouting forward postrouting')
})

test('routes that point at each other end in an error, not in a loop', async () => {
  const it = world()
  it.fabric.addRoute('node-1', '192.0.2.0/24', '172.18.0.3')
  it.fabric.addRoute('node-2', '192.0.2.0/24', '172.18.0.2')
  expect(await attempt(it, 'node', '192.0.2.1')).toMatch(/^EHOSTUNREACH no-route/)
})

test('an announced address is reached on the node that answers for it', async () => {
  const it = world()
  it.fabric.announce('node-2', '10.10.10.200')
  it.places.get('other node')?.listenTcp(8080, (socket) => socket.end())
  it.fabric.addAddress('node-2', '10.10.10.200', 'kube-ipvs0')
  expect(await attempt(it, 'outside', '10.10.10.200', 8080)).toBe('node/node-2 from 172.18.0.1 in 300')
  it.fabric.withdraw('10.10.10.200')
  expect(await attempt(it, 'outside', '10.10.10.200', 8080)).toBe('ETIMEDOUT no-route in 127000000')
})

// The connection table: finding by both tuples, expiry without events, capacity, NAT there and back, `conntrack -L`.

import { Engine, SECOND } from '@podwire/engine'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { NodeDataPlane } from '../dataplane/node-data-plane.ts'
import { Packet, TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN, type PacketOptions } from '../dataplane/packet.ts'
import { sampleService, sampleSlice, sampleTables } from '../sample-objects.suite.ts'
import { ConnectionTable } from './connection-table.ts'
import { Connection, type TcpState, type Tuple } from './connection.ts'
import { conntrackList } from './print.ts'
import { IptablesHooks } from '../iptables/iptables-hooks.ts'
import { trackPacket } from './track.ts'

const NODE = '172.18.0.2'
const SYN_ACK = TCP_SYN | TCP_ACK

function world(conntrackMax?: number): { readonly engine: Engine; readonly plane: NodeDataPlane } {
  const engine = new Engine({ seed: 3 })
  const services = [
    sampleService('web', { type: 'NodePort', clusterIP: '10.96.0.80', ports: [{ port: 80, nodePort: 30_080 }] }),
    sampleService('dns', { clusterIP: '10.96.0.10', ports: [{ port: 53, protocol: 'UDP' }] }),
  ]
  const slices = [
    sampleSlice('web-1', 'web', [{ port: 8080 }], [{ address: '10.244.1.5' }, { address: '10.244.0.6' }]),
    sampleSlice('dns-1', 'dns', [{ port: 53, protocol: 'UDP' }], [{ address: '10.244.1.7' }]),
  ]
  const tables = sampleTables(services, slices)
  const rules = { hooks: () => new IptablesHooks(tables), udpGeneration: 0, isStale: () => false }
  const plane = new NodeDataPlane({
    clock: engine.clock,
    random: engine.random.fork('test'),
    nodeName: 'node-1',
    stack: { isLocal: (address) => address === NODE, interfaceAddress: () => NODE },
    rules: () => rules,
    ...(conntrackMax === undefined ? {} : { conntrackMax }),
  })
  return { engine, plane }
}

/** Through the node, as a router: the packet afterwards, or the kind of verdict that ended it. */
function through(plane: NodeDataPlane, options: PacketOptions): Packet | string {
  const packet = new Packet(options)
  for (const hook of ['prerouting', 'forward', 'postrouting'] as const) {
    packet.outInterface = hook === 'prerouting' ? '' : 'eth0'
    const verdict = plane[hook](packet)
    if (verdict.kind !== 'accept') return verdict.kind
  }
  return packet
}

const tupleOf = ({ source, sourcePort, destination, destinationPort }: Tuple) => [
  source,
  sourcePort,
  destination,
  destinationPort,
]

test('an answer is translated back to what the client addressed, for any client and any way in', () => {
  const client = fc.record({
    source: fc.constantFrom('10.244.0.9', '10.244.1.9', '172.18.0.1', '10.244.1.5'),
    sourcePort: fc.integer({ min: 1, max: 65_535 }),
    target: fc.constantFrom(['10.96.0.80', 80] as const, [NODE, 30_080] as const),
  })
  fc.assert(
    fc.property(fc.array(client, { minLength: 1, maxLength: 20 }), (clients) => {
      const { plane } = world()
      for (const { source, sourcePort, target } of clients) {
        const [destination, destinationPort] = target
        const sent = through(plane, { protocol: 'tcp', source, sourcePort, destination, destinationPort })
        expect(sent).toBeInstanceOf(Packet)
        if (typeof sent === 'string') return
        expect(['10.244.1.5', '10.244.0.6']).toContain(sent.destination)
        const answer = through(plane, {
          protocol: 'tcp',
          source: sent.destination,
          sourcePort: sent.destinationPort,
          destination: sent.source,
          destinationPort: sent.sourcePort,
          tcpFlags: SYN_ACK,
        })
        expect(answer).toMatchObject({
          source: destination,
          sourcePort: destinationPort,
          destination: source,
          destinationPort: sourcePort,
        })
      }
    }),
    { numRuns: 200, seed: 20_261_121 },
  )
})

test('one client port to two services with one endpoint: the second gets another port', () => {
  const { plane } = world()
  const send = (destination: string, destinationPort: number) =>
    through(plane, { protocol: 'udp', source: '10.244.0.9', sourcePort: 4000, destination, destinationPort })
  expect(send('10.244.1.7', 53)).toMatchObject({ sourcePort: 4000 })
  const second = send('10.96.0.10', 53)
  expect(second).toMatchObject({ destination: '10.244.1.7', source: '10.244.0.9' })
  expect(second).not.toMatchObject({ sourcePort: 4000 })
})

test('entries end by themselves, without an event', () => {
  const { engine, plane } = world()
  const query = {
    protocol: 'udp',
    source: '10.244.0.9',
    sourcePort: 4000,
    destination: '10.96.0.10',
    destinationPort: 53,
  } as const
  through(plane, query)
  expect(engine.queue.size).toBe(0)
  const found = (): boolean => plane.conntrack.find('udp', query, engine.clock.now()) !== undefined
  engine.virtualClock.moveTo(30 * SECOND - 1)
  expect(found()).toBe(true)
  engine.virtualClock.moveTo(30 * SECOND)
  expect(found()).toBe(false)
  expect(plane.conntrack.size).toBe(0)
})

test('a full table drops new connections and says so; known ones pass', () => {
  const engine = new Engine()
  let full = 0
  const stack = { isLocal: () => false, interfaceAddress: () => undefined }
  const plane = new NodeDataPlane({
    clock: engine.clock,
    random: engine.random,
    nodeName: 'n',
    stack,
    conntrackMax: 2,
    onTableFull: () => full++,
  })
  const send = (sourcePort: number, tcpFlags: number, back = false) =>
    through(plane, {
      protocol: 'tcp',
      source: back ? '10.0.0.2' : '10.0.0.1',
      sourcePort: back ? 80 : sourcePort,
      destination: back ? '10.0.0.1' : '10.0.0.2',
      destinationPort: back ? sourcePort : 80,
      tcpFlags,
    })
  for (const port of [1001, 1002]) {
    send(port, TCP_SYN)
    send(port, SYN_ACK, true)
    send(port, TCP_ACK)
  }
  expect(send(1003, TCP_SYN)).toBe('drop')
  expect([full, plane.conntrack.dropped, plane.conntrack.size]).toEqual([1, 1, 2])
  expect(send(1001, TCP_ACK)).toBeInstanceOf(Packet)
})

test('an unassured connection makes room', () => {
  const { plane } = world(1)
  const send = (sourcePort: number) =>
    through(plane, {
      protocol: 'udp',
      source: '10.244.0.9',
      sourcePort,
      destination: '10.96.0.10',
      destinationPort: 53,
    })
  send(1001)
  expect(send(1002)).toBeInstanceOf(Packet)
  expect(plane.conntrack.size).toBe(1)
})

type Step = readonly ['original' | 'reply', number]
const HANDSHAKE: readonly Step[] = [
  ['reply', SYN_ACK],
  ['original', TCP_ACK],
]

test.each<{ name: string; steps: readonly Step[]; state: TcpState }>([
  { name: 'SYN', steps: [], state: 'SYN_SENT' },
  { name: 'SYN, SYN-ACK', steps: [['reply', SYN_ACK]], state: 'SYN_RECV' },
  { name: 'handshake', steps: HANDSHAKE, state: 'ESTABLISHED' },
  { name: 'refused', steps: [['reply', TCP_RST | TCP_ACK]], state: 'CLOSE' },
  { name: 'first FIN', steps: [...HANDSHAKE, ['original', TCP_FIN | TCP_ACK]], state: 'FIN_WAIT' },
  {
    name: 'half closed',
    steps: [...HANDSHAKE, ['original', TCP_FIN | TCP_ACK], ['reply', TCP_ACK]],
    state: 'CLOSE_WAIT',
  },
  {
    name: 'both FINs',
    steps: [...HANDSHAKE, ['original', TCP_FIN | TCP_ACK], ['reply', TCP_FIN | TCP_ACK]],
    state: 'LAST_ACK',
  },
  {
    name: 'closed',
    steps: [...HANDSHAKE, ['original', TCP_FIN | TCP_ACK], ['reply', TCP_FIN | TCP_ACK], ['original', TCP_ACK]],
    state: 'TIME_WAIT',
  },
])('TCP state after $name', ({ steps, state }) => {
  const first = { source: 'a', sourcePort: 1, destination: 'b', destinationPort: 2 }
  const connection = new Connection('ipv4', 'tcp', first, 0)
  connection.state = 'SYN_SENT'
  for (const [direction, flags] of steps) trackPacket(connection, direction, flags, 0)
  expect(connection.state).toBe(state)
})

test('conntrack -L', () => {
  const { engine, plane } = world()
  const pod = { source: '10.244.0.9', sourcePort: 4000 } as const
  through(plane, { protocol: 'udp', ...pod, destination: '10.96.0.10', destinationPort: 53 })
  const sent = through(plane, { protocol: 'tcp', ...pod, destination: '10.96.0.80', destinationPort: 80 })
  if (typeof sent === 'string') throw new RangeError(sent)
  const back = {
    protocol: 'tcp',
    source: sent.destination,
    sourcePort: 8080,
    destination: pod.source,
    destinationPort: 4000,
  } as const
  through(plane, { ...back, tcpFlags: SYN_ACK })
  through(plane, { protocol: 'tcp', ...pod, destination: '10.96.0.80', destinationPort: 80, tcpFlags: TCP_ACK })
  engine.virtualClock.moveTo(SECOND / 2)
  expect(conntrackList(plane.conntrack, engine.clock.now())).toBe(
    `tcp      6 86399 ESTABLISHED src=10.244.0.9 dst=10.96.0.80 sport=4000 dport=80 src=${sent.destination} dst=10.244.0.9 sport=8080 dport=4000 [ASSURED] mark=0 use=1\n` +
      'udp      17 29 src=10.244.0.9 dst=10.96.0.10 sport=4000 dport=53 [UNREPLIED] src=10.244.1.7 dst=10.244.0.9 sport=53 dport=4000 mark=0 use=1\n',
  )
})

test('later segments need no lookup, until the entry is gone', () => {
  const { engine, plane } = world()
  const sent = through(plane, {
    protocol: 'tcp',
    source: '10.244.0.9',
    sourcePort: 4000,
    destination: '10.96.0.80',
    destinationPort: 80,
  })
  if (typeof sent === 'string' || sent.connection === undefined) throw new RangeError('no connection')
  const { connection } = sent
  expect(plane.passKnown(connection, 'reply', SYN_ACK)).toBe(true)
  expect(plane.passKnown(connection, 'original')).toBe(true)
  expect([connection.state, connection.assured]).toEqual(['ESTABLISHED', true])
  engine.virtualClock.moveTo(86_401 * SECOND)
  expect(plane.passKnown(connection, 'original')).toBe(false)
})

test('every inserted connection is found by both tuples until it is deleted', () => {
  // Enough of them that the table grows, few enough that many come again.
  const port = fc.integer({ min: 1, max: 7 })
  const entry = fc.record({ host: port, sourcePort: port, destinationPort: port, remove: fc.boolean() })
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 400 }), (entries) => {
      const table = new ConnectionTable()
      const model = new Map<string, Connection>()
      for (const { host, sourcePort, destinationPort, remove } of entries) {
        const tuple = { source: `10.0.0.${host}`, sourcePort, destination: '10.1.0.1', destinationPort }
        const key = tupleOf(tuple).join()
        const known = model.get(key)
        expect(table.find('tcp', tuple, 0)).toBe(known)
        if (known === undefined) {
          const connection = new Connection('ipv4', 'tcp', tuple, 0)
          table.insert(connection, 0)
          model.set(key, connection)
        } else if (remove) {
          table.delete(known)
          model.delete(key)
        }
      }
      expect(table.size).toBe(model.size)
      for (const connection of model.values()) {
        expect(table.find('tcp', connection.reply, 0)).toBe(connection)
        expect([connection.original, connection.reply].map((one) => connection.directionOf(one))).toEqual([
          'original',
          'reply',
        ])
        expect(table.find('udp', connection.original, 0)).toBeUndefined()
      }
    }),
    { numRuns: 100, seed: 20_261_121 },
  )
})

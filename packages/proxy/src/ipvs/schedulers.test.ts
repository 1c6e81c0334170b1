// Each scheduler against a table worked out by hand from its definition. Servers are named a, b, c … in the kernel's order.

import { Engine, SECOND } from '@podwire/engine'
import { describe, expect, test } from 'vitest'
import { Connection } from '../conntrack/connection.ts'
import { Packet } from '../dataplane/packet.ts'
import { hsiphash } from './hsiphash.ts'
import { IpvsState } from './ipvs-state.ts'
import { schedule } from './schedulers.ts'
import { RealServer, VirtualServer, type Scheduler, type VirtualServerSpec } from './virtual-server.ts'

const spec = (scheduler: Scheduler, more: Partial<VirtualServerSpec> = {}): VirtualServerSpec => ({
  protocol: 'tcp',
  address: '10.96.0.80',
  port: 80,
  scheduler,
  persistentSeconds: undefined,
  servers: [],
  ...more,
})

const addressOf = (letter: string): string => `10.244.0.${letter.charCodeAt(0) - 96}`

function serverOf(letter: string, weight = 1): RealServer {
  const server = new RealServer({ text: `${addressOf(letter)}:8080`, address: addressOf(letter), port: 8080 })
  server.weight = weight
  return server
}

/** `a=2/1` is server a with two active and one inactive connection. */
function virtualOf(scheduler: Scheduler, text: string): VirtualServer {
  const virtual = new VirtualServer(spec(scheduler))
  virtual.servers = text.split(' ').map((word) => {
    const [, letter = '', weight = '1', active = '0', inactive = '0'] =
      /^(\w)(?:\*(\d+))?(?:=(\d+)\/(\d+))?$/.exec(word) ?? []
    const server = serverOf(letter, Number(weight))
    for (let i = 0; i < Number(active) + Number(inactive); i++) server.add(connectionTo(server, i < Number(active), i))
    return server
  })
  return virtual
}

function connectionTo(server: RealServer, active: boolean, i: number): Connection {
  const first = { source: '10.244.0.99', sourcePort: 1024 + i, destination: '10.96.0.80', destinationPort: 80 }
  const connection = new Connection('ipv4', 'tcp', first, 0)
  connection.reply.source = server.address
  connection.reply.sourcePort = server.port
  connection.state = active ? 'ESTABLISHED' : 'TIME_WAIT'
  return connection
}

const from = (source: string, sourcePort = 40_000): Packet =>
  new Packet({ protocol: 'tcp', source, sourcePort, destination: '10.96.0.80', destinationPort: 80 })

const letterOf = (server: { readonly address: string } | undefined): string =>
  server === undefined ? '-' : String.fromCharCode(96 + Number(server.address.split('.')[3]))

function draws(virtual: VirtualServer, count: number): string {
  return Array.from({ length: count }, () => letterOf(schedule(virtual, from('10.244.0.99'), 1))).join('')
}

describe('in turns', () => {
  test.each([
    { scheduler: 'rr', servers: 'a b c', expected: 'abcabc' },
    { scheduler: 'rr', servers: 'a b*0 c', expected: 'acacac' },
    { scheduler: 'rr', servers: 'a*0', expected: '------' },
    { scheduler: 'rr', servers: 'a*5 b', expected: 'ababab' },
    { scheduler: 'wrr', servers: 'a b c', expected: 'abcabc' },
    // From the LVS how-to: weights 4, 3, 2 give AABABCABC.
    { scheduler: 'wrr', servers: 'a*4 b*3 c*2', expected: 'aababcabcaab' },
    { scheduler: 'wrr', servers: 'a*2 b*4', expected: 'babbab' },
    { scheduler: 'wrr', servers: 'a*0 b*0', expected: '------' },
  ] as const)('$scheduler over $servers', ({ scheduler, servers, expected }) => {
    expect(draws(virtualOf(scheduler, servers), expected.length)).toBe(expected)
  })
})

describe('by load', () => {
  test.each([
    { scheduler: 'lc', servers: 'a=2/0 b=1/9 c=1/300', expected: 'b', why: '512, 265, 556' },
    { scheduler: 'lc', servers: 'a=1/0 b=1/0', expected: 'a', why: 'the first of equals' },
    { scheduler: 'lc', servers: 'a*0 b=9/0', expected: 'b', why: 'weight 0 takes nobody' },
    { scheduler: 'lc', servers: 'a*9=2/0 b=1/0', expected: 'b', why: 'weights do not count' },
    { scheduler: 'wlc', servers: 'a*9=2/0 b=1/0', expected: 'a', why: '512/9 < 256' },
    { scheduler: 'wlc', servers: 'a*2=2/0 b=1/0', expected: 'a', why: '256 = 256' },
    { scheduler: 'sed', servers: 'a*3=2/50 b=0/0', expected: 'a', why: '3/3 = 1/1, inactive ones are ignored' },
    { scheduler: 'sed', servers: 'a*3=3/0 b=0/0', expected: 'b', why: '4/3 > 1' },
    { scheduler: 'nq', servers: 'a*9=1/0 b=0/7', expected: 'b', why: 'an idle one goes first' },
    { scheduler: 'nq', servers: 'a*9=1/0 b=1/0', expected: 'a', why: 'else as sed: 2/9 < 2' },
    { scheduler: 'lc', servers: 'a*0', expected: '-', why: 'nobody is there' },
  ] as const)('$scheduler over $servers: $why', ({ scheduler, servers, expected }) => {
    expect(letterOf(schedule(virtualOf(scheduler, servers), from('10.244.0.99'), 1))).toBe(expected)
  })
})

describe('by hash', () => {
  test.each([
    // 10.244.0.9 = 0x0af40009; times 0x61c88647, the top byte of the low word picks one of 256 buckets.
    { scheduler: 'sh', servers: 'a b c', source: '10.244.0.9' },
    { scheduler: 'sh', servers: 'a*3 b', source: '10.244.0.200' },
    { scheduler: 'sh', servers: 'a b c', source: '203.0.113.5' },
  ] as const)('$scheduler over $servers from $source', ({ scheduler, servers, source }) => {
    const virtual = virtualOf(scheduler, servers)
    const number = source.split('.').reduce((sum, octet) => sum * 256n + BigInt(octet), 0n)
    const bucket = Number(((number * 0x61c88647n) % 0x1_0000_0000n) >> 24n)
    const turns = virtual.servers.flatMap((server) => Array.from({ length: server.weight }, () => server))
    expect(schedule(virtual, from(source), 1)).toBe(turns[bucket % turns.length])
  })

  test('sh has no second choice when the server drains', () => {
    const virtual = virtualOf('sh', 'a')
    expect(letterOf(schedule(virtual, from('10.244.0.9'), 1))).toBe('a')
    for (const server of virtual.servers) server.weight = 0
    expect(schedule(virtual, from('10.244.0.9'), 1)).toBeUndefined()
  })

  test('dh sends all clients of one address to one server', () => {
    const virtual = virtualOf('dh', 'a b c d')
    const seen = new Set(Array.from({ length: 50 }, (_, i) => schedule(virtual, from(`10.244.0.${i}`), 1)))
    expect(seen.size).toBe(1)
  })

  test('mh spreads evenly, looks at the port too, and moves few clients when a server goes', () => {
    const all = virtualOf('mh', 'a b c d')
    const fewer = virtualOf('mh', 'a b c')
    const counts = new Map<string, number>()
    let moved = 0
    for (let i = 0; i < 4000; i++) {
      const packet = from('10.244.0.9', 1024 + i)
      const letter = letterOf(schedule(all, packet, 1))
      counts.set(letter, (counts.get(letter) ?? 0) + 1)
      if (letter !== 'd' && letterOf(schedule(fewer, packet, 1)) !== letter) moved++
    }
    for (const letter of 'abcd') expect(counts.get(letter)).toBeGreaterThan(850)
    expect(moved).toBeLessThan(400)
  })

  test('hsiphash depends on word and key, and stays in 32 bits', () => {
    const hashes = [0, 1, 2 ** 31, 2 ** 32 - 1].flatMap((word) => [hsiphash(word, 1n), hsiphash(word, 2n)])
    expect(new Set(hashes).size).toBe(8)
    for (const hash of hashes) expect(hash).toBe(hash >>> 0)
  })
})

describe('state', () => {
  const engine = new Engine({ seed: 1 })
  const server = (letter: string) => ({ text: `${addressOf(letter)}:8080`, address: addressOf(letter), port: 8080 })

  const dial = (state: IpvsState, wanted: VirtualServerSpec, port: number, nowUs: number): string => {
    const packet = from('10.244.0.99', port)
    const first = { source: packet.source, sourcePort: port, destination: '10.96.0.80', destinationPort: 80 }
    const connection = new Connection('ipv4', 'tcp', first, nowUs)
    packet.connection = connection
    const chosen = state.connect('tcp 10.96.0.80:80', wanted, packet, nowUs)
    if (chosen !== undefined) {
      connection.reply.source = chosen.address
      connection.reply.sourcePort = chosen.port
      connection.state = 'ESTABLISHED'
      connection.expiresAtUs = nowUs + 300 * SECOND
    }
    return letterOf(chosen)
  }

  test('an added server goes to the head of the list', () => {
    const state = new IpvsState()
    state.virtualServer('tcp 10.96.0.80:80', spec('rr', { servers: [server('a')] }), 0)
    const { servers } = state.virtualServer('tcp 10.96.0.80:80', spec('rr', { servers: [server('a'), server('b')] }), 0)
    expect(servers.map(letterOf).join('')).toBe('ba')
  })

  test('a removed server with connections drains with weight 0, and goes when a check finds it idle', () => {
    const state = new IpvsState()
    const both = spec('rr', { servers: [server('a'), server('b')] })
    const one = spec('rr', { servers: [server('b')] })
    const order = [1, 2].map((i) => dial(state, both, 2000 + i, 0)).sort((a, b) => (a < b ? -1 : 1))
    expect(order.join('')).toBe('ab')
    const weights = (nowUs: number): string =>
      state
        .virtualServer('tcp 10.96.0.80:80', one, nowUs)
        .servers.map((s) => `${letterOf(s)}${s.weight}`)
        .join(' ')
    expect(weights(SECOND)).toBe('b1 a0')
    expect(dial(state, one, 3000, 2 * SECOND)).toBe('b')
    expect(weights(299 * SECOND)).toBe('b1 a0')
    expect(weights(301 * SECOND)).toBe('b1')
  })

  test('UDP servers go at once', () => {
    const state = new IpvsState()
    state.virtualServer('k', spec('rr', { protocol: 'udp', servers: [server('a'), server('b')] }), 0)
    expect(state.virtualServer('k', spec('rr', { protocol: 'udp', servers: [] }), 0).servers).toEqual([])
  })

  test('persistence overrides the scheduler, restarts with each connection and outlives its time while one is open', () => {
    const state = new IpvsState()
    const sticky = spec('rr', { persistentSeconds: 100, servers: ['a', 'b', 'c'].map(server) })
    const seen = [0, 90, 180, 400].map((seconds, i) => dial(state, sticky, 4000 + i, seconds * SECOND))
    expect(new Set(seen).size).toBe(1)
    expect(dial(state, sticky, 4100, 900 * SECOND)).not.toBe(seen[0])
  })

  test('without servers nobody answers', () => {
    expect(dial(new IpvsState(), spec('rr'), 5000, engine.clock.now())).toBe('-')
  })
})

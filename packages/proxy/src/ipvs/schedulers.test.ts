// Each scheduler against a table worked out by hand from its definition. Servers are named a, b, c … in the kernel's order.

import { SECOND } from '@podwire/engine'
import { describe, expect, test } from 'vitest'
import { Connection } from '../conntrack/connection.ts'
import { Packet, TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN } from '../dataplane/packet.ts'
import { hsiphash } from './hsiphash.ts'
import { IpvsConnection } from './ipvs-connection.ts'
import type { IpvsConnections } from './ipvs-connections.ts'
import { IpvsState, type WantedServers } from './ipvs-state.ts'
import { schedule } from './schedulers.ts'
import { RealServer, VirtualServer, type Scheduler, type VirtualServerSpec } from './virtual-server.ts'

const spec = (scheduler: Scheduler, more: Partial<VirtualServerSpec> = {}): VirtualServerSpec => ({
  protocol: 'tcp',
  address: '10.96.0.80',
  port: 80,
  scheduler,
  flags: scheduler === 'mh' ? ['mh-port'] : [],
  persistentSeconds: undefined,
  servers: [],
  ...more,
})

const addressOf = (letter: string): string => `10.244.0.${letter.charCodeAt(0) - 96}`

function serverOf(letter: string, weight: number, connections: IpvsConnections): RealServer {
  const address = addressOf(letter)
  const server = new RealServer({ text: `${address}:8080`, address, port: 8080 }, connections)
  server.weight = weight
  return server
}

/** `a=2/1` is server a with two active and one inactive connection. */
function virtualOf(scheduler: Scheduler, text: string): VirtualServer {
  const virtual = new VirtualServer(spec(scheduler))
  virtual.servers = text.split(' ').map((word) => {
    const [, letter = '', weight = '1', active = '0', inactive = '0'] =
      /^(\w)(?:\*(\d+))?(?:=(\d+)\/(\d+))?$/.exec(word) ?? []
    const server = serverOf(letter, Number(weight), virtual.connections)
    for (let i = 0; i < Number(active) + Number(inactive); i++) {
      virtual.connections.add(connectionTo(virtual, server, i < Number(active), i), 0)
    }
    return server
  })
  return virtual
}

function connectionTo(virtual: VirtualServer, server: RealServer, active: boolean, i: number): IpvsConnection {
  const first = { source: '10.244.0.99', sourcePort: 1024 + i, destination: '10.96.0.80', destinationPort: 80 }
  const connection = new Connection('ipv4', 'tcp', first, 0)
  const entry = new IpvsConnection(virtual.connections, connection, virtual, server, 0)
  connection.ipvs = entry
  entry.see('original', TCP_SYN, 60, 0)
  if (!active) entry.see('reply', TCP_RST, 60, 0)
  return entry
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

const KEY = 'tcp 10.96.0.80:80'

/** A sync that wants this of every address. */
function wants(wanted: VirtualServerSpec | undefined, lastSyncUs = 0, startedUs = 0): WantedServers {
  return {
    wanted: () => wanted,
    lastSyncUs: () => lastSyncUs,
    startedUs: () => startedUs,
    isExcluded: (address) => address === '192.0.2.9',
  }
}

describe('state', () => {
  const server = (letter: string) => ({ text: `${addressOf(letter)}:8080`, address: addressOf(letter), port: 8080 })

  const dial = (state: IpvsState, source: WantedServers, port: number, nowUs: number): string => {
    const packet = from('10.244.0.99', port)
    packet.connection = new Connection('ipv4', 'tcp', packet, nowUs)
    const virtual = state.find(KEY, source, nowUs)
    const chosen = virtual === undefined ? undefined : state.connect(virtual, packet, nowUs)
    packet.connection.ipvs?.see('reply', TCP_SYN | TCP_ACK, 60, nowUs)
    packet.connection.ipvs?.see('original', TCP_ACK, 60, nowUs)
    return letterOf(chosen)
  }

  const list = (state: IpvsState, source: WantedServers, nowUs: number): string =>
    (state.find(KEY, source, nowUs)?.servers ?? []).map((one) => `${letterOf(one)}${one.weight}`).join(' ')

  test('an added server goes to the head of the list', () => {
    const state = new IpvsState()
    list(state, wants(spec('rr', { servers: [server('a')] })), 0)
    expect(list(state, wants(spec('rr', { servers: [server('a'), server('b')] })), 0)).toBe('b1 a1')
  })

  test('rr goes on behind the server before the one that went', () => {
    const state = new IpvsState()
    const all = wants(spec('rr', { protocol: 'udp', servers: ['a', 'b', 'c', 'd'].map(server) }))
    // The list is d c b a.
    expect([1, 2].map((i) => dial(state, all, 2000 + i, 0)).join('')).toBe('dc')
    const without = wants(spec('rr', { protocol: 'udp', servers: ['a', 'b', 'd'].map(server) }))
    expect([1, 2].map((i) => dial(state, without, 3000 + i, 0)).join('')).toBe('ba')
  })

  test('a removed server with connections drains with weight 0, and goes when a check finds it idle', () => {
    const state = new IpvsState()
    const both = wants(spec('rr', { servers: [server('a'), server('b')] }))
    const one = wants(spec('rr', { servers: [server('b')] }))
    expect([1, 2].map((i) => dial(state, both, 2000 + i, 0)).join('')).toBe('ba')
    expect(list(state, one, SECOND)).toBe('b1 a0')
    expect(dial(state, one, 3000, 2 * SECOND)).toBe('b')
    expect(list(state, one, 899 * SECOND)).toBe('b1 a0')
    expect(list(state, one, 901 * SECOND)).toBe('b1')
  })

  test('the check comes every minute from the start of kube-proxy on', () => {
    const state = new IpvsState()
    const from = (servers: readonly string[]) => wants(spec('rr', { servers: servers.map(server) }), 0, 30 * SECOND)
    const [both, one] = [from(['a', 'b']), from(['b'])]
    expect([1, 2].map((i) => dial(state, both, 2000 + i, 31 * SECOND)).join('')).toBe('ba')
    expect(list(state, one, 32 * SECOND)).toBe('b1 a0')
    // Idle at 931 s; the last check before that was at 930 s.
    expect([932, 989, 990].map((seconds) => list(state, one, seconds * SECOND))).toEqual(['b1 a0', 'b1 a0', 'b1'])
  })

  test('one that comes back while it drains serves again, and keeps its connections', () => {
    const state = new IpvsState()
    const both = wants(spec('rr', { servers: [server('a'), server('b')] }))
    for (const i of [1, 2]) dial(state, both, 2000 + i, 0)
    expect(list(state, wants(spec('rr', { servers: [server('b')] })), SECOND)).toBe('b1 a0')
    const again = wants(spec('rr', { servers: [server('a'), server('b')] }))
    expect(list(state, again, 2 * SECOND)).toBe('a1 b1')
    expect(state.find(KEY, again, 2 * SECOND)?.servers[0]?.count(2 * SECOND)).toEqual({ active: 1, inactive: 0 })
  })

  test('UDP servers go at once', () => {
    const state = new IpvsState()
    list(state, wants(spec('rr', { protocol: 'udp', servers: [server('a'), server('b')] })), 0)
    expect(list(state, wants(spec('rr', { protocol: 'udp' })), 0)).toBe('')
  })

  test('persistence overrides the scheduler, restarts with each connection and outlives its time while one is open', () => {
    const state = new IpvsState()
    const sticky = wants(spec('rr', { persistentSeconds: 100, servers: ['a', 'b', 'c'].map(server) }))
    const seen = [0, 90, 180, 400].map((seconds, i) => dial(state, sticky, 4000 + i, seconds * SECOND))
    expect(new Set(seen).size).toBe(1)
    // All connections have been idle for 900 s.
    expect(dial(state, sticky, 4100, 1301 * SECOND)).not.toBe(seen[0])
  })

  test('without servers nobody answers', () => {
    expect(dial(new IpvsState(), wants(spec('rr')), 5000, 0)).toBe('-')
  })

  test('what was changed by hand stays until the next sync, a weight until kube-proxy starts anew', () => {
    const state = new IpvsState()
    const wanted = spec('rr', { servers: [server('a'), server('b')] })
    const before = wants(wanted, 10)
    const virtual = state.find(KEY, before, 20)
    const [first] = virtual?.servers ?? []
    expect(first).toBeDefined()
    if (virtual === undefined || first === undefined) return
    first.weight = 5
    virtual.removeServer(virtual.servers[1] ?? first)
    virtual.addServer(server('x'))
    state.touch(KEY, 20)
    expect(list(state, before, 25)).toMatch(/1 b5$/)
    // The same rules, gone over again later.
    let lastSyncUs = 10
    const later = { ...before, lastSyncUs: () => lastSyncUs }
    expect(list(state, later, 30)).toBe('a1 b5')
    state.put(KEY, undefined, later, 40)
    expect(state.find(KEY, later, 41)).toBeUndefined()
    lastSyncUs = 50
    expect(list(state, later, 51)).toBe('b1 a1')
    for (const one of state.find(KEY, later, 51)?.servers ?? []) one.weight = 7
    expect(list(state, wants(wanted, 60), 61)).toBe('b7 a7')
    expect(list(state, wants(wanted, 70, 65), 71)).toMatch(/^[ab]1 [ab]1$/)
  })

  test('a virtual server nobody wants goes with the next sync, unless its address is excluded', () => {
    const state = new IpvsState()
    const source = wants(undefined, 10)
    for (const address of ['192.0.2.8', '192.0.2.9']) {
      state.put(address, new VirtualServer(spec('rr', { address })), source, 20)
    }
    const there = (now: WantedServers) => state.keys().filter((key) => state.find(key, now, 100) !== undefined)
    expect(there(source)).toEqual(['192.0.2.8', '192.0.2.9'])
    expect(there(wants(undefined, 30))).toEqual(['192.0.2.9'])
  })
})

describe('connection entries', () => {
  // From the kernel's table tcp_states: client's segments are written plainly, the server's with a '.
  test.each([
    { name: 'SYN', segments: 'S', state: 'SYN_RECV', active: true, seconds: 60 },
    { name: 'handshake', segments: 'S Sa. A', state: 'ESTABLISHED', active: true, seconds: 900 },
    { name: 'refused', segments: 'S R.', state: 'CLOSE', active: false, seconds: 10 },
    { name: 'the client ends', segments: 'S Sa. A F', state: 'CLOSE_WAIT', active: false, seconds: 60 },
    { name: 'the server ends', segments: 'S Sa. A F.', state: 'FIN_WAIT', active: false, seconds: 120 },
    { name: 'both end, client first', segments: 'S Sa. A F A. F. A', state: 'TIME_WAIT', active: false, seconds: 120 },
    { name: 'both end, server first', segments: 'S Sa. A F. A F A.', state: 'TIME_WAIT', active: false, seconds: 120 },
    { name: 'reset by the client', segments: 'S Sa. A R', state: 'CLOSE', active: false, seconds: 10 },
  ])('$name: $state', ({ segments, state, active, seconds }) => {
    const virtual = virtualOf('rr', 'a')
    const [server] = virtual.servers
    if (server === undefined) throw new RangeError('no server')
    const connection = new Connection('ipv4', 'tcp', from('10.244.0.99'), 0)
    const entry = new IpvsConnection(virtual.connections, connection, virtual, server, 0)
    const flags = { S: TCP_SYN, Sa: TCP_SYN | TCP_ACK, A: TCP_ACK, F: TCP_FIN | TCP_ACK, R: TCP_RST }
    for (const segment of segments.split(' ')) {
      const fromServer = segment.endsWith('.')
      const kind = (fromServer ? segment.slice(0, -1) : segment) as keyof typeof flags
      entry.see(fromServer ? 'reply' : 'original', flags[kind], 100, SECOND)
    }
    expect([entry.state, entry.active, entry.expiresAtUs / SECOND - 1]).toEqual([state, active, seconds])
    const count = segments.split(' ').length
    const back = segments.split('.').length - 1
    expect(virtual.traffic.totals()).toEqual([0, count - back, back, 100 * (count - back), 100 * back])
  })

  // From the kernel's table sctp_states, written alike: INIT, INIT-ACK, COOKIE-ECHO, COOKIE-ACK, DATA, SHUTDOWN, its ACK and COMPLETE, ABORT.
  test.each([
    { name: 'INIT', chunks: 'I', state: 'INIT1', active: false, seconds: 4 },
    { name: 'INIT again', chunks: 'I I', state: 'INIT', active: false, seconds: 61 },
    { name: 'INIT-ACK', chunks: 'I Ia.', state: 'C-SENT', active: false, seconds: 61 },
    { name: 'COOKIE-ECHO', chunks: 'I Ia. Ce', state: 'C-REPLIED', active: false, seconds: 61 },
    { name: 'handshake', chunks: 'I Ia. Ce Ca.', state: 'ESTABLISHED', active: true, seconds: 900 },
    { name: 'refused', chunks: 'I A.', state: 'REJECTED', active: false, seconds: 4 },
    { name: 'data', chunks: 'I Ia. Ce Ca. D D.', state: 'ESTABLISHED', active: true, seconds: 900 },
    { name: 'the client ends', chunks: 'I Ia. Ce Ca. S', state: 'S-RECEIVED', active: false, seconds: 61 },
    { name: 'the server agrees', chunks: 'I Ia. Ce Ca. S Sa.', state: 'S-ACK-SENT', active: false, seconds: 61 },
    { name: 'over, client first', chunks: 'I Ia. Ce Ca. S Sa. Sc', state: 'CLOSED', active: false, seconds: 61 },
    { name: 'the server ends', chunks: 'I Ia. Ce Ca. S.', state: 'S-SENT', active: false, seconds: 61 },
    { name: 'over, server first', chunks: 'I Ia. Ce Ca. S. Sa', state: 'CLOSED', active: false, seconds: 61 },
    { name: 'aborted', chunks: 'I Ia. Ce Ca. A', state: 'CLOSED', active: false, seconds: 61 },
  ])('SCTP $name: $state', ({ chunks, state, active, seconds }) => {
    const virtual = new VirtualServer(spec('rr', { protocol: 'sctp' }))
    virtual.addServer({ text: 'a', address: 'a', port: 1 })
    const [server] = virtual.servers
    if (server === undefined) throw new RangeError('no server')
    const connection = new Connection('ipv4', 'sctp', from('10.244.0.99'), 0)
    const entry = new IpvsConnection(virtual.connections, connection, virtual, server, 0)
    const types = { I: 1, Ia: 2, Ce: 10, Ca: 11, D: 0, S: 7, Sa: 8, Sc: 14, A: 6 }
    for (const chunk of chunks.split(' ')) {
      const fromServer = chunk.endsWith('.')
      const kind = (fromServer ? chunk.slice(0, -1) : chunk) as keyof typeof types
      entry.see(fromServer ? 'reply' : 'original', types[kind], 100, SECOND)
    }
    expect([entry.state, entry.active, entry.expiresAtUs / SECOND - 1]).toEqual([state, active, seconds])
  })

  test('UDP is one inactive state of 300 s', () => {
    const state = new IpvsState()
    const virtual = new VirtualServer(spec('rr', { protocol: 'udp' }), state.connections)
    virtual.addServer({ text: 'a', address: 'a', port: 1 })
    const packet = new Packet({ protocol: 'udp', source: 'c', sourcePort: 1, destination: 'v', destinationPort: 53 })
    packet.connection = new Connection('ipv4', 'udp', packet, 0)
    state.connect(virtual, packet, 0)
    expect(virtual.servers[0]?.count(299 * SECOND)).toEqual({ active: 0, inactive: 1 })
    expect(virtual.servers[0]?.count(300 * SECOND)).toEqual({ active: 0, inactive: 0 })
  })

  test('rates go a quarter of the way every two seconds', () => {
    const virtual = new VirtualServer(spec('rr'))
    virtual.carry({ conns: 80, inPkts: 0, outPkts: 0, inBytes: 0, outBytes: 0 }, 0)
    const cps = (seconds: number): number => virtual.traffic.rates(seconds * SECOND)[0]
    // 80 in two seconds are 40 a second: 10 after the first look, then 7.5, 5.6, 4.2; a half is rounded down.
    expect([1, 2, 4, 6, 8].map(cps)).toEqual([0, 10, 7, 6, 4])
    expect(cps(400)).toBe(0)
    virtual.traffic.zero()
    expect(virtual.traffic.totals()).toEqual([0, 0, 0, 0, 0])
  })
})

describe('weights and flags by hand', () => {
  test('mh: a server of weight 3 has three times the slots of one of weight 1', () => {
    const virtual = virtualOf('mh', 'a*3 b')
    const seen = Array.from({ length: 4000 }, (_, i) => letterOf(schedule(virtual, from('10.244.0.9', 1024 + i), 1)))
    const share = seen.filter((letter) => letter === 'a').length / 4000
    expect(share).toBeGreaterThan(0.72)
    expect(share).toBeLessThan(0.78)
  })

  test.each(['sh', 'mh'] as const)(
    '%s: with fallback a draining server is passed over, without it is not',
    (scheduler) => {
      const virtual = virtualOf(scheduler, 'a b')
      virtual.setSpec(spec(scheduler, { flags: [`${scheduler}-port`] }))
      const all = Array.from({ length: 64 }, (_, i) => letterOf(schedule(virtual, from('10.244.0.9', 1024 + i), 1)))
      expect([...new Set(all)].sort((a, b) => (a < b ? -1 : 1))).toEqual(['a', 'b'])
      for (const server of virtual.servers) if (letterOf(server) === 'a') server.weight = 0
      const draining = all.map((_, i) => letterOf(schedule(virtual, from('10.244.0.9', 1024 + i), 1)))
      expect(draining).toEqual(all.map((letter) => (letter === 'a' ? '-' : 'b')))
      virtual.setSpec(spec(scheduler, { flags: [`${scheduler}-port`, `${scheduler}-fallback`] }))
      const passed = all.map((_, i) => letterOf(schedule(virtual, from('10.244.0.9', 1024 + i), 1)))
      expect(passed).toEqual(all.map(() => 'b'))
    },
  )
})

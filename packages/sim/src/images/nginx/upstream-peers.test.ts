// Who is asked, and when a server is left out: the sequences of real nginx 1.22 with max_fails and fail_timeout.

import { expect, test } from 'vitest'
import { checkDirectives } from './check-directives.ts'
import { parseConfig } from './config-text.ts'
import { readConfiguration } from './configured.ts'
import { chooseServer } from './sites.ts'
import { readUpstream, secondsOf } from './upstream-block.ts'
import { UpstreamPeers, type BalancingMethod, type Peer } from './upstream-peers.ts'

function peers(servers: string, method = ''): UpstreamPeers {
  const parsed = parseConfig(`upstream u { ${method} ${servers} }`, 'f')
  const [block] = 'error' in parsed ? [] : parsed
  const read = block === undefined ? { error: 'no block' } : readUpstream(block)
  if ('error' in read) throw new TypeError(read.error)
  return new UpstreamPeers(
    read.servers.map(({ host, ...server }) => ({ ...server, address: host })),
    read.method satisfies BalancingMethod,
  )
}

/** One request at this second: who was asked, in order; those in `dead` fail. */
function request(group: UpstreamPeers, second: number, dead: ReadonlySet<string>, client = '192.0.2.1'): string {
  const tried = new Set<Peer>()
  let asked = ''
  for (;;) {
    const peer = group.pick(second, tried, client)
    if (peer === undefined) return asked === '' ? '-' : asked
    tried.add(peer)
    asked += peer.address
    if (!dead.has(peer.address)) {
      group.succeeded(peer)
      return asked
    }
    group.failed(peer, second)
  }
}

const NONE: ReadonlySet<string> = new Set()
const A_DEAD: ReadonlySet<string> = new Set(['a'])

test.each([
  { name: 'weights 5:1:1', servers: 'server a weight=5; server b; server c;', expected: 'aabacaa' },
  { name: 'weights 3:2', servers: 'server a weight=3; server b weight=2;', expected: 'ababa' },
  { name: 'equal weights', servers: 'server a; server b; server c;', expected: 'abcabc' },
  { name: 'down', servers: 'server a down; server b; server c;', expected: 'bcbc' },
  { name: 'backup', servers: 'server a; server b backup;', expected: 'aaa' },
])('smooth turns: $name', ({ servers, expected }) => {
  const group = peers(servers)
  expect([...expected].map(() => request(group, 0, NONE)).join('')).toBe(expected)
})

test('the course’s pair, the first dead: tried at requests 1, 3 and 5, then not for ten seconds', () => {
  const group = peers('server a max_fails=3 fail_timeout=10s; server b max_fails=3 fail_timeout=10s;')
  const asked = Array.from({ length: 8 }, () => request(group, 100, A_DEAD))
  expect(asked).toEqual(['ab', 'b', 'ab', 'b', 'ab', 'b', 'b', 'b'])
  expect(Array.from({ length: 5 }, () => request(group, 110, A_DEAD))).toEqual(['b', 'b', 'b', 'b', 'b'])
  // In second fail_timeout + 1 exactly one probe; it fails, so it is out again.
  const later = Array.from({ length: 6 }, () => request(group, 111, A_DEAD)).join(' ')
  expect(later.match(/a/g)).toHaveLength(1)
})

test('a probe that is answered brings the server back, and its failures are forgotten', () => {
  const group = peers('server a max_fails=1 fail_timeout=10s; server b;')
  expect(request(group, 0, A_DEAD)).toBe('ab')
  expect(Array.from({ length: 4 }, () => request(group, 11, NONE)).join('')).toMatch(/a/)
  const back = Array.from({ length: 6 }, () => request(group, 12, NONE)).join('')
  expect(back.match(/a/g)?.length).toBeGreaterThanOrEqual(2)
})

test('of three the dead one is tried at requests 1, 5 and 8', () => {
  const group = peers('server a max_fails=3; server b max_fails=3; server c max_fails=3;')
  const tried = Array.from({ length: 10 }, () => request(group, 0, A_DEAD)).flatMap((asked, i) =>
    asked.startsWith('a') ? [i + 1] : [],
  )
  expect(tried).toEqual([1, 5, 8])
})

test.each([
  { name: 'all dead and out: no live upstreams', servers: 'server a; server b;', expected: ['ab', '-', '-'] },
  { name: 'a group of one is never out', servers: 'server a;', expected: ['a', 'a', 'a'] },
  {
    name: 'max_fails=0 counts nothing',
    servers: 'server a max_fails=0; server b max_fails=0;',
    expected: ['ab', 'ba', 'ab'],
  },
  { name: 'a backup stands in', servers: 'server a; server b; server c backup;', expected: ['abc', 'c', 'c'] },
])('$name', ({ servers, expected }) => {
  const group = peers(servers)
  const dead = new Set(['a', 'b'])
  expect(expected.map(() => request(group, 0, dead))).toEqual(expected)
})

test('ip_hash: a client’s network keeps its server while that lives', () => {
  const group = peers('server a; server b; server c;', 'ip_hash;')
  const clients = ['192.0.2.1', '192.0.2.200', '198.51.100.1', '203.0.113.9', '10.0.0.1', '10.1.0.1', '10.2.0.1']
  const first = clients.map((client) => request(group, 0, NONE, client))
  expect(first[0]).toBe(first[1])
  expect(new Set(first).size).toBeGreaterThan(1)
  expect(clients.map((client) => request(group, 0, NONE, client))).toEqual(first)
  const moved = request(group, 0, new Set([first[0] ?? '']), '192.0.2.1')
  expect(moved).toHaveLength(2)
})

test('least_conn: who has the fewest requests under way for its weight', () => {
  const group = peers('server a weight=2; server b;', 'least_conn;')
  const held = Array.from({ length: 6 }, () => group.pick(0, new Set(), '')?.address).join('')
  expect([...held].filter((name) => name === 'a')).toHaveLength(4)
})

test.each([
  ['10', 10],
  ['10s', 10],
  ['1m30s', 90],
  ['500ms', 0.5],
  ['ten', undefined],
])('the time %s is %s s', (text, seconds) => {
  expect(secondsOf(text)).toBe(seconds)
})

test.each([
  [
    'a name nobody knows',
    'upstream u {\n server a;\n}\nserver {\n  lissten 80;\n}',
    'unknown directive "lissten" in f:5',
  ],
  ['in the wrong place', 'server { upstream u { server a; } }', '"upstream" directive is not allowed here in f:1'],
  [
    'too few arguments',
    'server { location / { proxy_set_header Host; } }',
    'invalid number of arguments in "proxy_set_header" directive in f:1',
  ],
  ['no block', 'server { location /; }', 'directive "location" has no opening "{" in f:1'],
  ['an unknown parameter', 'upstream u { server a max_fail=3; }', 'invalid parameter "max_fail=3" in f:1'],
  ['weight zero', 'upstream u { server a weight=0; }', 'invalid parameter "weight=0" in f:1'],
  ['no servers', 'upstream u { }', 'no servers are inside upstream in f:1'],
  ['twice', 'upstream u { server a; }\nupstream u { server b; }', 'duplicate upstream "u" in f:2'],
  [
    'backup with ip_hash',
    'upstream u { ip_hash; server a backup; server b; }',
    'balancing method does not support parameter "backup" in f:1',
  ],
])('refused: %s', (_name, text, error) => {
  expect(readConfiguration(new Map([['f', text]]))).toEqual({ error })
})

test('what nginx has and podwire does not evaluate is listed', () => {
  const parsed = parseConfig('include mime.types; server { listen 80; location / { auth_request /a; } }', 'f')
  const { error, ignored } = checkDirectives('error' in parsed ? [] : parsed, 'http')
  expect([error, ignored.map(({ name, at }) => `${name} ${at}`)]).toEqual([
    undefined,
    ['include f:1', 'auth_request f:1'],
  ])
})

test.each([
  ['www.od.com', 'www.od.com'],
  ['x.od.com', '*.od.com'],
  ['x.y.od.com', '*.od.com'],
  ['deep.sub.od.com', '*.sub.od.com'],
  ['od.com', 'default'],
  ['dot.com', '.dot.com'],
  ['a.dot.com', '.dot.com'],
  ['mail.anything', 'mail.*'],
  ['r7.net', '~^r\\d+\\.net$'],
  ['nobody.org', 'default'],
])('server_name: %s is served by %s', (host, expected) => {
  const names = ['default', '*.od.com', 'www.od.com', '*.sub.od.com', '.dot.com', 'mail.*', '~^r\\d+\\.net$']
  const text = names.map((name) => `server { server_name "${name.replaceAll('\\', '\\\\')}"; return 200; }`).join('\n')
  const sites = readConfiguration(new Map([['f', text]]))
  const found = 'error' in sites ? undefined : chooseServer(sites.servers, 80, host)
  expect(found?.names[0]).toBe(expected)
})

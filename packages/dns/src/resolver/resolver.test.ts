// The walks of the two C libraries, as the questions a server sees, against servers that are tables.

import { Engine, Random, SECOND, VirtualTimeDriver, type Microseconds } from '@podwire/engine'
import { describe, expect, test } from 'vitest'
import {
  decodeMessage,
  encodeMessage,
  RCODE,
  replyTo,
  typeName,
  type DnsMessage,
  type ResourceRecord,
} from '../wire/index.ts'
import type { Libc } from './candidates.ts'
import { createResolver, type LookupResult, type Resolver, type ResolverOptions } from './resolver.ts'

/** `name TYPE` → addresses, a failure, or `timeout`. Names without an entry are NXDOMAIN; of another type NODATA. */
type Zone = Readonly<Record<string, readonly string[] | 'servfail' | 'timeout' | 'refused' | 'truncated'>>

const RESOLV_CONF =
  'nameserver 10.96.0.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n'

interface World {
  readonly resolver: Resolver
  readonly driver: VirtualTimeDriver
  readonly engine: Engine
  /** `A web.shop.svc.cluster.local.`, with `@server` for others than the first and `/tcp`. */
  readonly asked: string[]
}

function world(libc: Libc, zone: Zone, options: Partial<ResolverOptions> = {}): World {
  const engine = new Engine()
  const asked: string[] = []
  const exchange: ResolverOptions['exchange'] = async (server, _port, bytes, protocol, timeoutUs) => {
    const message = decodeMessage(bytes)
    if (message?.question === undefined) return 'timeout'
    const { name, type } = message.question
    asked.push(
      `${typeName(type)} ${name}${server === '10.96.0.10' ? '' : ` @${server}`}${protocol === 'tcp' ? '/tcp' : ''}`,
    )
    const found = zone[`${name} ${typeName(type)}`] ?? zone[`${server} *`]
    if (found === 'refused') return 'refused'
    if (found === 'timeout') {
      await engine.sleep(timeoutUs, 'silence')
      return 'timeout'
    }
    return encodeMessage(replyOf(message, zone, found, protocol))
  }
  const resolver = createResolver({
    libc,
    resolvConf: () => RESOLV_CONF,
    hostsFile: () => '127.0.0.1 localhost\n10.244.0.9 client.example client # the pod\n',
    exchange,
    random: new Random(5),
    clock: engine.clock,
    sleep: (durationUs: Microseconds) => engine.sleep(durationUs, 'resolver'),
    ...options,
  })
  return { resolver, driver: new VirtualTimeDriver(engine), engine, asked }
}

function replyOf(
  message: DnsMessage,
  zone: Zone,
  found: Zone[string] | undefined,
  protocol: 'udp' | 'tcp',
): DnsMessage {
  const name = message.question?.name ?? ''
  const type = typeName(message.question?.type ?? 0)
  if (found === 'servfail') return replyTo(message, { rcode: RCODE.SERVFAIL })
  if (found === 'truncated' && protocol === 'udp') return replyTo(message, { truncated: true })
  if (found === undefined || found === 'timeout' || found === 'refused') {
    const exists = Object.keys(zone).some((key) => key.startsWith(`${name} `))
    return replyTo(message, { rcode: exists ? RCODE.NOERROR : RCODE.NXDOMAIN })
  }
  const addresses = found === 'truncated' ? ['10.1.1.1'] : found
  const answer = addresses.map((address): ResourceRecord => ({
    type: type === 'AAAA' ? 'AAAA' : 'A',
    name,
    ttl: 5,
    address,
  }))
  return replyTo(message, { answer })
}

const WEB: Zone = { 'web.shop.svc.cluster.local. A': ['10.96.4.1'] }
const OUTSIDE: Zone = { 'www.example.org. A': ['192.0.2.80'] }
const both = (...names: string[]): string[] => names.flatMap((name) => [`A ${name}`, `AAAA ${name}`])
const searched = (name: string): string[] =>
  both(...['shop.svc.cluster.local.', 'svc.cluster.local.', 'cluster.local.'].map((domain) => `${name}.${domain}`))

const text = (result: LookupResult): string => ('error' in result ? result.error : result.addresses.join(' '))

interface Walk {
  readonly name: string
  readonly libc: Libc
  readonly zone: Zone
  readonly query: string
  readonly result: string
  readonly asked: readonly string[]
}

const walks: readonly Walk[] = [
  ...(['glibc', 'musl'] as const).flatMap((libc): Walk[] => [
    {
      name: 'a service of its own namespace: 2 questions',
      libc,
      zone: WEB,
      query: 'web',
      result: '10.96.4.1',
      asked: both('web.shop.svc.cluster.local.'),
    },
    {
      name: 'an outside name: 8 questions',
      libc,
      zone: OUTSIDE,
      query: 'www.example.org',
      result: '192.0.2.80',
      asked: [...searched('www.example.org'), ...both('www.example.org.')],
    },
    {
      name: 'with a final dot: 2 questions',
      libc,
      zone: OUTSIDE,
      query: 'www.example.org.',
      result: '192.0.2.80',
      asked: both('www.example.org.'),
    },
    {
      name: 'nobody',
      libc,
      zone: {},
      query: 'nobody',
      result: 'not-found',
      asked: [...searched('nobody'), ...both('nobody.')],
    },
    { name: '/etc/hosts first', libc, zone: {}, query: 'Client', result: '10.244.0.9', asked: [] },
    { name: 'an address', libc, zone: {}, query: '10.1.2.3', result: '10.1.2.3', asked: [] },
  ]),
  {
    name: 'NODATA goes on',
    libc: 'glibc',
    query: 'web',
    result: '10.96.7.7',
    zone: { 'web.shop.svc.cluster.local. TXT': [], 'web.svc.cluster.local. A': ['10.96.7.7'] },
    asked: both('web.shop.svc.cluster.local.', 'web.svc.cluster.local.'),
  },
  {
    name: 'NODATA ends it',
    libc: 'musl',
    query: 'web',
    result: 'not-found',
    zone: { 'web.shop.svc.cluster.local. TXT': [], 'web.svc.cluster.local. A': ['10.96.7.7'] },
    asked: both('web.shop.svc.cluster.local.'),
  },
  {
    name: 'SERVFAIL: asked again, then the next candidate',
    libc: 'glibc',
    query: 'web',
    result: '10.96.7.7',
    zone: {
      'web.shop.svc.cluster.local. A': 'servfail',
      'web.shop.svc.cluster.local. AAAA': 'servfail',
      'web.svc.cluster.local. A': ['10.96.7.7'],
    },
    asked: both('web.shop.svc.cluster.local.', 'web.shop.svc.cluster.local.', 'web.svc.cluster.local.'),
  },
  {
    name: 'one good reply is enough',
    libc: 'glibc',
    query: 'web',
    result: '10.96.4.1',
    zone: { ...WEB, 'web.shop.svc.cluster.local. AAAA': 'servfail' },
    asked: both('web.shop.svc.cluster.local.'),
  },
  {
    name: 'silence ends the search list; the name itself is still asked',
    libc: 'glibc',
    query: 'web',
    result: 'temporary-failure',
    zone: {
      'web.shop.svc.cluster.local. A': 'timeout',
      'web.shop.svc.cluster.local. AAAA': 'timeout',
      'web.svc.cluster.local. A': ['10.96.7.7'],
    },
    asked: both('web.shop.svc.cluster.local.', 'web.shop.svc.cluster.local.', 'web.'),
  },
  {
    name: 'a truncated reply is asked again over TCP',
    libc: 'glibc',
    query: 'web.',
    result: '10.1.1.1',
    zone: { 'web. A': 'truncated' },
    asked: ['A web.', 'AAAA web.', 'A web./tcp'],
  },
]

test.each(walks)('$libc: $name', async ({ libc, zone, query, result, asked }) => {
  const { resolver, driver, asked: seen } = world(libc, zone)
  const found = await driver.wait(resolver.lookup(query))
  expect(text(found)).toBe(result)
  expect(seen).toEqual(asked)
  const protocols = seen.filter((question) => !question.endsWith('/tcp'))
  expect(found.queries.map((one) => `${one.type} ${one.name}`)).toEqual(protocols)
})

test('musl: SERVFAIL is asked three times, waited out, and ends at that candidate', async () => {
  const zone: Zone = { 'web.shop.svc.cluster.local. A': 'servfail', 'web.shop.svc.cluster.local. AAAA': 'servfail' }
  const { resolver, driver, engine, asked } = world('musl', zone)
  expect(text(await driver.wait(resolver.lookup('web')))).toBe('temporary-failure')
  expect(new Set(asked)).toEqual(new Set(both('web.shop.svc.cluster.local.')))
  expect([asked.length, engine.clock.now()]).toEqual([12, 5_000_000])
})

test('glibc: a dead first server costs 5 s, then the second answers', async () => {
  const slow: Zone = { '10.0.0.1 *': 'timeout' }
  const { driver, engine, resolver, asked } = world('glibc', slow, {
    resolvConf: () => 'nameserver 10.0.0.1\nnameserver 10.0.0.2\n',
  })
  expect(text(await driver.wait(resolver.lookup('web')))).toBe('not-found')
  expect([asked, engine.clock.now()]).toEqual([
    ['A web. @10.0.0.1', 'AAAA web. @10.0.0.1', 'A web. @10.0.0.2', 'AAAA web. @10.0.0.2'],
    5_000_000,
  ])
})

test('rotate starts at another server each time', async () => {
  const { driver, resolver, asked } = world(
    'glibc',
    {},
    {
      resolvConf: () => 'nameserver 10.0.0.1\nnameserver 10.0.0.2\noptions rotate\n',
    },
  )
  await driver.wait(resolver.lookup('a', { family: 4 }))
  await driver.wait(resolver.lookup('b', { family: 4 }))
  expect(asked).toEqual(['A a. @10.0.0.1', 'A b. @10.0.0.2'])
})

test.each([
  { options: 'ndots:5 single-request', asked: both('web.shop.svc.cluster.local.') },
  { options: 'ndots:5 single-request-reopen', asked: both('web.shop.svc.cluster.local.') },
  { options: 'ndots:5 no-aaaa', asked: ['A web.shop.svc.cluster.local.'] },
])('glibc, options $options', async ({ options, asked: expected }) => {
  const inFlight: number[] = []
  let open = 0
  const { driver, engine, resolver } = world('glibc', {})
  expect(resolver).toBeDefined()
  const asked: string[] = []
  const counted = createResolver({
    libc: 'glibc',
    resolvConf: () => RESOLV_CONF.replace('ndots:5', options),
    hostsFile: () => '',
    random: new Random(5),
    clock: engine.clock,
    exchange: async (_server, _port, bytes) => {
      const message = decodeMessage(bytes)
      const { name = '', type = 0 } = message?.question ?? {}
      asked.push(`${typeName(type)} ${name}`)
      inFlight.push(++open)
      await engine.sleep(1000, 'server')
      open--
      return message === undefined
        ? 'timeout'
        : encodeMessage(replyOf(message, WEB, WEB[`${name} ${typeName(type)}`], 'udp'))
    },
  })
  expect(text(await driver.wait(counted.lookup('web')))).toBe('10.96.4.1')
  expect(asked).toEqual(expected)
  expect(Math.max(...inFlight)).toBe(1)
})

describe('glibc, one of two answers lost', () => {
  const WEB_BOTH = both('web.shop.svc.cluster.local.')

  test.each([
    { name: 'once: asked again one by one', lost: 1, asked: [...WEB_BOTH, ...WEB_BOTH], seconds: 5 },
    { name: 'always: one by one, then reopened', lost: 9, asked: [...WEB_BOTH, ...WEB_BOTH, ...WEB_BOTH], seconds: 15 },
  ])('$name', async ({ lost, asked: expected, seconds }) => {
    const zone: Record<string, Zone[string]> = { ...WEB }
    const { asked, driver, engine, resolver } = world('glibc', zone)
    zone['web.shop.svc.cluster.local. AAAA'] = 'timeout'
    const looked = resolver.lookup('web')
    // The zone answers again once as many have been lost.
    engine.schedule((lost * 5 - 1) * SECOND, 'mended', () => delete zone['web.shop.svc.cluster.local. AAAA'])
    expect(text(await driver.wait(looked))).toBe('10.96.4.1')
    expect(asked).toEqual(expected)
    expect(engine.clock.now()).toBe(seconds * SECOND)
  })

  test('both: the other server, as before', async () => {
    const resolvConf = (): string => 'nameserver 10.0.0.1\nnameserver 10.0.0.2\n'
    const { asked, driver, resolver } = world('glibc', { '10.0.0.1 *': 'timeout' }, { resolvConf })
    await driver.wait(resolver.lookup('a'))
    expect(asked).toEqual(['A a. @10.0.0.1', 'AAAA a. @10.0.0.1', 'A a. @10.0.0.2', 'AAAA a. @10.0.0.2'])
  })

  test('one by one, silence for A leaves AAAA unasked', async () => {
    const resolvConf = (): string => 'nameserver 10.0.0.1\nnameserver 10.0.0.2\noptions single-request\n'
    const { asked, driver, resolver } = world('glibc', { '10.0.0.1 *': 'timeout' }, { resolvConf })
    await driver.wait(resolver.lookup('a'))
    expect(asked).toEqual(['A a. @10.0.0.1', 'A a. @10.0.0.2', 'AAAA a. @10.0.0.2'])
  })
})

test.each([
  { hosts: undefined, name: 'client', result: '10.244.0.9', asked: 0 },
  { hosts: 'files dns', name: 'web', result: '10.96.4.1', asked: 2 },
  { hosts: 'dns files', name: 'client', result: '10.244.0.9', asked: 8 },
  { hosts: 'dns [NOTFOUND=return] files', name: 'client', result: 'not-found', asked: 8 },
  { hosts: 'files', name: 'web', result: 'not-found', asked: 0 },
  { hosts: 'files [NOTFOUND=return] dns', name: 'web', result: 'not-found', asked: 0 },
  {
    hosts: 'files mdns4_minimal [!UNAVAIL=return] dns myhostname # comment',
    name: 'web',
    result: '10.96.4.1',
    asked: 2,
  },
])('nsswitch "hosts: $hosts": $name is $result', async ({ hosts, name, result, asked: count }) => {
  const nsswitch = (): string | undefined => (hosts === undefined ? undefined : `passwd: files\nhosts: ${hosts}\n`)
  const { asked, driver, resolver } = world('glibc', WEB, { nsswitch })
  expect(text(await driver.wait(resolver.lookup(name)))).toBe(result)
  expect(asked).toHaveLength(count)
  const musl = world('musl', WEB, { nsswitch: () => 'hosts: dns\n' })
  expect(text(await musl.driver.wait(musl.resolver.lookup('client')))).toBe('10.244.0.9')
})

test('nobody listens: a temporary failure, and no search goes on', async () => {
  const { driver, resolver, asked } = world('glibc', { '10.96.0.10 *': 'refused' })
  expect(text(await driver.wait(resolver.lookup('web')))).toBe('temporary-failure')
  expect(new Set(asked)).toEqual(new Set(both('web.shop.svc.cluster.local.')))
})

test('query: as dig asks it', async () => {
  const { driver, resolver, asked } = world('glibc', WEB)
  const direct = await driver.wait(resolver.query('web', 'A', { server: '10.96.0.10' }))
  const search = await driver.wait(resolver.query('web', 'A', { search: true }))
  const dead = await driver.wait(resolver.query('web', 'A', { server: '10.0.0.1', timeoutUs: 1_000_000, tcp: true }))
  expect(
    [direct, search, dead].map(({ outcome }) => (outcome.kind === 'reply' ? outcome.message.rcode : outcome.kind)),
  ).toEqual([3, 0, 3])
  expect(search.question.name).toBe('web.shop.svc.cluster.local.')
  expect(asked).toEqual(['A web.', 'A web.shop.svc.cluster.local.', 'A web. @10.0.0.1/tcp'])
  await expect(resolver.query('web', 'NONSENSE')).rejects.toThrow('NONSENSE is no record type')
})

// What haproxy does its own way: maps, pages, lower-case headers, redirects, cookies, servers left out. The facts are from
// haproxytech's sources and from running haproxy 2.6.

import { events, services } from '@podwire/apiserver'
import { SECOND } from '@podwire/engine'
import { expect, test } from 'vitest'
import { ContractWorld, type IngressParts, type PathRule } from '../controller/controller-contract.suite.ts'
import type { Handled } from '../controller/handled.ts'
import { headerValue, type HeaderList } from '../http/message.ts'
import { createHaproxyController, type HaproxyController, type HaproxyControllerOptions } from './haproxy-controller.ts'

interface Made {
  readonly world: ContractWorld
  readonly haproxy: HaproxyController
}

async function routed(
  rules: readonly PathRule[],
  more: IngressParts = {},
  options: Partial<HaproxyControllerOptions> = {},
  ofService: Readonly<Record<string, string>> = {},
): Promise<Made> {
  let haproxy: HaproxyController | undefined
  const world = new ContractWorld({
    name: 'haproxy',
    controllerName: 'haproxy.org/ingress-controller',
    className: 'haproxy',
    create: ({ engine, client }) => {
      haproxy = createHaproxyController({ engine, client, name: 'haproxy', ...options })
      const controller = haproxy
      return {
        handle: (request, peer) => controller.handle(request, peer, { scheme: 'http', port: 8080 }),
        reloads: 0,
        stop: () => controller.stop(),
      }
    },
  })
  world.addService('one', ['10.0.0.1', '10.0.0.2'])
  world.addService('none', [])
  world.client.modify(services, { namespace: 'default', name: 'one' }, (draft) => {
    draft.metadata.annotations = ofService
  })
  world.addIngress('web', rules, more)
  await world.settle()
  if (haproxy === undefined) throw new TypeError('no controller')
  return { world, haproxy }
}

const rule = (where: string, service = 'one', type: PathRule['type'] = 'Prefix'): PathRule => {
  const slash = where.indexOf('/')
  const host = where.slice(0, slash)
  return { ...(host === '' ? {} : { host }), path: where.slice(slash), type, service }
}

const annotated = (annotations: Readonly<Record<string, string>>): IngressParts => ({
  annotations: Object.fromEntries(Object.entries(annotations).map(([key, text]) => [`haproxy.org/${key}`, text])),
})

function answer(handled: Handled): readonly unknown[] {
  if (handled.kind !== 'respond') return [handled.kind]
  const { status, body, headers } = handled.response
  return [status, new TextDecoder().decode(body), headerValue(headers, 'location')]
}

function sent(handled: Handled): Extract<Handled, { kind: 'proxy' }> {
  if (handled.kind !== 'proxy') throw new TypeError(handled.kind)
  return handled
}

test('the map files', async () => {
  const { haproxy } = await routed([
    rule('a.com/foo/'),
    rule('a.com/x', 'one', 'Exact'),
    rule('*.foo.com/'),
    rule('b.com/is', 'one', 'ImplementationSpecific'),
  ])
  expect(haproxy.map('host')).toBe('.foo.com\t\t\t.foo.com\na.com\t\t\ta.com\nb.com\t\t\tb.com\n')
  expect(haproxy.map('path-exact')).toBe('a.com/x\t\t\tdefault_svc_one_http\n')
  expect(haproxy.map('path-prefix-exact')).toBe(
    'a.com/foo\t\t\tdefault_svc_one_http\nb.com/is\t\t\tdefault_svc_one_http\n',
  )
  expect(haproxy.map('path-prefix')).toBe(
    '.foo.com/\t\t\tdefault_svc_one_http\na.com/foo/\t\t\tdefault_svc_one_http\nb.com/is\t\t\tdefault_svc_one_http\n',
  )
})

test('its own pages', async () => {
  const { world } = await routed([rule('a.com/none', 'none'), rule('a.com/')])
  expect(answer(world.ask('b.com/'))).toEqual([404, 'Not Found', undefined])
  expect(answer(world.ask('b.com/healthz'))).toEqual([200, '', undefined])
  expect(answer(world.ask('a.com/none'))).toEqual([
    503,
    '<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n',
    undefined,
  ])
  expect(answer(sent(world.ask('a.com/')).failed('error'))[0]).toBe(502)
  expect(answer(sent(world.ask('a.com/')).failed('timeout'))).toEqual([
    504,
    "<html><body><h1>504 Gateway Time-out</h1>\nThe server didn't respond in time.\n</body></html>\n",
    undefined,
  ])
})

test('the path is not put in order', async () => {
  const { world } = await routed([rule('a.com/foo')])
  expect([world.outcome('a.com/q/../foo'), world.outcome('a.com/%66oo')]).toEqual(['404', '404'])
})

const ASKED: HeaderList = [
  ['Host', 'A.com'],
  ['X-Forwarded-For', '203.0.113.5'],
  ['Connection', 'keep-alive'],
]

test('headers: lower case, X-Forwarded-For as a line of its own, none about http', async () => {
  const { world } = await routed([rule('a.com/')])
  expect(sent(world.ask('a.com/', { headers: ASKED })).request.headers).toEqual([
    ['host', 'A.com'],
    ['x-forwarded-for', '203.0.113.5'],
    ['x-forwarded-for', '10.244.0.9'],
  ])
})

test.each([
  { name: 'deny-list', annotations: { 'deny-list': '10.244.0.0/16' }, expected: [403, /Request forbidden/, undefined] },
  { name: 'allow-list', annotations: { 'allow-list': '192.0.2.1' }, expected: [403, /Request forbidden/, undefined] },
  {
    name: 'request-redirect',
    annotations: { 'request-redirect': 'https://b.com', 'request-redirect-code': '301' },
    expected: [301, /^$/, 'https://b.com/x?q'],
  },
  { name: 'ssl-redirect', annotations: { 'ssl-redirect': 'true' }, expected: [302, /^$/, 'https://a.com:8443/x?q'] },
  {
    name: 'ssl-redirect-port',
    annotations: { 'ssl-redirect': 'true', 'ssl-redirect-port': '443' },
    expected: [302, /^$/, 'https://a.com/x?q'],
  },
])('$name', async ({ annotations, expected }) => {
  const { world } = await routed([rule('a.com/')], annotated(annotations))
  const [status, body, location] = answer(world.ask('a.com/x?q'))
  expect([status, location]).toEqual([expected[0], expected[2]])
  expect(body).toMatch(expected[1] as RegExp)
})

test('path-rewrite, set-host and headers', async () => {
  const { world } = await routed(
    [rule('a.com/')],
    annotated({
      'path-rewrite': '/api/(.*) /\\1',
      'set-host': 'inside.example',
      'request-set-header': 'X-Team "edge"\nX-Plain yes',
      'response-set-header': 'Server me',
    }),
  )
  const handled = sent(world.ask('a.com/api/users?x=1'))
  expect(handled.request.target).toBe('/users?x=1')
  expect(handled.request.headers.slice(0, 3)).toEqual([
    ['host', 'inside.example'],
    ['x-team', 'edge'],
    ['x-plain', 'yes'],
  ])
  const done = handled.answered(
    {
      status: 200,
      reason: '',
      headers: [
        ['Server', 'kubia'],
        ['X-A', 'b'],
      ],
      body: new Uint8Array(),
    },
    { address: '10.0.0.1', port: 8080 },
    1,
  )
  expect(done.kind === 'respond' && done.response.headers).toEqual([
    ['x-a', 'b'],
    ['server', 'me'],
  ])
})

test('cookie-persistence-no-dynamic names the server and stays with it', async () => {
  const { world } = await routed([rule('a.com/')], {}, {}, { 'haproxy.org/cookie-persistence-no-dynamic': 'SRV' })
  const first = sent(world.ask('a.com/'))
  const [endpoint] = first.endpoints
  const done = first.answered(
    { status: 200, reason: '', headers: [], body: new Uint8Array() },
    endpoint ?? { address: '', port: 0 },
    1,
  )
  expect(done.kind === 'respond' && headerValue(done.response.headers, 'set-cookie')).toBe('SRV=SRV_1; path=/')
  for (let i = 0; i < 3; i++) {
    const next = sent(
      world.ask('a.com/', {
        headers: [
          ['Host', 'a.com'],
          ['Cookie', 'a=1; SRV=SRV_2'],
        ],
      }),
    )
    expect(next.endpoints[0]?.address).toBe('10.0.0.2')
    expect(headerValue(next.request.headers, 'cookie')).toBe('a=1')
  }
})

test('a server that cannot be reached is tried four times, then left out for six seconds', async () => {
  const { world } = await routed([rule('a.com/')])
  const first = sent(world.ask('a.com/'))
  expect(first.endpoints.map(({ address }) => address)).toEqual(Array(4).fill('10.0.0.1'))
  expect(first.triesNext('error', false)).toBe(true)
  expect(first.triesNext('error', true)).toBe(false)
  expect(answer(first.failed('error'))[0]).toBe(503)
  const next = (): string | undefined => sent(world.ask('a.com/')).endpoints[0]?.address
  expect([next(), next(), next()]).toEqual(['10.0.0.2', '10.0.0.2', '10.0.0.2'])
  await world.driver.advance(7 * SECOND)
  expect(new Set([next(), next()])).toEqual(new Set(['10.0.0.1', '10.0.0.2']))
})

test('an Ingress of no class is ours only without --ingress.class', async () => {
  const { world } = await routed([rule('a.com/')], { className: null })
  expect(world.outcome('a.com/')).toBe('10.0.0.1:8080')
  const { world: named } = await routed([rule('a.com/')], { className: null }, { ingressClass: 'edge' })
  expect(named.outcome('a.com/')).toBe('404')
  const { world: empty } = await routed(
    [rule('a.com/')],
    { className: null },
    { ingressClass: 'edge', emptyClass: true },
  )
  expect(empty.outcome('a.com/')).toBe('10.0.0.1:8080')
})

test('the default backend of the command line stands behind those of Ingresses', async () => {
  const { world } = await routed([rule('a.com/')], {}, { defaultBackend: 'default/one' })
  expect(world.outcome('b.com/')).toBe('10.0.0.1:8080')
  world.addService('two', ['10.0.0.9'])
  world.addIngress('all', [], { defaultBackend: 'two' })
  await world.settle()
  expect(world.outcome('b.com/')).toBe('10.0.0.9:8080')
})

test('unknown and wrong annotations are told with events', async () => {
  const { world } = await routed(
    [rule('a.com/')],
    annotated({ 'rate-limit-requests': '5', 'deny-list': 'everybody', 'load-balance': 'leastconn', check: 'true' }),
    {},
    { 'haproxy.org/route-acl': 'cookie(a)' },
  )
  const told = world.client
    .list(events, { namespace: 'default' })
    .items.map(({ reason, message, involvedObject }) => `${involvedObject?.kind} ${reason}: ${message}`)
    .toSorted((a, b) => (a < b ? -1 : 1))
  expect(told).toEqual([
    'Ingress InvalidAnnotation: annotation haproxy.org/deny-list is ignored: "everybody" "everybody" is no network in CIDR notation',
    'Ingress InvalidAnnotation: annotation haproxy.org/load-balance is ignored: "leastconn" is not simulated: roundrobin is',
    'Ingress UnsupportedAnnotation: annotation haproxy.org/rate-limit-requests is not simulated and has no effect',
    'Service UnsupportedAnnotation: annotation haproxy.org/route-acl is not simulated and has no effect',
  ])
})

// What traefik does its own way: priorities, prefixes of text, routers without servers, trust in headers, sticky servers; and the
// frontends of v1.7. The facts are from traefik's sources, named in the files under test.

import { events, ingresses, services } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { ContractWorld, type IngressParts, type PathRule } from '../controller/controller-contract.suite.ts'
import type { Handled } from '../controller/handled.ts'
import { headerValue, type HeaderList } from '../http/message.ts'
import { requestPath } from './request-path.ts'
import { traefikRelease } from './router.ts'
import { createTraefikController, type TraefikController, type TraefikControllerOptions } from './traefik-controller.ts'

interface WorldOptions extends Partial<TraefikControllerOptions> {
  readonly trusted?: readonly string[]
  readonly entryPoint?: string
}

function world(options: WorldOptions = {}): { readonly world: ContractWorld; readonly traefik: TraefikController } {
  const { trusted = [], entryPoint = 'web', ...more } = options
  const isV1 = more.release?.major === 1
  let traefik: TraefikController | undefined
  const made = new ContractWorld({
    name: 'traefik',
    controllerName: 'traefik.io/ingress-controller',
    className: 'traefik',
    create: (parts) => {
      const release = { major: 3, minor: 7 }
      traefik = createTraefikController({ ...parts, name: 'traefik', hostname: 'traefik-0', release, ...more })
      const controller = traefik
      const frontend = { scheme: 'http', port: 80 } as const
      const trust = { insecure: isV1, trusted }
      return {
        handle: (request, peer) =>
          controller.handle(request, peer, { name: entryPoint, frontend, trust, isDefault: true }),
        reloads: 0,
        stop: () => controller.stop(),
      }
    },
  })
  if (traefik === undefined) throw new TypeError('no controller')
  return { world: made, traefik }
}

const v1 = { release: { major: 1, minor: 7 } }

const rule = (where: string, service: string, type: PathRule['type'] = 'Prefix'): PathRule => {
  const slash = where.indexOf('/')
  const host = where.slice(0, slash)
  return { ...(host === '' ? {} : { host }), path: where.slice(slash), type, service }
}

const SERVICES = { one: '10.0.0.1', two: '10.0.0.2' }

async function routed(
  options: WorldOptions,
  entries: readonly { readonly rules: readonly PathRule[]; readonly more?: IngressParts }[],
  prepare: (world: ContractWorld) => void = () => undefined,
): Promise<{ readonly world: ContractWorld; readonly traefik: TraefikController }> {
  const made = world(options)
  for (const [name, address] of Object.entries(SERVICES)) made.world.addService(name, [address])
  prepare(made.world)
  for (const [index, { rules, more }] of entries.entries()) {
    made.world.addIngress(`web-${index}`, rules, more)
    await made.world.later()
  }
  await made.world.settle()
  return made
}

const ONE = '10.0.0.1:8080'
const TWO = '10.0.0.2:8080'
const annotated = (annotations: Readonly<Record<string, string>>): IngressParts => ({
  annotations: Object.fromEntries(
    Object.entries(annotations).map(([key, text]) => [`traefik.ingress.kubernetes.io/${key}`, text]),
  ),
})

test.each([
  {
    name: 'Prefix is the beginning of the text',
    entries: [{ rules: [rule('a.com/foo', 'one')] }],
    asked: { 'a.com/foobar': ONE, 'a.com/foo/x': ONE, 'a.com/fo': '404' },
  },
  {
    name: 'of a Path and a PathPrefix with one text the longer rule wins',
    entries: [{ rules: [rule('a.com/foo', 'one', 'Prefix'), rule('a.com/foo', 'two', 'Exact')] }],
    asked: { 'a.com/foo': ONE },
  },
  {
    name: 'a long rule of a wildcard beats a short one of the exact host',
    entries: [{ rules: [rule('x.foo.com/', 'one'), rule('*.foo.com/quite/long', 'two')] }],
    asked: { 'x.foo.com/': ONE, 'x.foo.com/quite/long': TWO },
  },
  {
    name: 'an unknown path of a known host may reach a rule without host',
    entries: [{ rules: [rule('a.com/foo', 'one'), rule('/', 'two')] }],
    asked: { 'a.com/foo': ONE, 'a.com/bar': TWO },
  },
  {
    name: 'router.priority counts before the length',
    entries: [
      { rules: [rule('a.com/foo', 'one')] },
      { rules: [rule('a.com/', 'two')], more: annotated({ 'router.priority': '1000' }) },
    ],
    asked: { 'a.com/foo': TWO },
  },
  {
    name: 'a default backend beside rules is ignored',
    entries: [{ rules: [rule('a.com/', 'one')], more: { defaultBackend: 'two' } }],
    asked: { 'b.com/': '404' },
  },
  {
    name: 'the path is put in order and compared with its case',
    entries: [{ rules: [rule('a.com/foo', 'one', 'Exact')] }],
    asked: { 'a.com/x/../foo': ONE, 'a.com/%66oo': ONE, 'a.com//foo': ONE, 'a.com/%2Ffoo': '404', 'a.com/Foo': '404' },
  },
  {
    name: 'router.pathmatcher is for ImplementationSpecific alone',
    entries: [
      {
        rules: [rule('a.com/v[0-9]+', 'one', 'ImplementationSpecific'), rule('a.com/lit', 'two', 'Prefix')],
        more: annotated({ 'router.pathmatcher': 'PathRegexp' }),
      },
    ],
    asked: { 'a.com/v12': ONE, 'a.com/v': '404', 'a.com/lit': TWO },
  },
  {
    name: 'a router of another entry point is not here',
    entries: [{ rules: [rule('a.com/', 'one')], more: annotated({ 'router.entrypoints': 'websecure' }) }],
    asked: { 'a.com/': '404' },
  },
  {
    name: 'a router with TLS is not on plain http',
    entries: [{ rules: [rule('a.com/', 'one')], more: annotated({ 'router.tls': 'true' }) }],
    asked: { 'a.com/': '404' },
  },
  {
    name: 'without its middleware a router is not there',
    entries: [
      { rules: [rule('a.com/', 'one')], more: annotated({ 'router.middlewares': 'default-auth@kubernetescrd' }) },
    ],
    asked: { 'a.com/': '404' },
  },
])('v3: $name', async ({ entries, asked }) => {
  const { world } = await routed({}, entries)
  const found = Object.fromEntries(Object.keys(asked).map((url) => [url, world.outcome(url)]))
  expect(found).toEqual(asked)
})

test('v3: a router whose Service has no endpoints is not there; with allowEmptyServices it answers 503', async () => {
  const empty = (made: ContractWorld): void => made.addService('none', [])
  const rules = [rule('a.com/', 'one'), rule('a.com/none', 'none')]
  const { world } = await routed({}, [{ rules }], empty)
  expect(world.outcome('a.com/none')).toBe(ONE)
  const { world: lenient } = await routed({ allowEmptyServices: true }, [{ rules }], empty)
  const handled = lenient.ask('a.com/none')
  expect(answer(handled)).toEqual([503, 'no available server\n', 'text/plain; charset=utf-8'])
})

function answer(handled: Handled): readonly unknown[] {
  if (handled.kind !== 'respond') return [handled.kind]
  const { status, body, headers } = handled.response
  return [status, new TextDecoder().decode(body), headerValue(headers, 'content-type')]
}

test('v3: its own answers are short texts, without a Server header', async () => {
  const { world } = await routed({}, [{ rules: [rule('a.com/', 'one')] }])
  const none = world.ask('b.com/')
  expect(answer(none)).toEqual([404, '404 page not found\n', 'text/plain; charset=utf-8'])
  if (none.kind === 'respond') expect(headerValue(none.response.headers, 'server')).toBeUndefined()
  const passed = world.ask('a.com/')
  if (passed.kind !== 'proxy') throw new TypeError(passed.kind)
  expect(answer(passed.failed('error'))).toEqual([502, 'Bad Gateway', 'text/plain; charset=utf-8'])
  expect(answer(passed.failed('timeout'))).toEqual([504, 'Gateway Timeout', 'text/plain; charset=utf-8'])
  expect(passed.triesNext('error', false)).toBe(false)
})

function sentHeaders(handled: Handled): Readonly<Record<string, string>> {
  if (handled.kind !== 'proxy') throw new TypeError(handled.kind)
  return Object.fromEntries(handled.request.headers)
}

const CLAIMS: HeaderList = [
  ['Host', 'a.com:81'],
  ['X-Forwarded-For', '203.0.113.5'],
  ['X-Forwarded-Proto', 'https'],
  ['X_Real_Ip', '203.0.113.9'],
  ['Connection', 'keep-alive, X-Secret'],
  ['X-Secret', 'no'],
  ['Accept', '*/*'],
]

test.each([
  {
    name: 'what an untrusted client claims is dropped',
    options: {},
    headers: { 'X-Forwarded-For': '10.244.0.9', 'X-Forwarded-Proto': 'http' },
  },
  {
    name: 'a trusted client is added to',
    options: { trusted: ['10.244.0.0/16'] },
    headers: { 'X-Forwarded-For': '203.0.113.5, 10.244.0.9', 'X-Forwarded-Proto': 'https' },
  },
  {
    name: 'v1.7 trusts everybody',
    options: v1,
    headers: { 'X-Forwarded-For': '203.0.113.5, 10.244.0.9', 'X-Forwarded-Proto': 'https' },
  },
])('headers: $name', async ({ options, headers }) => {
  const { world } = await routed(options, [{ rules: [rule('a.com/', 'one')], more: legacy() }])
  const sent = sentHeaders(world.ask('a.com/', { headers: CLAIMS }))
  expect(sent).toMatchObject({
    Host: 'a.com:81',
    Accept: '*/*',
    'X-Forwarded-Host': 'a.com:81',
    'X-Forwarded-Port': '81',
    'X-Forwarded-Server': 'traefik-0',
    ...headers,
  })
  expect(Object.keys(sent)).not.toContain('X-Secret')
  expect(Object.keys(sent)).not.toContain('Connection')
})

/** The class's annotation alone: v1.7 knows no other. */
function legacy(annotations: Readonly<Record<string, string>> = {}): IngressParts {
  return { className: null, annotations: { 'kubernetes.io/ingress.class': 'traefik', ...annotations } }
}

test('sticky: the cookie is a hash of the server, and finds it again even while it terminates', async () => {
  const sticky = { 'traefik.ingress.kubernetes.io/service.sticky.cookie': 'true' }
  const { world } = await routed({}, [{ rules: [rule('a.com/', 'one')] }], (made) => {
    made.client.modify(services, { namespace: 'default', name: 'one' }, (draft) => {
      draft.metadata.annotations = { ...sticky, 'traefik.ingress.kubernetes.io/service.sticky.cookie.httponly': 'true' }
    })
  })
  const first = world.ask('a.com/')
  if (first.kind !== 'proxy') throw new TypeError(first.kind)
  const [endpoint] = first.endpoints
  const reply = first.answered(
    { status: 200, reason: '', headers: [], body: new Uint8Array() },
    endpoint ?? { address: '', port: 0 },
    1,
  )
  const cookie = reply.kind === 'respond' ? headerValue(reply.response.headers, 'set-cookie') : undefined
  // sha256("http://10.0.0.1:8080"), of which sixteen digits; the name is made of the Service's.
  expect(cookie).toMatch(/^_[0-9a-f]{5}=cc3dd0c247d6ff41; Path=\/; HttpOnly$/)
  const again = world.ask('a.com/', {
    headers: [
      ['Host', 'a.com'],
      ['Cookie', cookie?.split(';')[0] ?? ''],
    ],
  })
  if (again.kind !== 'proxy') throw new TypeError(again.kind)
  expect(again.endpoints.map(({ address }) => address)).toEqual(['10.0.0.1'])
})

test('what is not simulated or wrong is told with an event', async () => {
  const { world } = await routed({}, [
    {
      rules: [rule('a.com/', 'one')],
      more: annotated({
        'router.middlewares': 'a@file',
        'router.observability.metrics': 'true',
        'router.priority': 'high',
      }),
    },
  ])
  const told = world.client
    .list(events, { namespace: 'default' })
    .items.map(({ reason, message }) => `${reason}: ${message}`)
    .toSorted((a, b) => (a < b ? -1 : 1))
  expect(told).toEqual([
    'InvalidAnnotation: annotation traefik.ingress.kubernetes.io/router.middlewares: "a@file" names middlewares, which are not simulated: without them the router is not there',
    'InvalidAnnotation: annotation traefik.ingress.kubernetes.io/router.priority: "high" must be a whole number',
    'UnsupportedAnnotation: annotation traefik.ingress.kubernetes.io/router.observability.metrics is not simulated and has no effect',
  ])
})

test('rules are written as each release writes them', async () => {
  const rules = [rule('*.foo.com/a', 'one'), rule('a.com/b', 'one', 'Exact')]
  const written = async (text: string): Promise<readonly string[]> => {
    const { traefik } = await routed({ release: traefikRelease(text) }, [{ rules, more: legacy() }])
    return traefik.routers().map(({ router }) => `${router.priority} ${router.rule}`)
  }
  expect(await written('docker.io/traefik:v3.7.9')).toEqual([
    '27 Host("a.com") && Path("/b")',
    '37 Host("*.foo.com") && PathPrefix("/a")',
  ])
  expect(await written('traefik:v2.11')).toEqual([
    '27 Host("a.com") && Path("/b")',
    '67 HostRegexp("{subdomain:[a-zA-Z0-9-]+}.foo.com") && PathPrefix("/a")',
  ])
  expect(await written('traefik:v1.7.2-alpine')).toEqual([
    '58 PathPrefix:/a;HostRegexp:{subdomain:[A-Za-z0-9-_]+}.foo.com',
    '23 PathPrefix:/b;Host:a.com',
  ])
})

test.each([
  {
    name: 'path types are unknown: every path is a beginning',
    entries: [{ rules: [rule('a.com/foo', 'one', 'Exact')], more: legacy() }],
    asked: { 'a.com/foo': ONE, 'a.com/foobar': ONE },
  },
  {
    name: 'IngressClasses are unknown, a missing annotation is ours',
    entries: [{ rules: [rule('a.com/', 'one')], more: { className: 'other' } }],
    asked: { 'a.com/': ONE },
  },
  {
    name: "another's annotation",
    entries: [{ rules: [rule('a.com/', 'one')], more: legacy({ 'kubernetes.io/ingress.class': 'nginx' }) }],
    asked: { 'a.com/': '404' },
  },
  {
    name: 'traefik.frontend.rule.type: Path',
    entries: [{ rules: [rule('a.com/foo', 'one')], more: legacy({ 'traefik.frontend.rule.type': 'Path' }) }],
    asked: { 'a.com/foo': ONE, 'a.com/foo/': '404' },
  },
  {
    name: 'priority',
    entries: [
      { rules: [rule('a.com/foo', 'one')], more: legacy() },
      { rules: [rule('a.com/', 'two')], more: legacy({ 'traefik.ingress.kubernetes.io/priority': '900' }) },
    ],
    asked: { 'a.com/foo': TWO },
  },
  {
    name: 'whitelist-source-range',
    entries: [
      {
        rules: [rule('a.com/', 'one')],
        more: legacy({ 'traefik.ingress.kubernetes.io/whitelist-source-range': '192.0.2.0/24' }),
      },
    ],
    asked: { 'a.com/': '403' },
  },
])('v1.7: $name', async ({ entries, asked }) => {
  const { world } = await routed(v1, entries)
  const found = Object.fromEntries(Object.keys(asked).map((url) => [url, world.outcome(url)]))
  expect(found).toEqual(asked)
})

test('v1.7: one host and path in two Ingresses is one frontend before both Services', async () => {
  const { world, traefik } = await routed(v1, [
    { rules: [rule('a.com/', 'one')], more: legacy() },
    { rules: [rule('a.com/', 'two')], more: legacy() },
  ])
  const found = Array.from({ length: 4 }, () => world.outcome('a.com/'))
  expect(found.filter((outcome) => outcome === ONE)).toHaveLength(2)
  expect(found.filter((outcome) => outcome === TWO)).toHaveLength(2)
  expect(traefik.routers().map(({ router, servers }) => [router.name, servers])).toEqual([
    ['a.com/', ['http://10.0.0.1:8080', 'http://10.0.0.2:8080']],
  ])
})

test.each([
  {
    name: 'PathPrefixStrip',
    annotations: { 'rule-type': 'PathPrefixStrip' },
    target: '/x?q=1',
    header: ['X-Forwarded-Prefix', '/foo'],
  },
  {
    name: 'rewrite-target',
    annotations: { 'rewrite-target': '/new' },
    target: '/new/x?q=1',
    header: ['X-Replaced-Path', '/foo/x'],
  },
  {
    name: 'AddPrefix',
    annotations: { 'request-modifier': 'AddPrefix: /users' },
    target: '/users/foo/x?q=1',
    header: undefined,
  },
  {
    name: 'ReplacePath',
    annotations: { 'request-modifier': 'ReplacePath:/only' },
    target: '/only?q=1',
    header: ['X-Replaced-Path', '/foo/x'],
  },
])('v1.7: $name', async ({ annotations, target, header }) => {
  const prefixed = Object.fromEntries(
    Object.entries(annotations).map(([key, text]) => [`traefik.ingress.kubernetes.io/${key}`, text]),
  )
  const { world } = await routed(v1, [{ rules: [rule('a.com/foo', 'one')], more: legacy(prefixed) }])
  const handled = world.ask('a.com/foo/x?q=1')
  if (handled.kind !== 'proxy') throw new TypeError(handled.kind)
  expect(handled.request.target).toBe(target)
  if (header !== undefined) expect(headerValue(handled.request.headers, header[0] ?? '')).toBe(header[1])
})

test('v1.7: a Service without endpoints is a 503, one that is missing a 404', async () => {
  const { world } = await routed(
    v1,
    [{ rules: [rule('a.com/none', 'none'), rule('a.com/gone', 'gone')], more: legacy() }],
    (made) => made.addService('none', []),
  )
  expect(answer(world.ask('a.com/none'))).toEqual([503, 'Service Unavailable', 'text/plain; charset=utf-8'])
  expect(world.outcome('a.com/gone')).toBe('404')
  world.client.delete(ingresses, { namespace: 'default', name: 'web-0' })
  await world.settle()
  expect(world.outcome('a.com/none')).toBe('404')
})

test.each([
  { target: '/foo', path: '/foo', sent: '/foo' },
  { target: '/a/./b/../c/?q=/../', path: '/a/c/', sent: '/a/c/?q=/../' },
  { target: '/%66oo%2fbar', path: '/foo%2Fbar', sent: '/foo%2Fbar' },
  { target: '/caf%C3%A9', path: '/café', sent: '/caf%C3%A9' },
  { target: '/..', path: '/', sent: '/' },
  { target: '/%zz', path: undefined, sent: undefined },
  { target: '*', path: undefined, sent: undefined },
])('the path of $target', ({ target, path, sent }) => {
  const found = requestPath(target, true)
  expect([found?.path, found?.target]).toEqual([path, sent])
})

test.each([
  ['GET', true, 301, 'Moved Permanently'],
  ['POST', true, 308, 'Permanent Redirect'],
  ['GET', false, 302, 'Found'],
  ['PUT', false, 307, 'Temporary Redirect'],
] as const)('an entry point that redirects: %s, permanent %s', async (method, permanent, status, text) => {
  const { traefik } = await routed({}, [{ rules: [rule('a.com/', 'one')] }])
  const handled = traefik.handle(
    { method, target: '/x?y', version: '1.1', headers: [['Host', 'a.com:8000']], body: new Uint8Array() },
    { address: '10.0.0.9', port: 1 },
    {
      name: 'web',
      frontend: { scheme: 'http', port: 8000 },
      trust: { insecure: false, trusted: [] },
      isDefault: true,
      redirect: { scheme: 'https', port: '8443', permanent },
    },
  )
  if (handled.kind !== 'respond') throw new TypeError('it is passed on')
  expect(handled.response.status).toBe(status)
  expect(handled.response.headers).toContainEqual(['Location', 'https://a.com:8443/x?y'])
  expect(Buffer.from(handled.response.body).toString()).toBe(text)
})

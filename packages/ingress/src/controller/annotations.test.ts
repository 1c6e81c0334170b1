// ingress-nginx's annotations at work: one controller, one host, and what becomes of requests to it.

import {
  createApiServer,
  endpointSlices,
  ingressClasses,
  ingresses,
  namespaces,
  secrets,
  services,
  type Client,
} from '@podwire/apiserver'
import { Engine, MILLISECOND, SECOND, VirtualTimeDriver } from '@podwire/engine'
import { describe, expect, test } from 'vitest'
import { ConsistentHash } from '../balancer/consistent-hash.ts'
import { headerValue, type HeaderList, type HttpRequest, type HttpResponse } from '../http/message.ts'
import type { Handled, Passed } from './handled.ts'
import { createIngressController, type IngressController } from './ingress-controller.ts'

interface World {
  readonly driver: VirtualTimeDriver
  readonly client: Client
  readonly controller: IngressController
  ask(request: HttpRequest, address?: string): Handled
}

type Annotations = Readonly<Record<string, string>>

const CANARY: Annotations = { canary: 'true' }

/** Services `web` (three endpoints), `next` (two) and `errors`; an Ingress for a.com, and perhaps a canary of it. */
async function world(annotations: Annotations, canary?: Annotations): Promise<World> {
  const engine = new Engine({ seed: 7 })
  const { client } = createApiServer({ engine })
  const driver = new VirtualTimeDriver(engine)
  client.create(namespaces, { metadata: { name: 'default' }, spec: {} })
  client.create(ingressClasses, { metadata: { name: 'nginx' }, spec: { controller: 'k8s.io/ingress-nginx' } })
  addService(client, 'web', ['10.244.1.2', '10.244.1.3', '10.244.1.4'])
  addService(client, 'next', ['10.244.2.2', '10.244.2.3'])
  addService(client, 'errors', ['10.244.3.2'])
  client.create(secrets, {
    metadata: { name: 'users', namespace: 'default' },
    data: { auth: Buffer.from('ann:$apr1$8sFt66rZ$eup.HOtZcQ/VrnApBM3rR/\n').toString('base64') },
  })
  addIngress(client, 'web', 'web', annotations)
  if (canary !== undefined) addIngress(client, 'canary', 'next', { ...CANARY, ...canary })
  const controller = createIngressController({
    engine,
    client,
    controllerName: 'k8s.io/ingress-nginx',
    ingressClass: 'nginx',
    random: engine.random.fork('ingress'),
  })
  await driver.settle()
  return {
    driver,
    client,
    controller,
    ask: (request, address = '10.0.0.1') => controller.handle(request, { address, port: 4000 }),
  }
}

function addService(client: Client, name: string, addresses: readonly string[]): void {
  client.create(services, {
    metadata: { name, namespace: 'default' },
    spec: {
      clusterIP: `10.96.1.${addresses.length}`,
      ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
    },
  })
  client.create(endpointSlices, {
    metadata: { name: `${name}-a`, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  })
}

function addIngress(client: Client, name: string, service: string, annotations: Annotations): void {
  const backend = { service: { name: service, port: { number: 80 } } }
  client.create(ingresses, {
    metadata: {
      name,
      namespace: 'default',
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, value]) => [`nginx.ingress.kubernetes.io/${key}`, value]),
      ),
    },
    spec: {
      ingressClassName: 'nginx',
      rules: [{ host: 'a.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    },
  })
}

function get(headers: HeaderList = [], target = '/x?q=1', method = 'GET'): HttpRequest {
  return { method, target, version: '1.1', headers: [['Host', 'a.com'], ...headers], body: new Uint8Array() }
}

function reply(status: number, headers: HeaderList = []): HttpResponse {
  return { status, reason: '', headers, body: new Uint8Array() }
}

function passed(handled: Handled): Passed {
  if (handled.kind === 'proxy') return handled
  throw new RangeError(`not passed on: ${handled.kind}`)
}

/** What the client gets when the endpoint answers so. */
function answer(handled: Handled, response = reply(200)): HttpResponse {
  if (handled.kind === 'respond') return handled.response
  const { endpoints, answered } = passed(handled)
  const [endpoint] = endpoints
  if (endpoint === undefined) throw new RangeError('no endpoint')
  const next = answered(response, endpoint, 1000)
  return answer(next)
}

const serviceOf = (handled: Handled): string =>
  handled.kind === 'proxy'
    ? (handled.route.backend ?? '')
    : handled.kind === 'respond'
      ? String(handled.response.status)
      : 'ask'
const addressOf = (handled: Handled): string => passed(handled).endpoints[0]?.address ?? ''

describe('cookie affinity', () => {
  test.each(['balanced', 'persistent'])('%s: the first answer sets the cookie, and it leads back', async (mode) => {
    const { ask } = await world({
      affinity: 'cookie',
      'affinity-mode': mode,
      'session-cookie-name': 'route',
      'session-cookie-max-age': '3600',
      'session-cookie-samesite': 'Lax',
    })
    const first = ask(get())
    const set = headerValue(answer(first).headers, 'set-cookie') ?? ''
    expect(set).toMatch(/^route=[\w.]+\|[0-9a-f]{32}; Max-Age=3600; Path=\/; HttpOnly; SameSite=Lax$/)
    const cookie = set.slice(0, set.indexOf(';'))
    for (let i = 0; i < 5; i++) {
      const again = ask(get([['Cookie', `a=b; ${cookie}`]]))
      expect(addressOf(again)).toBe(addressOf(first))
      expect(headerValue(answer(again).headers, 'set-cookie')).toBeUndefined()
      expect(new Set(passed(again).endpoints).size).toBe(1)
    }
  })

  test('who was served by the canary stays with it, and who was not stays away', async () => {
    const { ask } = await world({ affinity: 'cookie' }, { 'canary-weight': '50' })
    const cookies = new Map<string, string>()
    for (let i = 0; i < 40; i++) {
      const handled = ask(get())
      const set = headerValue(answer(handled).headers, 'set-cookie') ?? ''
      cookies.set(serviceOf(handled), set.slice(0, set.indexOf(';')))
    }
    const primary = cookies.get('default-web-80') ?? ''
    expect(primary).toContain('INGRESSCOOKIE=')
    expect(cookies.has('default-next-80')).toBe(true)
    for (let i = 0; i < 20; i++) expect(serviceOf(ask(get([['Cookie', primary]])))).toBe('default-web-80')
  })
})

describe('canary', () => {
  const always = 'default-next-80'
  const never = 'default-web-80'
  test.each<[string, Annotations, HeaderList, string]>([
    ['header always', { 'canary-by-header': 'X-Try' }, [['x-try', 'always']], always],
    [
      'header never, before weight',
      { 'canary-by-header': 'X-Try', 'canary-weight': '100' },
      [['X-Try', 'never']],
      never,
    ],
    [
      'another value falls to the weight',
      { 'canary-by-header': 'X-Try', 'canary-weight': '100' },
      [['X-Try', 'x']],
      always,
    ],
    ['header value', { 'canary-by-header': 'X-Try', 'canary-by-header-value': 'eu' }, [['X-Try', 'eu']], always],
    [
      'always is no value then',
      { 'canary-by-header': 'X-Try', 'canary-by-header-value': 'eu' },
      [['X-Try', 'always']],
      never,
    ],
    ['header pattern', { 'canary-by-header': 'X-Try', 'canary-by-header-pattern': '^e.$' }, [['X-Try', 'eu']], always],
    ['cookie', { 'canary-by-cookie': 'try' }, [['Cookie', 'try=always']], always],
    [
      'cookie never, before weight',
      { 'canary-by-cookie': 'try', 'canary-weight': '100' },
      [['Cookie', 'try=never']],
      never,
    ],
    ['weight 0', { 'canary-weight': '0' }, [], never],
    ['all of a larger total', { 'canary-weight': '1000', 'canary-weight-total': '1000' }, [], always],
  ])('%s', async (_, canary, headers, expected) => {
    expect(serviceOf((await world({}, canary)).ask(get(headers)))).toBe(expected)
  })

  test('a share of all', async () => {
    const { ask } = await world({}, { 'canary-weight': '20' })
    const canary = Array.from({ length: 1000 }, () => serviceOf(ask(get()))).filter((service) => service === always)
    expect(Math.abs(canary.length - 200)).toBeLessThan(50)
  })

  test('a canary alone is no rule', async () => {
    const { ask, client, driver } = await world({}, { 'canary-weight': '100' })
    client.delete(ingresses, { namespace: 'default', name: 'web' })
    await driver.settle()
    expect(serviceOf(ask(get()))).toBe('404')
  })
})

describe('CORS', () => {
  const origin = (value: string): HeaderList => [['Origin', value]]
  test.each<[string, Annotations, HeaderList, string, string | undefined]>([
    ['any origin', { 'enable-cors': 'true' }, origin('https://x.org'), 'GET', '*'],
    ['not asked for', {}, origin('https://x.org'), 'GET', undefined],
    [
      'listed',
      { 'enable-cors': 'true', 'cors-allow-origin': 'https://x.org, http://y.org:8080' },
      origin('http://y.org:8080'),
      'GET',
      'http://y.org:8080',
    ],
    [
      'not listed',
      { 'enable-cors': 'true', 'cors-allow-origin': 'https://x.org' },
      origin('https://y.org'),
      'GET',
      undefined,
    ],
    [
      'one label for a star',
      { 'enable-cors': 'true', 'cors-allow-origin': 'https://*.x.org' },
      origin('https://a.x.org'),
      'GET',
      'https://a.x.org',
    ],
    [
      'not two',
      { 'enable-cors': 'true', 'cors-allow-origin': 'https://*.x.org' },
      origin('https://b.a.x.org'),
      'GET',
      undefined,
    ],
  ])('%s', async (_, annotations, headers, method, allowed) => {
    const response = answer((await world(annotations)).ask(get(headers, '/', method)))
    expect(headerValue(response.headers, 'access-control-allow-origin')).toBe(allowed)
    expect(response.status).toBe(200)
  })

  test('a preflight is answered by nginx', async () => {
    const { ask } = await world({
      'enable-cors': 'true',
      'cors-max-age': '60',
      'cors-allow-credentials': 'false',
      'cors-expose-headers': 'X-A',
    })
    const handled = ask(get(origin('https://x.org'), '/', 'OPTIONS'))
    expect(handled.kind).toBe('respond')
    const { status, headers } = answer(handled)
    expect(status).toBe(204)
    expect(headerValue(headers, 'access-control-max-age')).toBe('60')
    expect(headerValue(headers, 'access-control-expose-headers')).toBe('X-A')
    expect(headerValue(headers, 'access-control-allow-methods')).toBe('GET, PUT, POST, DELETE, PATCH, OPTIONS')
    expect(headerValue(headers, 'access-control-allow-credentials')).toBeUndefined()
  })
})

describe('basic authentication', () => {
  const AUTH = { 'auth-type': 'basic', 'auth-secret': 'users', 'auth-realm': 'Staff only' }
  const credentials = (text: string): HeaderList => [['Authorization', `Basic ${Buffer.from(text).toString('base64')}`]]
  test.each<[string, HeaderList, number]>([
    ['no password', [], 401],
    ['the right one', credentials('ann:secret'), 200],
    ['a wrong one', credentials('ann:Secret'), 401],
    ['nobody', credentials('bob:secret'), 401],
    ['no base64', [['Authorization', 'Basic ???']], 401],
    ['another scheme', [['Authorization', 'Bearer x']], 401],
  ])('%s', async (_, headers, status) => {
    const handled = (await world(AUTH)).ask(get(headers))
    const response = answer(handled)
    expect(response.status).toBe(status)
    expect(headerValue(response.headers, 'www-authenticate')).toBe(
      status === 401 ? 'Basic realm="Staff only"' : undefined,
    )
    if (handled.kind === 'proxy') expect(headerValue(handled.request.headers, 'authorization')).toBeUndefined()
  })

  test('a Secret that is missing closes the location, until it comes', async () => {
    const { ask, client, driver } = await world({ ...AUTH, 'auth-secret': 'later', 'auth-secret-type': 'auth-map' })
    expect(answer(ask(get(credentials('eve:x')))).status).toBe(503)
    const hash = Buffer.from('{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=').toString('base64')
    client.create(secrets, { metadata: { name: 'later', namespace: 'default' }, data: { eve: hash } })
    await driver.settle()
    expect(answer(ask(get(credentials('eve:secret')))).status).toBe(200)
  })
})

describe('external authentication', () => {
  const AUTH = { 'auth-url': 'http://auth.example.com/check?for=$host', 'auth-response-headers': 'X-User, X-None' }
  async function verdict(annotations: Annotations, response: HttpResponse | undefined): Promise<Handled> {
    const handled = (await world({ ...AUTH, ...annotations })).ask(get([['X-Forwarded-Proto', 'z']]))
    if (handled.kind !== 'authenticate') throw new RangeError(handled.kind)
    expect(handled.ask.url).toBe('http://auth.example.com/check?for=a.com')
    expect(headerValue(handled.ask.request.headers, 'x-original-url')).toBe('http://a.com/x?q=1')
    expect(headerValue(handled.ask.request.headers, 'host')).toBe('auth.example.com')
    return handled.answered(response)
  }

  test('2xx: the request goes on, with headers of the answer; its cookies reach the client', async () => {
    const next = await verdict(
      {},
      reply(202, [
        ['X-User', 'ann'],
        ['Set-Cookie', 's=1'],
      ]),
    )
    expect(headerValue(passed(next).request.headers, 'x-user')).toBe('ann')
    expect(headerValue(answer(next).headers, 'set-cookie')).toBe('s=1')
  })

  test.each<[string, Annotations, HttpResponse | undefined, number, string | undefined]>([
    ['401', {}, reply(401), 401, undefined],
    ['403', {}, reply(403), 403, undefined],
    ['404 is an error', {}, reply(404), 500, undefined],
    ['nobody answers', {}, undefined, 500, undefined],
    [
      '401 with a sign-in page',
      { 'auth-signin': 'https://login.example.com/' },
      reply(401),
      302,
      'https://login.example.com/?rd=http://a.com%2Fx%3Fq%3D1',
    ],
    [
      'the page knows its way back',
      { 'auth-signin': 'https://l.example.com/?rd=$request_uri' },
      reply(401),
      302,
      'https://l.example.com/?rd=/x?q=1',
    ],
  ])('%s', async (_, annotations, response, status, location) => {
    const told = answer(await verdict(annotations, response))
    expect(told.status).toBe(status)
    expect(headerValue(told.headers, 'location')).toBe(location)
  })
})

describe('limits', () => {
  const statuses = (one: World, count: number, address?: string): string =>
    Array.from({ length: count }, () => (one.ask(get(), address).kind === 'proxy' ? '.' : 'x')).join('')

  test('a burst passes, more does not, time mends it, and clients are apart', async () => {
    const one = await world({ 'limit-rps': '2' })
    expect(statuses(one, 13)).toBe('...........xx')
    expect(statuses(one, 3, '10.0.0.2')).toBe('...')
    await one.driver.advance(500 * MILLISECOND)
    expect(statuses(one, 2)).toBe('.x')
    await one.driver.advance(10 * SECOND)
    expect(statuses(one, 12)).toBe('...........x')
  })

  test('a minute, with a burst of its own size', async () => {
    const one = await world({ 'limit-rpm': '6', 'limit-burst-multiplier': '1' })
    expect(statuses(one, 8)).toBe('.......x')
    await one.driver.advance(10 * SECOND)
    expect(statuses(one, 2)).toBe('.x')
  })

  test('at a time; networks that are not limited', async () => {
    const one = await world({ 'limit-connections': '1', 'limit-whitelist': '10.9.0.0/16' })
    const first = one.ask(get())
    expect(serviceOf(one.ask(get()))).toBe('503')
    expect(statuses(one, 3, '10.9.1.1')).toBe('...')
    answer(first)
    expect(serviceOf(one.ask(get()))).toBe('default-web-80')
  })
})

describe('the backend', () => {
  test('time-outs, tries and reasons to try again', async () => {
    const { ask } = await world({
      'proxy-connect-timeout': '2',
      'proxy-read-timeout': '7',
      'proxy-next-upstream': 'error http_503',
      'proxy-next-upstream-tries': '2',
    })
    const handled = passed(ask(get()))
    expect([handled.connectTimeoutUs, handled.readTimeoutUs, handled.endpoints.length]).toEqual([
      2 * SECOND,
      7 * SECOND,
      2,
    ])
    expect([
      handled.triesNext('error', true),
      handled.triesNext('timeout', true),
      handled.triesNext(503, true),
    ]).toEqual([true, false, true])
    const post = passed(ask(get([], '/', 'POST')))
    expect([post.triesNext('error', false), post.triesNext('error', true)]).toEqual([true, false])
  })

  test('upstream-hash-by: one key, one endpoint; a lost endpoint moves its own keys alone', async () => {
    const { ask } = await world({ 'upstream-hash-by': '$request_uri' })
    const first = addressOf(ask(get([], '/one')))
    for (let i = 0; i < 5; i++) expect(addressOf(ask(get([], '/one')))).toBe(first)
    const three = new ConsistentHash(['10.0.0.1:80', '10.0.0.2:80', '10.0.0.3:80'])
    const two = new ConsistentHash(['10.0.0.1:80', '10.0.0.2:80'])
    const keys = Array.from({ length: 500 }, (_, i) => `key-${i}`)
    const moved = keys.filter((key) => three.find(key) !== '10.0.0.3:80' && three.find(key) !== two.find(key))
    expect(moved).toEqual([])
  })

  test('service-upstream leaves the choice to kube-proxy; HTTPS; the mirror', async () => {
    const { ask } = await world({
      'service-upstream': 'true',
      'backend-protocol': 'HTTPS',
      'mirror-target': 'http://10.1.1.1:81$request_uri',
    })
    const handled = passed(ask(get()))
    expect(handled.endpoints).toEqual([{ address: '10.96.1.3', port: 80 }])
    expect(handled.https).toBe(true)
    expect(handled.mirror?.url).toBe('http://10.1.1.1:81/x?q=1')
  })

  test('custom-http-errors: the default backend answers in place of an error', async () => {
    const { ask } = await world({ 'custom-http-errors': '404,502', 'default-backend': 'errors' })
    const handled = passed(ask(get([['Accept', 'text/html']])))
    const [endpoint] = handled.endpoints
    if (endpoint === undefined) throw new RangeError('no endpoint')
    const page = passed(handled.answered(reply(404), endpoint, 1000))
    expect(page.route.backend).toBe('default-errors-http')
    const told = ['X-Code', 'X-Format', 'X-Namespace', 'X-Ingress-Name', 'X-Service-Name', 'X-Original-URI']
    expect(told.map((name) => headerValue(page.request.headers, name))).toEqual([
      '404',
      'text/html',
      'default',
      'web',
      'web',
      '/x?q=1',
    ])
    expect(passed(handled.failed('error')).route.backend).toBe('default-errors-http')
    expect(answer(handled.failed('timeout')).status).toBe(504)
  })

  test('from-to-www-redirect', async () => {
    const { ask } = await world({ 'from-to-www-redirect': 'true' })
    const request = get()
    const www: HttpRequest = { ...request, headers: [['Host', 'www.a.com']] }
    const { status, headers } = answer(ask(www))
    expect([status, headerValue(headers, 'location')]).toEqual([308, 'http://a.com/x?q=1'])
  })

  test('nginx.conf says all of it', async () => {
    const { controller } = await world({
      'limit-rps': '2',
      'auth-type': 'basic',
      'auth-secret': 'users',
      'enable-cors': 'true',
      'proxy-read-timeout': '7',
    })
    const conf = controller.nginxConf()
    const lines = [
      'limit_req zone=default_web_rps burst=10 nodelay;',
      'auth_basic "";',
      'proxy_read_timeout 7s;',
      "set $cors 'true';",
    ]
    for (const line of lines) expect(conf).toContain(line)
  })
})

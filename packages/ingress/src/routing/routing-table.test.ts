// Where requests go, rule by rule: hosts, path types, precedence, default backends, ports, classes. Each row is a small set of
// Ingresses, a request and the backend that takes it.

import type { EndpointSlice, Ingress, IngressClass, IngressRule, Service } from '@podwire/apiserver'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildRoutingTable, type Routing, type RoutingOptions } from './build-routing-table.ts'
import { viewIngress } from './ingress-view.ts'
import { normalizeUri } from './normalize-uri.ts'
import { matchRoute, RoutingTable } from './routing-table.ts'

const stored = { uid: '', resourceVersion: '1' }
const OPTIONS: RoutingOptions = { controllerName: 'k8s.io/ingress-nginx', ingressClass: 'nginx' }

interface Extra {
  readonly age?: number
  readonly annotations?: Readonly<Record<string, string>>
  readonly defaultBackend?: string
  readonly className?: string | undefined
  readonly tls?: boolean
}

/** @param rules `host Type path backend`; an empty host is `-` */
function ingress(name: string, rules: readonly string[], extra: Extra = {}): Ingress {
  const { age = 0, annotations = {}, defaultBackend, className = 'nginx', tls = false } = extra
  const prefixed = Object.entries(annotations).map(([key, value]) => [`nginx.ingress.kubernetes.io/${key}`, value])
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      ...stored,
      name,
      namespace: 'default',
      creationTimestamp: `2026-01-01T00:00:0${9 - age}Z`,
      annotations: Object.fromEntries(prefixed),
    },
    spec: {
      ...(className === '' ? {} : { ingressClassName: className }),
      ...(defaultBackend === undefined ? {} : { defaultBackend: backend(defaultBackend) }),
      ...(tls ? { tls: [{ hosts: ['x'] }] } : {}),
      rules: rules.map(rule),
    },
  }
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ['E', 'Exact'],
  ['P', 'Prefix'],
  ['I', 'ImplementationSpecific'],
])

function rule(text: string): IngressRule {
  const [host = '', type = '', path = '', service = ''] = text.split(' ')
  const paths = [{ pathType: TYPES.get(type) ?? type, path, backend: backend(service) }]
  return { ...(host === '-' ? {} : { host }), http: { paths } }
}

function backend(text: string): { service: { name: string; port: { number: number } | { name: string } } } {
  const [name = '', port = '80'] = text.split(':')
  return { service: { name, port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } } }
}

const ingressClass = (name: string, controller: string, isDefault = false): IngressClass => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: {
    ...stored,
    name,
    creationTimestamp: '',
    annotations: isDefault ? { 'ingressclass.kubernetes.io/is-default-class': 'true' } : {},
  },
  spec: { controller },
})

const CLASSES = [ingressClass('nginx', 'k8s.io/ingress-nginx'), ingressClass('other', 'example.com/other')]

function routing(ingresses: readonly Ingress[], classes: readonly IngressClass[] = CLASSES): Routing {
  return buildRoutingTable(ingresses, classes, [], [], OPTIONS)
}

/** The service, `404` for nobody, `400` for a path nginx refuses. */
function taker({ table }: Routing, request: string): string {
  const slash = request.indexOf('/')
  const route = matchRoute(table, { host: request.slice(0, slash), path: request.slice(slash) })
  return route === undefined ? '400' : (route.location.backend?.service ?? '404')
}

interface Row {
  readonly name: string
  readonly rules: readonly string[]
  readonly requests: Readonly<Record<string, string>>
  readonly extra?: Extra
}

const rows: readonly Row[] = [
  {
    name: 'Exact takes the path and nothing else',
    rules: ['a.com E /foo web'],
    requests: {
      'a.com/foo': 'web',
      'a.com/foo?q=1': 'web',
      'a.com/foo/': '404',
      'a.com/FOO': '404',
      'a.com/bar': '404',
      'a.com/foobar': '404',
    },
  },
  {
    name: 'Exact with a final slash does not take the path without',
    rules: ['a.com E /foo/ web'],
    requests: { 'a.com/foo/': 'web', 'a.com/foo': '404' },
  },
  {
    name: 'Prefix takes elements, not characters',
    rules: ['a.com P /foo web'],
    requests: {
      'a.com/foo': 'web',
      'a.com/foo/': 'web',
      'a.com/foo/bar': 'web',
      'a.com/foobar': '404',
      'a.com/FOO': '404',
    },
  },
  {
    name: 'Prefix with a final slash also takes the path without',
    rules: ['a.com P /aaa/bbb/ web'],
    requests: { 'a.com/aaa/bbb': 'web', 'a.com/aaa/bbb/': 'web', 'a.com/aaa/bbb/c': 'web', 'a.com/aaa/bbbc': '404' },
  },
  {
    name: 'the longest Prefix wins',
    rules: ['a.com P /aaa one', 'a.com P /aaa/bbb two'],
    requests: { 'a.com/aaa/bbb': 'two', 'a.com/aaa/bbb/ccc': 'two', 'a.com/aaa/ccc': 'one', 'a.com/aaaccc': '404' },
  },
  {
    name: 'Exact beats Prefix',
    rules: ['a.com P /foo prefix', 'a.com E /foo exact'],
    requests: { 'a.com/foo': 'exact', 'a.com/foo/': 'prefix', 'a.com/foo/x': 'prefix' },
  },
  {
    name: 'ImplementationSpecific is a string prefix; an empty path is /',
    rules: ['a.com I /foo web', 'b.com I  all'],
    requests: { 'a.com/foo': 'web', 'a.com/foobar': 'web', 'a.com/fo': '404', 'b.com/anything': 'all' },
  },
  {
    name: '/ takes what is left of its host',
    rules: ['a.com P / root', 'a.com P /foo foo'],
    requests: { 'a.com/': 'root', 'a.com/x/y': 'root', 'a.com/foo': 'foo', 'b.com/': '404' },
  },
  {
    name: 'a wildcard host takes exactly one label',
    rules: ['*.foo.com P / wild', 'bar.foo.com P / own'],
    requests: {
      'a.foo.com/': 'wild',
      'bar.foo.com/': 'own',
      'baz.bar.foo.com/': '404',
      'foo.com/': '404',
      '.foo.com/': '404',
    },
  },
  {
    name: 'hosts compare without case, port and final dot',
    rules: ['a.com P / web'],
    requests: { 'A.COM/': 'web', 'a.com:8080/': 'web', 'a.com./': 'web' },
  },
  {
    name: 'a rule without host takes what no host rule names',
    rules: ['- P / any', 'a.com P /foo web'],
    requests: { 'b.com/x': 'any', 'a.com/foo': 'web', 'a.com/x': '404', '10.0.0.1/': 'any' },
  },
  {
    name: 'spec.defaultBackend stands in for the hosts of its rules',
    rules: ['a.com P /foo web'],
    extra: { defaultBackend: 'fallback' },
    requests: { 'a.com/foo': 'web', 'a.com/x': 'fallback', 'b.com/': '404' },
  },
  {
    name: 'an Ingress of only a default backend takes everything',
    rules: [],
    extra: { defaultBackend: 'all' },
    requests: { 'a.com/': 'all', 'b.com/x?y': 'all' },
  },
  {
    name: 'escapes and dots are undone before matching',
    rules: ['a.com P /foo web', 'a.com E /a~b/c~d tilde'],
    requests: {
      'a.com/%66oo': 'web',
      'a.com/aaa/../foo': 'web',
      'a.com//foo': 'web',
      'a.com/a%7Eb/c~d': 'tilde',
      'a.com/../x': '400',
      'a.com/%zz': '400',
    },
  },
  {
    name: 'use-regex: patterns from the beginning, without case, longest first, for every path of the host',
    rules: ['a.com I /api/v[0-9]+/users users', 'a.com P /api api', 'a.com E /exact exact'],
    extra: { annotations: { 'use-regex': 'true' } },
    requests: {
      'a.com/api/v2/users/7': 'users',
      'a.com/API/v2/USERS': 'users',
      'a.com/api/x': 'api',
      'a.com/apixyz': 'api',
      'a.com/exact/no/more': 'exact',
      'a.com/zzz': '404',
    },
  },
  {
    name: 'server-alias',
    rules: ['a.com P / web'],
    extra: { annotations: { 'server-alias': 'b.com, *.c.com' } },
    requests: { 'b.com/': 'web', 'x.c.com/': 'web', 'd.com/': '404' },
  },
]

test.each(rows)('$name', ({ rules, requests, extra }) => {
  const table = routing([ingress('web', rules, extra)])
  for (const [request, expected] of Object.entries(requests))
    expect([request, taker(table, request)]).toEqual([request, expected])
})

test('the oldest Ingress has a host and path; of one age the last name', () => {
  const younger = ingress('aaa', ['a.com P /foo young', 'a.com P /bar bar'])
  const older = ingress('zzz', ['a.com P /foo old'], { age: 5 })
  expect(taker(routing([younger, older]), 'a.com/foo')).toBe('old')
  expect(taker(routing([younger, older]), 'a.com/bar')).toBe('bar')
  expect(taker(routing([ingress('aaa', ['a.com P / first']), ingress('bbb', ['a.com P / last'])]), 'a.com/')).toBe(
    'last',
  )
})

test('one Ingress with use-regex makes all paths of the host patterns', () => {
  const plain = ingress('plain', ['a.com E /foo foo'])
  const regex = ingress('regex', ['a.com I /b.r bar'], { annotations: { 'use-regex': 'true' } })
  expect(taker(routing([plain]), 'a.com/foo/x')).toBe('404')
  expect(taker(routing([plain, regex]), 'a.com/foo/x')).toBe('foo')
})

test('a catch-all Ingress is stronger than a rule for / without host', () => {
  const catchAll = ingress('all', [], { defaultBackend: 'all' })
  expect(taker(routing([catchAll, ingress('root', ['- P / root'], { age: 5 })]), 'b.com/')).toBe('all')
})

test('a host of its own wins over an alias', () => {
  const alias = ingress('one', ['a.com P / one'], { annotations: { 'server-alias': 'b.com' }, age: 5 })
  expect(taker(routing([alias, ingress('two', ['b.com P / two'])]), 'b.com/')).toBe('two')
})

test.each([
  { name: 'our class', className: 'nginx', annotation: undefined, classes: CLASSES, taken: true },
  { name: "another's class", className: 'other', annotation: undefined, classes: CLASSES, taken: false },
  { name: 'a class that does not exist', className: 'nobody', annotation: undefined, classes: CLASSES, taken: false },
  { name: 'the legacy annotation', className: '', annotation: 'nginx', classes: CLASSES, taken: true },
  { name: "another's legacy annotation", className: '', annotation: 'traefik', classes: CLASSES, taken: false },
  { name: 'no class, no default', className: '', annotation: undefined, classes: CLASSES, taken: false },
  {
    name: 'no class, our default: admission would have written its name',
    className: '',
    annotation: undefined,
    classes: [ingressClass('nginx', OPTIONS.controllerName, true)],
    taken: false,
  },
  {
    name: "no class, another's default",
    className: '',
    annotation: undefined,
    classes: [ingressClass('x', 'example.com/x', true)],
    taken: false,
  },
])('class: $name', ({ className, annotation, classes, taken }) => {
  const plain = ingress('web', ['a.com P / web'], { className })
  const annotations = annotation === undefined ? {} : { 'kubernetes.io/ingress.class': annotation }
  const table = routing([{ ...plain, metadata: { ...plain.metadata, annotations } }], classes)
  expect(taker(table, 'a.com/')).toBe(taken ? 'web' : '404')
})

const service = (name: string, spec: Service['spec']): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { ...stored, name, namespace: 'default', creationTimestamp: '' },
  spec,
})

const webSlice: EndpointSlice = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    ...stored,
    name: 'web-a',
    namespace: 'default',
    creationTimestamp: '',
    labels: { 'kubernetes.io/service-name': 'web' },
  },
  addressType: 'IPv4',
  endpoints: [
    { addresses: ['10.244.0.1'], conditions: { ready: true } },
    { addresses: ['10.244.0.2'], conditions: {} },
    { addresses: ['10.244.0.3'], conditions: { ready: false } },
  ],
  ports: [
    { name: 'http', port: 8080, protocol: 'TCP' },
    { name: 'admin', port: 9090, protocol: 'TCP' },
  ],
}

test.each([
  { port: 80, expected: ['10.244.0.1:8080', '10.244.0.2:8080'] },
  { port: 'http', expected: ['10.244.0.1:8080', '10.244.0.2:8080'] },
  { port: 'admin', expected: ['10.244.0.1:9090', '10.244.0.2:9090'] },
  { port: 'web-port', expected: ['10.244.0.1:8080', '10.244.0.2:8080'] },
  { port: 81, expected: [] },
  { port: 'nope', expected: [] },
])('endpoints of port $port', ({ port, expected }) => {
  const spec = {
    ports: [
      { name: 'http', port: 80, targetPort: 'web-port', protocol: 'TCP' },
      { name: 'admin', port: 9000, protocol: 'TCP' },
    ],
  }
  const { endpoints } = buildRoutingTable([], [], [service('web', spec)], [webSlice], OPTIONS)
  const found = endpoints.endpoints({ name: '', namespace: 'default', service: 'web', port })
  expect(found.map(({ address, port: number }) => `${address}:${number}`)).toEqual(expected)
})

test('an ExternalName Service is its name and the port', () => {
  const external = service('ext', { type: 'ExternalName', externalName: 'www.example.org' })
  const { endpoints } = buildRoutingTable([], [], [external], [], OPTIONS)
  expect(endpoints.endpoints({ name: '', namespace: 'default', service: 'ext', port: 443 })).toEqual([
    { address: 'www.example.org', port: 443 },
  ])
})

test('only the hosts of a changed Ingress are built again', () => {
  const table = new RoutingTable(undefined)
  for (let i = 0; i < 50; i++) table.put(viewIngress(ingress(`web-${i}`, [`h${i}.com P / web`])))
  expect(table.commit()).toHaveLength(50)
  const before = table.server('h7.com')
  table.put(viewIngress(ingress('web-3', ['h3.com P /x web', 'new.com P / web'])))
  table.remove('default/web-4')
  expect([...table.commit()].sort((a, b) => (a < b ? -1 : 1))).toEqual(['h3.com', 'h4.com', 'new.com'])
  expect(table.server('h7.com')).toBe(before)
  expect(table.server('h4.com')).toBeUndefined()
  expect(table.commit()).toEqual([])
})

test('normalizing is idempotent where it succeeds', () => {
  const part = fc.stringMatching(/^[a-z.%/ ~0-9]{0,12}$/)
  const stable = fc.check(
    fc.property(part, (text) => {
      const once = normalizeUri(`/${text}`)
      return once === undefined || once.includes('%') || normalizeUri(once) === once
    }),
    { seed: 20_260_101, numRuns: 3000 },
  )
  expect(stable).toMatchObject({ failed: false, seed: 20_260_101 })
})

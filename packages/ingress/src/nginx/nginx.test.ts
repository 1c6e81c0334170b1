// What the annotations do to a request, the headers the backend gets, nginx's pages, and the text of nginx.conf.

import { Random } from '@podwire/engine'
import { expect, test } from 'vitest'
import type { Ingress } from '@podwire/apiserver'
import type { HeaderList, HttpRequest } from '../http/message.ts'
import { EndpointIndex, matchRoute, RoutingTable, viewIngress } from '../routing/index.ts'
import { readAnnotations } from './annotations/index.ts'
import { NO_RULES } from './annotations/location-rules.ts'
import { decide } from './decide.ts'
import { mayAsk } from './source-filter.ts'
import { nginxPage } from './error-page.ts'
import { renderNginxConf, renderServer } from './render.ts'
import { backendHeaders } from './request-headers.ts'

const stored = { uid: '', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' }
const PEER = { address: '10.244.0.9', port: 4000 }
const HTTP = { scheme: 'http', port: 80 } as const

function ingress(
  annotations: Readonly<Record<string, string>>,
  path = '/',
  tls = false,
  pathType = 'ImplementationSpecific',
): Ingress {
  const prefixed = Object.entries(annotations).map(([key, value]) => [`nginx.ingress.kubernetes.io/${key}`, value])
  const backend = { service: { name: 'web', port: { number: 80 } } }
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { ...stored, name: 'web', namespace: 'default', annotations: Object.fromEntries(prefixed) },
    spec: { rules: [{ host: 'a.com', http: { paths: [{ path, pathType, backend }] } }], ...(tls ? { tls: [{}] } : {}) },
  }
}

function endpoints(): EndpointIndex {
  const index = new EndpointIndex()
  for (const name of ['web', 'spare']) {
    const metadata = { ...stored, name, namespace: 'default', labels: { 'kubernetes.io/service-name': name } }
    index.putService({ apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ port: 80 }] } })
    index.putSlice({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata,
      addressType: 'IPv4',
      endpoints: name === 'web' ? [{ addresses: ['10.244.1.1'] }] : [{ addresses: ['10.244.9.9'] }],
      ports: [{ port: 8080, protocol: 'TCP' }],
    })
  }
  return index
}

function request(target: string, headers: HeaderList = [], body = 0): HttpRequest {
  return { method: 'GET', target, version: '1.1', headers: [['Host', 'a.com'], ...headers], body: new Uint8Array(body) }
}

function tableOf(...ingresses: readonly Ingress[]): RoutingTable {
  const table = new RoutingTable(undefined)
  for (const one of ingresses) table.put(viewIngress(one))
  table.commit()
  return table
}

function outcome(
  one: Ingress,
  asked: HttpRequest,
  peer = PEER,
  index = endpoints(),
  scheme: 'http' | 'https' = 'http',
): string {
  const route = matchRoute(tableOf(one), { host: 'a.com', path: asked.target })
  if (route === undefined) return '400'
  const decision = decide(
    route,
    asked,
    { scheme, port: scheme === 'http' ? 80 : 443 },
    index,
    () => one.spec.tls !== undefined,
  )
  switch (decision.kind) {
    case 'healthy':
      return '200'
    case 'page':
      return String(decision.status)
    case 'redirect':
      return `${decision.status} ${decision.location}`
    case 'preflight':
      return '204'
    case 'pass':
      if (!mayAsk(route.location.rules, peer.address)) return '403'
      return `${decision.primary.backend.service} ${decision.target}`
  }
}

test.each([
  { name: 'plain', annotations: {}, target: '/x?q=1', expected: 'web /x?q=1' },
  { name: 'the raw target is passed on', annotations: {}, target: '/a/../%78?q', expected: 'web /a/../%78?q' },
  {
    name: 'rewrite with groups',
    annotations: { 'rewrite-target': '/$2' },
    path: '/something(/|$)(.*)',
    target: '/something/new?q=1',
    expected: 'web /new?q=1',
  },
  {
    name: 'rewrite with groups, nothing after',
    annotations: { 'rewrite-target': '/$2' },
    path: '/something(/|$)(.*)',
    target: '/something',
    expected: 'web /',
  },
  {
    name: 'rewrite, any case',
    annotations: { 'rewrite-target': '/$2' },
    path: '/something(/|$)(.*)',
    target: '/SOMETHING/New',
    expected: 'web /New',
  },
  {
    name: 'rewrite to a fixed path',
    annotations: { 'rewrite-target': '/' },
    path: '/foo',
    target: '/foo/bar?x=y',
    expected: 'web /?x=y',
  },
  {
    name: 'rewrite that drops the query',
    annotations: { 'rewrite-target': '/new?' },
    path: '/foo',
    target: '/foo?x=y',
    expected: 'web /new',
  },
  {
    name: 'rewrite escapes a question mark out of a group',
    annotations: { 'rewrite-target': '/$1' },
    path: '/foo/(.*)',
    target: '/foo/%3F/b?x=y',
    expected: 'web /%3F/b?x=y',
  },
  {
    name: 'rewrite escapes what it must',
    annotations: { 'rewrite-target': '/$1' },
    path: '/foo/(.*)',
    target: '/foo/a%20b',
    expected: 'web /a%20b',
  },
  { name: 'app-root', annotations: { 'app-root': '/app' }, target: '/', expected: '302 http://a.com/app' },
  { name: 'app-root elsewhere', annotations: { 'app-root': '/app' }, target: '/x', expected: 'web /x' },
  {
    name: 'permanent-redirect',
    annotations: { 'permanent-redirect': 'https://b.com/x' },
    target: '/',
    expected: '301 https://b.com/x',
  },
  {
    name: 'permanent-redirect-code',
    annotations: { 'permanent-redirect': 'https://b.com', 'permanent-redirect-code': '308' },
    target: '/',
    expected: '308 https://b.com',
  },
  {
    name: 'temporal beats permanent',
    annotations: { 'permanent-redirect': 'https://b.com', 'temporal-redirect': 'https://c.com' },
    target: '/',
    expected: '302 https://c.com',
  },
  {
    name: 'https redirect needs a certificate',
    annotations: { 'ssl-redirect': 'true' },
    target: '/x',
    expected: 'web /x',
  },
  {
    name: 'https redirect is the default with TLS',
    annotations: {},
    tls: true,
    target: '/x?q=1',
    expected: '308 https://a.com/x?q=1',
  },
  {
    name: 'https redirect drops a final slash',
    annotations: {},
    tls: true,
    target: '/',
    expected: '308 https://a.com',
  },
  { name: 'ssl-redirect off', annotations: { 'ssl-redirect': 'false' }, tls: true, target: '/x', expected: 'web /x' },
  {
    name: 'force-ssl-redirect without TLS',
    annotations: { 'force-ssl-redirect': 'true' },
    target: '/x',
    expected: '308 https://a.com/x',
  },
  {
    name: 'whitelist lets in',
    annotations: { 'whitelist-source-range': '10.244.0.0/16, 192.0.2.1' },
    target: '/',
    expected: 'web /',
  },
  {
    name: 'whitelist keeps out',
    annotations: { 'whitelist-source-range': '192.0.2.0/24' },
    target: '/',
    expected: '403',
  },
  {
    name: 'denylist wins',
    annotations: { 'whitelist-source-range': '10.0.0.0/8', 'denylist-source-range': '10.244.0.9' },
    target: '/',
    expected: '403',
  },
  {
    name: 'a whitelist that cannot be read is dropped',
    annotations: { 'whitelist-source-range': '192.0.2.0/99' },
    target: '/',
    expected: 'web /',
  },
  { name: 'body of 1 MiB fits', annotations: {}, body: 1024 * 1024, target: '/', expected: 'web /' },
  { name: 'larger body is 413', annotations: {}, body: 1024 * 1024 + 1, target: '/', expected: '413' },
  {
    name: 'proxy-body-size',
    annotations: { 'proxy-body-size': '8m' },
    body: 1024 * 1024 + 1,
    target: '/',
    expected: 'web /',
  },
  {
    name: 'proxy-body-size 0',
    annotations: { 'proxy-body-size': '0' },
    body: 3_000_000,
    target: '/',
    expected: 'web /',
  },
])('$name', ({ annotations, path = '/', tls = false, body = 0, target, expected }) => {
  expect(outcome(ingress(annotations, path, tls), request(target, [], body))).toBe(expected)
})

test('over https nothing is redirected to https', () => {
  expect(outcome(ingress({}, '/', true), request('/x'), PEER, endpoints(), 'https')).toBe('web /x')
})

test('default-backend stands in while there are no endpoints, else 503', () => {
  const index = endpoints()
  index.removeSlice({
    apiVersion: '',
    kind: '',
    addressType: '',
    metadata: { ...stored, name: 'web', namespace: 'default' },
  })
  expect(outcome(ingress({}), request('/'), PEER, index)).toBe('503')
  expect(outcome(ingress({ 'default-backend': 'spare' }), request('/x'), PEER, index)).toBe('spare /x')
  expect(outcome(ingress({ 'default-backend': 'nobody' }), request('/x'), PEER, index)).toBe('503')
})

test('every annotation without effect is named', () => {
  const { warnings } = readAnnotations(
    {
      'nginx.ingress.kubernetes.io/limit-rate': '5',
      'nginx.ingress.kubernetes.io/app-root': 'app',
      'example.com/other': 'x',
    },
    'default',
  )
  expect(warnings.map(({ reason, message }) => `${reason}: ${message}`)).toEqual([
    'InvalidAnnotation: annotation nginx.ingress.kubernetes.io/app-root is ignored: "app" must be an absolute path',
    'UnsupportedAnnotation: annotation nginx.ingress.kubernetes.io/limit-rate is not simulated and has no effect',
  ])
})

test('a path that is no pattern and a resource backend are warned about', () => {
  const broken = viewIngress(ingress({ 'use-regex': 'true' }, '/a('))
  expect(broken.warnings).toEqual([
    { reason: 'InvalidPath', message: 'path /a( of host a.com is no regular expression' },
  ])
  const plain = ingress({})
  const resource = { kind: 'Bucket', name: 'b' }
  const view = viewIngress({ ...plain, spec: { defaultBackend: { resource } } })
  expect(view.warnings.map((warning) => warning.reason)).toEqual(['UnsupportedBackend'])
})

test('the headers the backend gets', () => {
  const sent = request('/', [
    ['User-Agent', 'curl/8'],
    ['X-Forwarded-For', '1.2.3.4'],
    ['Connection', 'close'],
    ['Proxy', 'evil'],
    ['Accept', '*/*'],
  ])
  expect(backendHeaders(sent, NO_RULES, PEER, HTTP, () => 'id')).toEqual([
    ['Host', 'a.com'],
    ['X-Request-ID', 'id'],
    ['X-Real-IP', '10.244.0.9'],
    ['X-Forwarded-For', '10.244.0.9'],
    ['X-Forwarded-Host', 'a.com'],
    ['X-Forwarded-Port', '80'],
    ['X-Forwarded-Proto', 'http'],
    ['X-Forwarded-Scheme', 'http'],
    ['X-Scheme', 'http'],
    ['X-Original-Forwarded-For', '1.2.3.4'],
    ['User-Agent', 'curl/8'],
    ['Accept', '*/*'],
  ])
})

test('upstream-vhost, upgrades and a request id of the client', () => {
  const sent = request(
    '/',
    [
      ['Upgrade', 'websocket'],
      ['X-Request-ID', 'mine'],
    ],
    3,
  )
  const headers = backendHeaders(sent, { ...NO_RULES, upstreamVhost: 'inner' }, PEER, HTTP, () =>
    String(new Random(1).uint32()),
  )
  expect(headers.slice(0, 4)).toEqual([
    ['Host', 'inner'],
    ['Upgrade', 'websocket'],
    ['Connection', 'upgrade'],
    ['X-Request-ID', 'mine'],
  ])
  expect(headers).toContainEqual(['Content-Length', '3'])
})

test("nginx's 404 page has 146 bytes", () => {
  expect(nginxPage(404, 'now').body).toHaveLength(146)
  expect(new TextDecoder().decode(nginxPage(503, 'now').body)).toContain('<h1>503 Service Temporarily Unavailable</h1>')
})

test('nginx.conf: a server a host, locations longest first, Prefix twice, wildcards as patterns', () => {
  const plain = ingress({}, '/foo', false, 'Prefix')
  const wild = ingress({}, '/x', false, 'Exact')
  const wildcard = {
    ...wild,
    metadata: { ...wild.metadata, name: 'wild' },
    spec: { rules: [{ ...wild.spec.rules?.[0], host: '*.b.com' }] },
  }
  const text = renderNginxConf(tableOf(plain, wildcard).servers(), renderServer)
  const heads = text.split('\n').flatMap((line) => /^\s*((?:server_name|location) .*?)\s*[{;]+$/.exec(line)?.[1] ?? [])
  expect(heads).toEqual([
    'server_name ~^(?<subdomain>[\\w-]+)\\.b\\.com$',
    'location = "/x"',
    'location /',
    'server_name _',
    'location /',
    'location /healthz',
    'location /nginx_status',
    'server_name a.com',
    'location "/foo/"',
    'location = "/foo"',
    'location /',
  ])
  expect(text).toContain('set $proxy_upstream_name "default-web-80";')
})

test('nginx.conf: a rewrite makes every location of the host a pattern', () => {
  const text = renderNginxConf(tableOf(ingress({ 'rewrite-target': '/$1' }, '/foo/(.*)')).servers(), renderServer)
  expect(text).toContain('location ~* "^/foo/(.*)" {')
  expect(text).toContain('rewrite "(?i)/foo/(.*)" /$1 break;')
  expect(text).toContain('location ~* "^/" {')
})

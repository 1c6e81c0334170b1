// The pure parts of the proxy: where requests go, and what is changed on their way. Facts as upstream has them.

import { Random } from '@podwire/engine'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Endpoints, Node, Pod, Service } from '../objects/index.ts'
import { StatusError } from '../status/status-error.ts'
import { pairs, withForwardedFor, withoutCredentials, withoutHopByHop } from './forwarded-headers.ts'
import { nodeLocation, podLocation, serviceLocation, type ProxyObjects } from './location.ts'
import { rewriteHtml } from './rewrite-html.ts'
import { rewriteUrl } from './rewrite-url.ts'
import { rewrittenResponse } from './rewritten-response.ts'
import { decodedPath, escapedPath, joinPath, subpathOf } from './subpath.ts'

describe('paths', () => {
  test.each([
    ['/api/v1/namespaces/n/pods/p/proxy', ''],
    ['/api/v1/namespaces/n/pods/p/proxy/', '/'],
    ['/api/v1/namespaces/n/pods/p/proxy/a/b', '/a/b'],
    ['/api/v1/namespaces/n/pods/p/proxy/a/b/', '/a/b/'],
    ['/api/v1/namespaces/n/pods/p/proxy/a//b/../c', '/a/c'],
    ['/api/v1/namespaces/n/pods/p/proxy/../../..', '/'],
    ['/api/v1/namespaces/n/pods/p/proxy/proxy', '/proxy'],
  ])('%s', (path, subpath) => {
    expect(subpathOf(path, 7)).toBe(subpath)
  })

  test.each([
    [['/a', 'b'], '/a/b'],
    [['/a/', '/b/'], '/a/b'],
    [['', ''], ''],
    [['a', '..', '..', 'b'], '../b'],
    [['/', '..'], '/'],
  ])('join %j', (parts, path) => {
    expect(joinPath(...parts)).toBe(path)
  })

  test('a path is decoded and written anew as Go writes it', () => {
    expect(escapedPath(decodedPath('/a%20b/%3Fx/c+d:e@f=g&h$,;'))).toBe('/a%20b/%3Fx/c+d:e@f=g&h$,;')
    expect(decodedPath('/%zz')).toBe('/%zz')
  })
})

const pod = (ip: string | undefined, ports: readonly number[] = []): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'n', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
  spec: {
    containers: [
      { name: 'a', image: 'i' },
      { name: 'b', image: 'i', ports: ports.map((containerPort) => ({ containerPort })) },
    ],
  },
  status: ip === undefined ? {} : { podIP: ip, podIPs: [{ ip }] },
})

const metadata = (name: string) => ({ name, namespace: 'n', uid: 'u', resourceVersion: '1', creationTimestamp: '' })

const SERVICE: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: metadata('s'),
  spec: { ipFamilies: ['IPv4'], ports: [{ port: 80 }, { name: 'web', port: 81 }] },
}

type Subset = NonNullable<Endpoints['subsets']>[number]

const address = (ip: string, namespace = 'n') => ({ ip, targetRef: { kind: 'Pod', namespace, name: ip } })

const subset = (ips: readonly string[], name?: string): Subset => ({
  addresses: ips.map((ip) => address(ip)),
  ports: [{ port: 8080, ...(name === undefined ? {} : { name }) }],
})

const endpointsOf = (...subsets: readonly Subset[]): Endpoints => ({
  apiVersion: 'v1',
  kind: 'Endpoints',
  metadata: metadata('s'),
  subsets,
})

function objects(given: Partial<ProxyObjects>): ProxyObjects {
  const missing = (): never => {
    throw new StatusError(404, 'NotFound', 'not found')
  }
  return {
    namespace: 'n',
    pod: missing,
    findPod: (name) => pod(name),
    service: () => SERVICE,
    node: missing,
    endpoints: missing,
    ...given,
  }
}

function refusal(work: () => unknown): string {
  try {
    return JSON.stringify(work())
  } catch (error) {
    return error instanceof StatusError ? `${error.status.code} ${error.message}` : String(error)
  }
}

describe('locations', () => {
  test.each([
    ['p', pod('10.0.0.1', [8080, 9090]), '{"scheme":"http","address":"10.0.0.1","port":8080}'],
    ['p:99', pod('10.0.0.1', [8080]), '{"scheme":"http","address":"10.0.0.1","port":99}'],
    ['p', pod('10.0.0.1'), '{"scheme":"http","address":"10.0.0.1","port":80}'],
    ['https:p:', pod('10.0.0.1'), '{"scheme":"https","address":"10.0.0.1","port":443}'],
    [':p:7', pod('fd00::1'), '{"scheme":"http","address":"fd00::1","port":7}'],
    ['p', pod(undefined), '400 address not allowed'],
    ['p', pod('127.0.0.1'), '400 address not allowed'],
    ['p', pod('169.254.1.1'), '400 address not allowed'],
    ['p', pod('fe80::1'), '400 address not allowed'],
    ['p:web', pod('10.0.0.1'), '503 error trying to reach service: dial tcp: lookup tcp/web: unknown port'],
    ['p:70000', pod('10.0.0.1'), '503 error trying to reach service: dial tcp: address 70000: invalid port'],
    ['a:b:c:d', pod('10.0.0.1'), '400 invalid pod request "a:b:c:d"'],
    ['http::80', pod('10.0.0.1'), '400 invalid pod request "http::80"'],
  ])('pod %s', (id, found, expected) => {
    expect(refusal(() => podLocation(objects({ pod: () => found }), id))).toBe(expected)
  })

  test.each<[string, string, readonly Subset[] | undefined, string]>([
    ['by number', 's:80', [subset(['10.0.0.1'])], '"address":"10.0.0.1","port":8080'],
    ['by name', 'https:s:web', [subset(['10.0.0.1'], 'web')], '"scheme":"https"'],
    ['a subset that has the port', 's', [subset(['10.0.0.1'], 'web'), subset(['10.0.0.2'])], '"10.0.0.2"'],
    ['of the next subset when no pod fits', 's', [{ ...subset([]) }, subset(['10.0.0.1'])], '"10.0.0.1"'],
    ['none ready', 's', [{ ...subset([]), notReadyAddresses: [address('10.0.0.1')] }], '503 no endpoints available'],
    ['none at all', 's:81', [], '503 no endpoints available for service "s:81"'],
    ['a pod of another namespace', 's', [{ ...subset([]), addresses: [address('10.0.0.1', 'm')] }], '503 no endpoints'],
    ['no pod', 's', [{ ...subset([]), addresses: [{ ip: '10.0.0.1' }] }], '503 no endpoints available'],
    ['another port', 's', [subset(['10.0.0.1'], 'other')], '503 no endpoints available'],
    ['the only port, which has a name', 's', [subset(['10.0.0.1'], 'web')], '503 no endpoints available'],
    ['no Endpoints', 's', undefined, '404 not found'],
    ['an unknown number', 's:82', [], '503 no service port 82 found for service "s"'],
  ])('service %s', (_what, id, subsets, expected) => {
    const given = subsets === undefined ? {} : { endpoints: () => endpointsOf(...subsets) }
    const found = refusal(() => serviceLocation(objects(given), id, new Random(1)))
    expect(found).toContain(expected)
  })

  test('endpoints are drawn at random, the same ones from the same seed', () => {
    const endpoints = () => endpointsOf(subset(['10.0.0.1', '10.0.0.2', '10.0.0.3']))
    const draw = (seed: number): readonly string[] => {
      const random = new Random(seed)
      return Array.from({ length: 20 }, () => serviceLocation(objects({ endpoints }), 's', random).address)
    }
    expect(new Set(draw(1)).size).toBe(3)
    expect(draw(1)).toEqual(draw(1))
  })

  test.each([
    [
      'n',
      [
        { type: 'Hostname', address: 'h' },
        { type: 'InternalIP', address: '10.0.0.9' },
      ],
      '"https","address":"10.0.0.9","port":10250',
    ],
    ['n:10250', [{ type: 'InternalIP', address: '10.0.0.9' }], '"https","address":"10.0.0.9","port":10250'],
    ['n:80', [{ type: 'InternalIP', address: '10.0.0.9' }], '"http","address":"10.0.0.9","port":80'],
    ['n:80', [{ type: 'InternalIP', address: '127.0.0.1' }], '400 address not allowed'],
    ['n', [], '500 no preferred addresses found; known addresses: []'],
  ])('node %s', (id, addresses, expected) => {
    const node: Node = { apiVersion: 'v1', kind: 'Node', metadata: metadata('n'), spec: {}, status: { addresses } }
    expect(refusal(() => nodeLocation(objects({ node: () => node }), id))).toContain(expected)
  })
})

describe('headers', () => {
  const SENT = pairs([
    'Host',
    'h',
    'Connection',
    'close, X-Mine',
    'X-Mine',
    '1',
    'TE',
    'x',
    'Accept',
    'a',
    'Accept',
    'b',
  ])

  test('what concerns the connection stays behind', () => {
    expect(withoutHopByHop(SENT)).toEqual([
      ['Host', 'h'],
      ['Accept', 'a'],
      ['Accept', 'b'],
    ])
  })

  test('credentials stay behind, the client is told', () => {
    const sent = pairs(['Authorization', 'Bearer x', 'Impersonate-User', 'u', 'X-Forwarded-For', '10.0.0.1'])
    expect(withForwardedFor(withoutCredentials(sent), '10.0.0.2')).toEqual([['X-Forwarded-For', '10.0.0.1, 10.0.0.2']])
  })
})

const CONTEXT = { prefix: '/api/v1/namespaces/n/pods/p/proxy', backendHost: '10.0.0.1:80', requestHost: 'api:6443' }

describe('links', () => {
  test.each([
    ['/x', `${CONTEXT.prefix}/x`],
    ['/', `${CONTEXT.prefix}/`],
    ['/x/?a=b#c', `${CONTEXT.prefix}/x/?a=b#c`],
    ['http://10.0.0.1:80/x', `${CONTEXT.prefix}/x`],
    ['//10.0.0.1:80/x', `${CONTEXT.prefix}/x`],
    ['https://api:6443/x', `https://api:6443${CONTEXT.prefix}/x`],
    [`${CONTEXT.prefix}/x`, `${CONTEXT.prefix}/x`],
    ['http://elsewhere/x', 'http://elsewhere/x'],
    ['x/y', 'x/y'],
    ['?a', '?a'],
    ['', ''],
    ['mailto:a@b', 'mailto:a@b'],
    ['data:text/plain,/x', 'data:text/plain,/x'],
  ])('%s', (url, expected) => {
    expect(rewriteUrl(url, CONTEXT)).toBe(expected)
  })

  test.each([
    ['<a href="/x">', '<a href="P/x">'],
    ["<A HREF='/x' class=b>", '<A HREF="P/x" class=b>'],
    ['<img src=/x alt="/y">', '<img src="P/x" alt="/y">'],
    ['<a href="/x?a=1&amp;b=2">', '<a href="P/x?a=1&amp;b=2">'],
    ['<a data-href="/x" href = "/y"/>', '<a data-href="/x" href="P/y"/>'],
    ['<p href="/x">', '<p href="/x">'],
    ['<!-- <a href="/x"> --><a href="/y">', '<!-- <a href="/x"> --><a href="P/y">'],
    [
      '<script src="/x">"<a href=\'/y\'>"</script><a href="/z">',
      '<script src="P/x">"<a href=\'/y\'>"</script><a href="P/z">',
    ],
    ['<a =x href="/y">', '<a =x href="P/y">'],
    ['<a href="/x', '<a href="/x'],
    ['1 < 2 <a', '1 < 2 <a'],
    ['', ''],
  ])('%s', (html, expected) => {
    expect(rewriteHtml(html, (url) => (url.startsWith('/') ? `P${url}` : url))).toBe(expected)
  })
})

describe('answers', () => {
  interface Heard {
    code: number
    headers: Record<string, string>
    body: Buffer
    error: string
  }

  function pass(headers: Record<string, string>, body: Uint8Array, unpack = false, method = 'GET'): Heard {
    const heard: Heard = { code: 0, headers: {}, body: Buffer.alloc(0), error: '' }
    const out = rewrittenResponse(
      {
        head: (code, _reason, list) => {
          heard.code = code
          heard.headers = Object.fromEntries(list.map(([name, value]) => [name.toLowerCase(), value]))
        },
        data: (bytes) => (heard.body = Buffer.concat([heard.body, bytes])),
        end: () => {},
        error: (message) => (heard.error = message),
      },
      { method, unpack, rewriteUrl: (url) => `P${url}` },
    )
    out.head(200, 'OK', Object.entries(headers))
    out.data(body)
    out.end()
    return heard
  }

  const PAGE = Buffer.from('<a href="/x">')

  test('a page is rewritten, in the encoding it came in', () => {
    const plain = pass({ 'Content-Type': 'text/html; charset=utf-8', 'Content-Length': '13' }, PAGE)
    expect([plain.body.toString(), plain.headers['content-length']]).toEqual(['<a href="P/x">', '14'])
    const packed = pass({ 'Content-Type': 'text/html', 'Content-Encoding': 'gzip' }, gzipSync(PAGE))
    expect([gunzipSync(packed.body).toString(), packed.headers['content-encoding']]).toEqual(['<a href="P/x">', 'gzip'])
  })

  test.each([
    ['another type', { 'Content-Type': 'text/plain' }],
    ['an unknown encoding', { 'Content-Type': 'text/html', 'Content-Encoding': 'br' }],
    ['a redirect', { 'Content-Type': 'text/html', Location: '/y' }],
  ])('%s passes as it is', (_what, headers) => {
    expect(pass(headers, PAGE).body).toEqual(PAGE)
  })

  test('what was compressed only for the proxy is unpacked', () => {
    const unpacked = pass({ 'Content-Type': 'text/plain', 'Content-Encoding': 'gzip' }, gzipSync('hello'), true)
    expect(unpacked.body.toString()).toBe('hello')
    expect(unpacked.headers).toEqual({ 'content-type': 'text/plain', 'content-length': '5' })
  })

  test('Location leads through the proxy, CORS headers and those of the connection stay behind', () => {
    const { headers } = pass(
      { Location: '/y', 'Access-Control-Allow-Origin': '*', Connection: 'close', Etag: '1' },
      PAGE,
    )
    expect(headers).toEqual({ location: 'P/y', etag: '1' })
  })

  test('a body that is not in its encoding is an error, not a crash', () => {
    expect(pass({ 'Content-Type': 'text/html', 'Content-Encoding': 'gzip' }, PAGE).error).toBe('incorrect header check')
  })
})

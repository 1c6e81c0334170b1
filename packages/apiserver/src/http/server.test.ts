// The door over real sockets, with a fake pipeline behind it: authentication, errors, representations, watches, closing.

import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { get as httpsGet } from 'node:https'
import { randomBytes } from 'node:crypto'
import { DEFAULT_EPOCH_MS, Engine, RealTimeDriver } from '@podwire/engine'
import { describe, expect, it, test } from 'vitest'
import { createServerCertificates } from '../certificates/index.ts'
import { FakeHandler, RESOURCES, startFakeCluster, TOKEN, type FakeCluster } from './fake-handler.suite.ts'
import { startHttpServer } from './server.ts'

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'

interface Call {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string | Uint8Array
  readonly anonymous?: boolean
}

function open(cluster: FakeCluster, path: string, call: Call = {}): Promise<IncomingMessage> {
  const headers = { ...(call.anonymous === true ? {} : { authorization: `Bearer ${TOKEN}` }), ...call.headers }
  return new Promise((resolve, reject) => {
    const { host, port } = cluster.server
    httpRequest({ host, port, path, method: call.method ?? 'GET', headers, agent: false })
      .on('response', resolve)
      .on('error', reject)
      .end(call.body)
  })
}

async function text(response: IncomingMessage): Promise<string> {
  return Buffer.concat(await response.toArray()).toString()
}

async function ask(cluster: FakeCluster, path: string, call: Call = {}) {
  const response = await open(cluster, path, call)
  return { code: response.statusCode, type: response.headers['content-type'], headers: response.headers, body: await text(response) }
}

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps'

function create(cluster: FakeCluster, name: string) {
  return ask(cluster, CONFIG_MAPS, { method: 'POST', body: JSON.stringify({ metadata: { name }, data: { a: '1' } }) })
}

async function nextLine(response: IncomingMessage): Promise<string> {
  let line = ''
  while (!line.endsWith('\n')) {
    const chunk: unknown = response.read()
    if (chunk === null) await new Promise((resolve) => response.once('readable', resolve))
    else line += String(chunk)
  }
  return line
}

describe('what a request is answered with', () => {
  const rows: readonly { name: string; path: string; call?: Call; code: number; type: string; body: string | RegExp }[] = [
    {
      name: 'a wrong token',
      path: CONFIG_MAPS,
      call: { headers: { authorization: 'Bearer nobody' } },
      code: 401,
      type: 'application/json',
      body: '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}\n',
    },
    { name: 'anonymous', path: CONFIG_MAPS, call: { anonymous: true }, code: 403, type: 'application/json', body: /configmaps is forbidden: User \\"system:anonymous\\" cannot list resource/ },
    { name: 'anonymous health', path: '/readyz', call: { anonymous: true }, code: 200, type: 'text/plain; charset=utf-8', body: 'ok' },
    { name: 'anonymous version', path: '/version', call: { anonymous: true }, code: 200, type: 'application/json', body: /"gitVersion":"v1.36.2"/ },
    { name: 'an impersonated user', path: CONFIG_MAPS, call: { headers: { 'impersonate-user': 'alice' } }, code: 403, type: 'application/json', body: /User \\"alice\\" cannot list/ },
    { name: 'an unknown resource', path: '/api/v1/namespaces/default/foos', code: 404, type: 'application/json', body: /"message":"the server could not find the requested resource","reason":"NotFound","details":{},"code":404/ },
    { name: 'an unknown group', path: '/apis/example.org/v1', code: 404, type: 'text/plain; charset=utf-8', body: '404 page not found\n' },
    { name: 'an unknown version of a known group', path: '/apis/apps/v9', code: 404, type: 'application/json', body: /could not find/ },
    { name: 'an unknown path', path: '/foo', code: 404, type: 'text/plain; charset=utf-8', body: '404 page not found\n' },
    { name: 'a cluster resource in a namespace', path: '/api/v1/namespaces/default/nodes', code: 404, type: 'application/json', body: /could not find/ },
    { name: 'a namespaced object without its namespace', path: '/api/v1/pods/x', code: 404, type: 'application/json', body: /could not find/ },
    { name: 'an unknown subresource', path: `${CONFIG_MAPS}/x/scale`, code: 404, type: 'application/json', body: /could not find/ },
    { name: 'a double slash', path: '/api//v1/namespaces', code: 404, type: 'application/json', body: /could not find/ },
    { name: 'POST to a group', path: '/apis/apps', call: { method: 'POST', body: '{}' }, code: 200, type: 'application/json', body: /"kind":"APIGroup"/ },
    { name: 'DELETE of a version', path: '/api/v1', call: { method: 'DELETE' }, code: 405, type: 'application/json', body: /does not allow this method/ },
    { name: 'OPTIONS', path: CONFIG_MAPS, call: { method: 'OPTIONS' }, code: 405, type: 'application/json', body: /does not allow this method/ },
    { name: 'PROPFIND', path: CONFIG_MAPS, call: { method: 'PROPFIND' }, code: 405, type: 'application/json', body: /does not allow this method/ },
    { name: 'a missing object in YAML', path: `${CONFIG_MAPS}/nope`, call: { headers: { accept: 'application/yaml' } }, code: 404, type: 'application/yaml', body: 'apiVersion: v1\ncode: 404\ndetails:\n  kind: configmaps\n  name: nope\nkind: Status\nmessage: configmaps "nope" not found\nmetadata: {}\nreason: NotFound\nstatus: Failure\n' },
    { name: 'a media type nobody speaks', path: CONFIG_MAPS, call: { headers: { accept: 'text/csv' } }, code: 406, type: 'application/json', body: /406: Not Acceptable/ },
    { name: 'a list', path: CONFIG_MAPS, code: 200, type: 'application/json', body: '{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"0"},"items":[]}\n' },
    { name: 'a list for people', path: CONFIG_MAPS, call: { headers: { 'user-agent': 'curl/8.0' } }, code: 200, type: 'application/json', body: /^\{\n {2}"kind": "ConfigMapList",\n/ },
    { name: 'exec without an upgrade', path: '/api/v1/namespaces/default/pods/x/exec', code: 400, type: 'application/json', body: /Upgrade request required/ },
    { name: 'an empty DELETE with a content type', path: `${CONFIG_MAPS}/x`, call: { method: 'DELETE', headers: { 'content-type': 'application/json' } }, code: 404, type: 'application/json', body: /not found/ },
  ]
  it.each(rows)('$name', async ({ path, call, code, type, body }) => {
    await using cluster = await startFakeCluster()
    const answer = await ask(cluster, path, call)
    expect(answer.body).toEqual(typeof body === 'string' ? body : expect.stringMatching(body))
    expect([answer.code, answer.type]).toEqual([code, type])
  })
})

test('a body over 3 MiB is refused with 413, one below is taken', async () => {
  await using cluster = await startFakeCluster()
  const large = await ask(cluster, CONFIG_MAPS, { method: 'POST', body: Buffer.alloc(3 * 1024 * 1024 + 1, 32) })
  expect(large.code).toBe(413)
  expect(JSON.parse(large.body)).toMatchObject({ reason: 'RequestEntityTooLarge', message: 'Request entity too large: limit is 3145728' })
  const data = { big: 'x'.repeat(2_900_000) }
  const small = await ask(cluster, CONFIG_MAPS, { method: 'POST', body: JSON.stringify({ metadata: { name: 'big' }, data }) })
  expect(small.code).toBe(201)
})

test('PUT with a body and no content type reaches the pipeline', async () => {
  await using cluster = await startFakeCluster()
  await create(cluster, 'a')
  await ask(cluster, `${CONFIG_MAPS}/a`, { method: 'PUT', body: '{}' })
  expect(cluster.handler.requests.at(-1)).toMatchObject({ verb: 'update', body: { contentType: '' } })
})

test('a bug is answered with 500, reported, and the server goes on', async () => {
  await using cluster = await startFakeCluster()
  cluster.handler.bug = new TypeError('boom')
  const answer = await ask(cluster, CONFIG_MAPS)
  expect(answer.code).toBe(500)
  expect(JSON.parse(answer.body)).toMatchObject({ message: 'Internal error occurred: boom', reason: 'InternalError' })
  expect(cluster.errors).toHaveLength(1)
  cluster.handler.bug = undefined
  expect((await ask(cluster, CONFIG_MAPS)).code).toBe(200)
})

test('warnings travel in headers, quoted', async () => {
  await using cluster = await startFakeCluster()
  expect((await create(cluster, 'a')).headers.warning).toBe('299 - "created a"')
})

test('a table has columns, cells and metadata of the rows', async () => {
  await using cluster = await startFakeCluster()
  await create(cluster, 'a')
  const table = JSON.parse((await ask(cluster, CONFIG_MAPS, { headers: { accept: TABLE } })).body) as Record<string, unknown>
  expect(table).toMatchObject({
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: '1' },
    columnDefinitions: [{ name: 'Name', type: 'string', format: 'name', description: 'The name.', priority: 0 }],
    rows: [{ cells: ['a'], object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'a' } } }],
  })
  const whole = await ask(cluster, `${CONFIG_MAPS}?includeObject=Object`, { headers: { accept: TABLE } })
  expect(JSON.parse(whole.body)).toMatchObject({ rows: [{ object: { kind: 'ConfigMap', data: { a: '1' } } }] })
})

test('a watch sends headers at once, then a line an event, and stops when the client leaves', async () => {
  await using cluster = await startFakeCluster()
  const response = await open(cluster, `${CONFIG_MAPS}?watch=true`)
  expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'application/json'])
  await create(cluster, 'a')
  expect(JSON.parse(await nextLine(response))).toMatchObject({ type: 'ADDED', object: { kind: 'ConfigMap', metadata: { name: 'a' } } })
  const stopped = new Promise<void>((resolve) => {
    const [sink] = cluster.handler.sinks
    cluster.handler.sinks.delete = (gone) => {
      if (gone === sink) resolve()
      return true
    }
  })
  response.destroy()
  await stopped
})

test('a table watch sends the column definitions once', async () => {
  await using cluster = await startFakeCluster()
  const response = await open(cluster, `${CONFIG_MAPS}?watch=true`, { headers: { accept: TABLE } })
  await create(cluster, 'a')
  expect(JSON.parse(await nextLine(response))).toMatchObject({ object: { kind: 'Table', columnDefinitions: [{ name: 'Name' }] } })
  await create(cluster, 'b')
  expect(JSON.parse(await nextLine(response))).toMatchObject({ object: { columnDefinitions: null, rows: [{ cells: ['b'] }] } })
  response.destroy()
})

test('timeoutSeconds ends a watch, with a bookmark before it when asked for', async () => {
  const engine = new Engine()
  const handler = new FakeHandler()
  // A thousandfold speed: the virtual seconds of this watch pass in milliseconds.
  const driver = new RealTimeDriver(engine, { speed: 1000 })
  const server = await startHttpServer({ engine, driver, handler, resources: () => RESOURCES, kubernetesVersion: 'v1.36.2', token: TOKEN })
  const cluster = { server } as FakeCluster
  const body = await text(await open(cluster, `${CONFIG_MAPS}?watch=1&timeoutSeconds=100&allowWatchBookmarks=true`))
  expect(body.trim().split('\n').map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { type: 'BOOKMARK', object: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion: '0' } } },
    { type: 'BOOKMARK' },
  ])
  expect(handler.sinks.size).toBe(0)
  await server.close()
  driver[Symbol.dispose]()
})

test('an ERROR event ends the watch', async () => {
  await using cluster = await startFakeCluster()
  const response = await open(cluster, `${CONFIG_MAPS}?watch=true`)
  const [sink] = cluster.handler.sinks
  sink?.error({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason: 'Expired', code: 410 })
  expect(await text(response)).toBe('{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","reason":"Expired","code":410}}\n')
})

test('closing the server ends open watches', async () => {
  const cluster = await startFakeCluster()
  const response = await open(cluster, `${CONFIG_MAPS}?watch=true`)
  await cluster[Symbol.asyncDispose]()
  expect(await text(response).catch(() => 'cut off')).toMatch(/^(?:|cut off)$/)
  expect(cluster.handler.sinks.size).toBe(0)
})

test('HTTPS with a certificate of its own authority, by address and by name', async () => {
  const engine = new Engine()
  const driver = new RealTimeDriver(engine)
  const { authority, certificate, key } = await createServerCertificates({ nowMs: DEFAULT_EPOCH_MS, validDays: 36_500, randomBytes })
  const server = await startHttpServer({
    engine,
    driver,
    handler: new FakeHandler(),
    resources: () => RESOURCES,
    kubernetesVersion: 'v1.36.2',
    token: TOKEN,
    tls: { key, certificate },
  })
  for (const servername of ['', 'kubernetes.default.svc']) {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      httpsGet({ host: '127.0.0.1', port: server.port, path: '/readyz', ca: authority, servername, agent: false }, resolve).on('error', reject)
    })
    expect(await text(response)).toBe('ok')
  }
  await server.close()
  driver[Symbol.dispose]()
})

// The door over real sockets, with a fake pipeline behind it: bodies, bugs, tables, watches, closing, TLS.

import type { IncomingMessage } from 'node:http'
import { get as httpsGet } from 'node:https'
import { randomBytes } from 'node:crypto'
import { DEFAULT_EPOCH_MS, Engine, RealTimeDriver } from '@podwire/engine'
import { expect, test } from 'vitest'
import { createServerCertificates } from '../certificates/index.ts'
import { ask, CONFIG_MAPS, create, open, text } from './ask.suite.ts'
import { FakeHandler, RESOURCES, startFakeCluster, TOKEN, type FakeCluster } from './fake-handler.suite.ts'
import { startHttpServer } from './server.ts'

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json'

async function nextLine(response: IncomingMessage): Promise<string> {
  let line = ''
  while (!line.endsWith('\n')) {
    const chunk: unknown = response.read()
    if (chunk === null) await new Promise((resolve) => response.once('readable', resolve))
    else line += String(chunk)
  }
  return line
}

test('a body over 3 MiB is refused with 413, one below is taken', async () => {
  await using cluster = await startFakeCluster()
  const large = await ask(cluster, CONFIG_MAPS, { method: 'POST', body: Buffer.alloc(3 * 1024 * 1024 + 1, 32) })
  expect(large.code).toBe(413)
  expect(JSON.parse(large.body)).toMatchObject({
    reason: 'RequestEntityTooLarge',
    message: 'Request entity too large: limit is 3145728',
  })
  const data = { big: 'x'.repeat(2_900_000) }
  const small = await ask(cluster, CONFIG_MAPS, {
    method: 'POST',
    body: JSON.stringify({ metadata: { name: 'big' }, data }),
  })
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
  const table = JSON.parse((await ask(cluster, CONFIG_MAPS, { headers: { accept: TABLE } })).body) as Record<
    string,
    unknown
  >
  expect(table).toMatchObject({
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: '1' },
    columnDefinitions: [{ name: 'Name', type: 'string', format: 'name', description: 'The name.', priority: 0 }],
    rows: [
      {
        cells: ['a'],
        object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'a' } },
      },
    ],
  })
  const whole = await ask(cluster, `${CONFIG_MAPS}?includeObject=Object`, { headers: { accept: TABLE } })
  expect(JSON.parse(whole.body)).toMatchObject({ rows: [{ object: { kind: 'ConfigMap', data: { a: '1' } } }] })
})

test('a watch sends headers at once, then a line an event, and stops when the client leaves', async () => {
  await using cluster = await startFakeCluster()
  const response = await open(cluster, `${CONFIG_MAPS}?watch=true`)
  expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'application/json'])
  await create(cluster, 'a')
  expect(JSON.parse(await nextLine(response))).toMatchObject({
    type: 'ADDED',
    object: { kind: 'ConfigMap', metadata: { name: 'a' } },
  })
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
  expect(JSON.parse(await nextLine(response))).toMatchObject({
    object: { kind: 'Table', columnDefinitions: [{ name: 'Name' }] },
  })
  await create(cluster, 'b')
  expect(JSON.parse(await nextLine(response))).toMatchObject({
    object: { columnDefinitions: null, rows: [{ cells: ['b'] }] },
  })
  response.destroy()
})

test('a watch of less than no time ends when it begins', async () => {
  await using cluster = await startFakeCluster()
  expect(await text(await open(cluster, `${CONFIG_MAPS}?watch=1&timeoutSeconds=-1&resourceVersion=1`))).toBe('')
})

test('timeoutSeconds ends a watch, with a bookmark before it when asked for', async () => {
  const engine = new Engine()
  const handler = new FakeHandler()
  // A thousandfold speed: the virtual seconds of this watch pass in milliseconds.
  const driver = new RealTimeDriver(engine, { speed: 1000 })
  const server = await startHttpServer({
    engine,
    driver,
    handler,
    resources: () => RESOURCES,
    kubernetesVersion: 'v1.36.2',
    token: TOKEN,
  })
  const cluster = { server } as FakeCluster
  const body = await text(await open(cluster, `${CONFIG_MAPS}?watch=1&timeoutSeconds=100&allowWatchBookmarks=true`))
  expect(
    body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toMatchObject([
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
  expect(await text(response)).toBe(
    '{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","reason":"Expired","code":410}}\n',
  )
})

test('a bug in printing an event ends the watch and spares the writer', async () => {
  await using cluster = await startFakeCluster()
  const response = await open(cluster, `${CONFIG_MAPS}?watch=true`, { headers: { accept: TABLE } })
  const [sink] = cluster.handler.sinks
  sink?.event('ADDED', { apiVersion: 'v1', kind: 'ConfigMap' })
  expect(JSON.parse(await text(response))).toMatchObject({ type: 'ERROR', object: { code: 500 } })
  expect([cluster.errors.length, cluster.handler.sinks.size]).toEqual([1, 0])
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
  const { authority, certificate, key } = await createServerCertificates({
    nowMs: DEFAULT_EPOCH_MS,
    validDays: 36_500,
    randomBytes,
  })
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
      httpsGet(
        { host: '127.0.0.1', port: server.port, path: '/readyz', ca: authority, servername, agent: false },
        resolve,
      ).on('error', reject)
    })
    expect(await text(response)).toBe('ok')
  }
  await server.close()
  driver[Symbol.dispose]()
})

// Client and server over the simulated network, as objects and as bytes.

import { SECOND, VirtualTimeDriver, Engine } from '@podwire/engine'
import { expect, test } from 'vitest'
import { createFabric, type NetworkNamespace } from '../fabric/index.ts'
import type { NameResolver } from '../images/image.ts'
import { fastifyHandler, fetchHandler, nodeHandler } from './adapters.ts'
import { sendHttp } from './client.ts'
import { fetchHttp, parseHttpUrl } from './fetch.ts'
import { LateResponse } from './late-response.ts'
import type { HttpHandler, HttpRequest } from './message.ts'
import { serveHttp } from './server.ts'

const IP = '10.244.0.3'
const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1')
const text = (data: Uint8Array): string => Buffer.from(data).toString('latin1')

function world() {
  const engine = new Engine()
  const fabric = createFabric({ engine })
  fabric.addNode({ name: 'node-1', addresses: ['172.18.0.2'], podCidrs: ['10.244.0.0/24'] })
  const client = fabric.addPod('node-1', 'default/client', ['10.244.0.2'])
  const server = fabric.addPod('node-1', 'default/server', [IP])
  return { engine, driver: new VirtualTimeDriver(engine), client, server }
}

const echo: HttpHandler = ({ method, target, version, headers, body }, peer) => ({
  status: 200,
  reason: '',
  headers: [['X-Peer', peer.address]],
  body: bytes(
    `${method} ${target} ${version} [${headers.map(([name, value]) => `${name}: ${value}`).join(', ')}] ${text(body)}`,
  ),
})

/** Talks to the server in bytes, like nc. */
async function raw(driver: VirtualTimeDriver, client: NetworkNamespace, parts: readonly string[]): Promise<string> {
  const socket = client.openTcp({ address: IP, port: 80 })
  let answer = ''
  let ended = false
  socket.onData = (data) => (answer += text(data))
  socket.onEnd = () => (ended = true)
  for (const part of parts) {
    socket.write(bytes(part))
    await driver.settle()
  }
  if (ended) socket.end()
  return `${answer}${ended ? '<end>' : ''}`
}

test('a request and its reply', async () => {
  const { driver, engine, client, server } = world()
  serveHttp(server, 80, echo)
  const options = {
    address: IP,
    port: 80,
    method: 'POST',
    target: '/a?b',
    headers: [['X-A', '1']] as const,
    body: 'data',
  }
  const reply = await driver.wait(sendHttp(client, options))
  expect(text(reply.body)).toBe(`POST /a?b 1.1 [Host: ${IP}, X-A: 1, Content-Length: 4] data`)
  expect(reply.headers).toEqual([
    ['X-Peer', '10.244.0.2'],
    ['Content-Length', String(reply.body.length)],
  ])
  expect(reply.flow.receiver).toBe('pod/default/server')
  // Two round trips of 80 µs: handshake, then request and response.
  expect({ duration: reply.durationUs, left: engine.queue.size }).toEqual({ duration: 160, left: 0 })
})

test.each([
  [
    '1.1 stays open',
    ['GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    /^HTTP\/1\.1 200 OK\r\nX-Peer: 10\.244\.0\.2\r\nContent-Length: 20\r\n\r\nGET \/ 1\.1 \[Host: a\] $/,
  ],
  ['1.0 closes', ['GET / HTTP/1.0\r\n\r\n'], /GET \/ 1\.0 \[\] <end>$/],
  ['1.0 with keep-alive stays', ['GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'], /keep-alive\] $/],
  ['1.1 with close closes', ['GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'], /close\] <end>$/],
  ['a request in pieces', ['GE', 'T / HTT', 'P/1.1\r\nHost: a\r', '\n\r\n'], /GET \/ 1\.1 \[Host: a\] $/],
  [
    'pipelining, in order',
    ['GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n'],
    /GET \/1 .*GET \/2 /s,
  ],
  [
    'expectation',
    ['PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n', 'ab'],
    /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 .*\] ab$/s,
  ],
  [
    'unknown expectation',
    ['PUT / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nContent-Length: 2\r\n\r\n'],
    /^HTTP\/1\.1 417 .*<end>$/s,
  ],
  ['HEAD has no body', ['HEAD / HTTP/1.1\r\nHost: a\r\n\r\n'], /Content-Length: 21\r\n\r\n$/],
  ['malformed', ['NONSENSE\r\n'], /^HTTP\/1\.1 400 Bad Request\r\n.*<end>$/s],
  [
    'malformed after a good one',
    ['GET / HTTP/1.1\r\nHost: a\r\n\r\nNONSENSE\r\n'],
    /^HTTP\/1\.1 200 .*HTTP\/1\.1 400 .*<end>$/s,
  ],
])('bytes: %s', async (_name, parts, expected) => {
  const { driver, client, server } = world()
  serveHttp(server, 80, echo)
  expect(await raw(driver, client, parts)).toMatch(expected)
})

test('a peer that closes its side after the request still gets its answer', async () => {
  const { driver, engine, client, server } = world()
  serveHttp(server, 80, async (request, peer) => {
    await engine.sleep(SECOND, 'slow handler')
    return echo(request, peer)
  })
  const socket = client.openTcp({ address: IP, port: 80 })
  const told: string[] = []
  socket.onData = (data) => told.push(text(data).slice(0, 15))
  socket.onEnd = () => told.push('END')
  socket.write(bytes('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))
  socket.end()
  await driver.settle()
  expect(told).toEqual(['HTTP/1.1 200 OK', 'END'])
})

test.each([
  ['with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi', 'hi'],
  ['in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n', 'hi'],
  ['until the end', 'HTTP/1.0 200 OK\r\n\r\nhi', 'hi'],
  ['cut off', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi', 'HttpError cut-off'],
  ['nothing at all', '', 'HttpError empty-reply'],
  ['something else', 'N\u0000\u0000\u00005.7.44\u0000\r\n', 'HttpError malformed'],
])('the client reads a byte server: %s', async (_name, answer, expected) => {
  const { driver, client, server } = world()
  server.listenTcp(80, (socket) => {
    socket.onData = () => {
      if (answer !== '') socket.write(bytes(answer))
      socket.end()
    }
  })
  const outcome = await driver.wait(
    sendHttp(client, { address: IP, port: 80 }).then(
      ({ body }) => text(body),
      (error: Error & { reason?: string }) => `${error.name} ${error.reason ?? ''}`,
    ),
  )
  expect(outcome).toBe(expected)
})

test('the server reads requests of any peer alike', async () => {
  const { driver, client, server } = world()
  const seen: HttpRequest[] = []
  serveHttp(server, 80, (request, peer) => {
    seen.push(request)
    return echo(request, peer)
  })
  await driver.wait(sendHttp(client, { address: IP, port: 80, target: '/same' }))
  await raw(driver, client, [`GET /same HTTP/1.1\r\nHost: ${IP}\r\n\r\n`])
  expect(seen[1]).toEqual(seen[0])
})

test.each([
  ['a handler that never answers', 80, 3 * SECOND, 'ETIMEDOUT', 3 * SECOND],
  ['a port nobody has', 81, 3 * SECOND, 'ECONNREFUSED', 80],
])('%s', async (_name, port, timeoutUs, code, tookUs) => {
  const { driver, engine, client, server } = world()
  serveHttp(server, 80, () => new Promise(() => undefined))
  const attempt = sendHttp(client, { address: IP, port, timeoutUs })
  await expect(driver.wait(attempt)).rejects.toMatchObject({ code })
  expect(engine.clock.now()).toBe(tookUs)
  await driver.settle()
  expect(engine.queue.size).toBe(0)
})

test.each([
  [
    'throws',
    () => {
      throw new TypeError('oops')
    },
  ],
  ['rejects', () => Promise.reject(new TypeError('oops'))],
])('a handler that %s gives 500 and is reported', async (_name, handler) => {
  const { driver, client, server } = world()
  const errors: unknown[] = []
  serveHttp(server, 80, handler, { onError: (error) => errors.push(error) })
  expect((await driver.wait(sendHttp(client, { address: IP, port: 80 }))).status).toBe(500)
  expect(errors).toEqual([new TypeError('oops')])
})

test('users’ handlers: fetch, Node, fastify', async () => {
  const { engine, driver, client, server } = world()
  const viaFetch = fetchHandler(engine, async (request) =>
    Response.json({ url: request.url, body: await request.text() }, { status: 201 }),
  )
  const viaNode = nodeHandler(engine, (request, response) => {
    afterSomeTurns(() => {
      response.statusCode = 202
      response.setHeader('X-Method', request.method ?? '')
      response.end(`node ${request.url ?? ''}`)
    })
  })
  const viaFastify = fastifyHandler(engine, {
    ready: () => Promise.resolve(),
    routing: (request, response) => void response.end(`fastify ${request.url ?? ''}`),
  })
  serveHttp(server, 80, viaFetch)
  serveHttp(server, 81, viaNode)
  serveHttp(server, 82, viaFastify)
  const ask = async (port: number): Promise<string> => {
    const reply = await sendHttp(client, { address: IP, port, method: 'POST', target: '/p?q=1', body: 'hello' })
    return `${reply.status} ${text(reply.body)}`
  }
  expect(await driver.wait(ask(80))).toBe(`201 {"url":"http://${IP}/p?q=1","body":"hello"}`)
  expect(await driver.wait(ask(81))).toBe('202 node /p?q=1')
  expect(await driver.wait(ask(82))).toBe('200 fastify /p?q=1')
  expect(engine.clock.now()).toBe(480)
})

/** Some turns of the host's event loop. */
function afterSomeTurns(work: () => void): void {
  void import('node:events').then(work)
}

test('fetch by name tries the addresses in turn', async () => {
  const { driver, client, server } = world()
  serveHttp(server, 8080, echo)
  const resolver: NameResolver = {
    lookup: (name) =>
      Promise.resolve(
        name === 'web'
          ? { addresses: ['10.244.0.2', IP], canonicalName: 'web', queries: [] }
          : { error: 'not-found', queries: [] },
      ),
  }
  const reply = await driver.wait(fetchHttp(client, resolver, { url: 'http://web:8080/x' }))
  expect({ address: reply.address, body: text(reply.body) }).toEqual({
    address: IP,
    body: 'GET /x 1.1 [Host: web:8080] ',
  })
  await expect(driver.wait(fetchHttp(client, resolver, { url: 'http://nobody/' }))).rejects.toMatchObject({
    code: 'ENOTFOUND',
  })
})

test.each([
  ['http://kubia', 'kubia kubia 80 /'],
  ['kubia:8080/a?b#c', 'kubia:8080 kubia 8080 /a?b'],
  ['http://[fd00::1]:81/x', '[fd00::1]:81 fd00::1 81 /x'],
])('the URL %s', (url, expected) => {
  const { host, name, port, target } = parseHttpUrl(url)
  expect(`${host} ${name} ${port} ${target}`).toBe(expected)
})

test.each(['ftp://x/', 'http://', 'http://a b/'])('%s is refused by name', (url) => {
  expect(() => parseHttpUrl(url)).toThrow(`Failed to fetch ${url}`)
})

test.each([
  ['an answer', 200, 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ['none: the connection ends', undefined, '<end>'],
])('a response that comes late: %s, though the client has closed its side', async (_what, status, expected) => {
  const { driver, engine, client, server } = world()
  const late = new LateResponse()
  serveHttp(server, 80, () => late)
  const socket = client.openTcp({ address: IP, port: 80 })
  let answer = ''
  socket.onData = (data) => (answer += text(data))
  socket.onEnd = () => (answer += '<end>')
  socket.write(bytes('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))
  socket.end()
  await driver.settle()
  expect(answer).toBe('')
  engine.schedule(0, 'late', () =>
    late.settle(status === undefined ? undefined : { status, reason: '', headers: [], body: new Uint8Array() }),
  )
  await driver.settle()
  expect(answer.replace(/(?<=\r\n\r\n)<end>$/, '')).toBe(expected)
})

test('requests of one connection that wait for a late response are answered in order, by promises too', async () => {
  const { driver, engine, client, server } = world()
  serveHttp(server, 80, ({ target }) => {
    const response = { status: 200, reason: '', headers: [], body: bytes(target) }
    if (target !== '/a') return Promise.resolve(response)
    const late = new LateResponse()
    engine.schedule(SECOND, 'late', () => late.settle(response))
    return late
  })
  const requests = ['/a', '/b', '/c'].map((target) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`)
  const answer = await raw(driver, client, [requests.join('')])
  expect(answer.match(/\/[abc]/g)).toEqual(['/a', '/b', '/c'])
})

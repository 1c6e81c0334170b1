// Connections that ingress controllers keep open to endpoints: when one is used again, when it goes, and what becomes of a request
// whose connection was closed underneath.

import { Engine, HOUR, MINUTE, SECOND, VirtualTimeDriver } from '@podwire/engine'
import type { Passed } from '@podwire/ingress'
import { expect, test } from 'vitest'
import { createFabric, type NetworkNamespace, type TcpSocket } from '../fabric/index.ts'
import { serveHttp } from '../http/index.ts'
import { LateResponse } from '../http/late-response.ts'
import { IngressCarrier } from './ingress-carrier.ts'
import { HAPROXY_UPSTREAM, NGINX_UPSTREAM, TRAEFIK_UPSTREAM, type UpstreamRules } from './upstream-rules.ts'

const RULES = { nginx: NGINX_UPSTREAM, traefik: TRAEFIK_UPSTREAM, haproxy: HAPROXY_UPSTREAM }
const A = '10.244.0.3'
const B = '10.244.0.4'
const CLIENT = { address: '10.244.0.9', port: 40000 }

/** A server of bytes. @param behave what it does with a connection's nth request, the first being 1 */
function serve(network: NetworkNamespace, behave: (socket: TcpSocket, nth: number) => void): { opened: number } {
  const seen = { opened: 0 }
  network.listenTcp(80, (socket) => {
    seen.opened++
    let nth = 0
    socket.endsWithPeer = true
    socket.onData = () => behave(socket, ++nth)
  })
  return seen
}

const answer = (socket: TcpSocket, headers = 'Content-Length: 2'): void =>
  socket.write(Buffer.from(`HTTP/1.1 200 OK\r\n${headers}\r\n\r\nok`))

function world(rules: UpstreamRules) {
  const engine = new Engine()
  const fabric = createFabric({ engine })
  fabric.addNode({ name: 'node-1', addresses: ['172.18.0.2'], podCidrs: ['10.244.0.0/24'] })
  const network = fabric.addPod('node-1', 'default/ingress', ['10.244.0.2'])
  const driver = new VirtualTimeDriver(engine)
  const resolver = { lookup: () => Promise.reject(new Error('no names here')) }
  const carrier = new IngressCarrier({ network, resolver }, rules)
  const log: string[] = []
  const passed = (method: string, addresses: readonly string[]): Passed => ({
    kind: 'proxy',
    endpoints: addresses.map((address) => ({ address, port: 80 })),
    request: { method, target: '/', version: '1.1', headers: [['Host', 'h']], body: new Uint8Array() },
    https: false,
    connectTimeoutUs: 5 * SECOND,
    readTimeoutUs: 60 * SECOND,
    triesTimeoutUs: 0,
    mirror: undefined,
    body: { requestBuffered: true, requestLimitBytes: 0, responseBufferBytes: 0 },
    route: { host: 'h', path: '/', ingress: undefined, backend: undefined },
    triesNext: (outcome, sent) => outcome === 'error' && !(sent && method === 'POST'),
    answered: (response, { address }) => {
      log.push(address === A ? 'a' : 'b')
      return { kind: 'respond', response, route: undefined }
    },
    failed: (why) => ({ kind: 'respond', response: errorPage(why === 'timeout' ? 504 : 502), route: undefined }),
  })
  /** Sends a request. @returns its status; 0 when the client's connection was closed */
  const ask = async (method = 'GET', addresses: readonly string[] = [A], peer = CLIENT): Promise<number> => {
    const response = carrier.carry(passed(method, addresses), peer)
    let status = -1
    if (!(response instanceof LateResponse)) return response.status
    response.whenSettled((settled) => (status = settled?.status ?? 0))
    await driver.advance(SECOND)
    return status
  }
  const a = fabric.addPod('node-1', 'default/a', [A])
  const b = fabric.addPod('node-1', 'default/b', [B])
  return { engine, driver, carrier, ask, log, a, b }
}

const errorPage = (status: number) => ({ status, reason: '', headers: [], body: new Uint8Array() })

test.each(Object.entries(RULES))('%s uses a connection again, one for each endpoint', async (_name, rules) => {
  const { ask, log, a, b } = world(rules)
  const servers = [serve(a, (socket) => answer(socket)), serve(b, (socket) => answer(socket))]
  for (const address of [A, B, A, B, A]) await ask('GET', [address])
  expect({ log: log.join(''), opened: servers.map(({ opened }) => opened) }).toEqual({ log: 'ababa', opened: [1, 1] })
})

test.each([
  ['nginx', 1],
  ['traefik', 1],
  ['haproxy', 3],
] as const)('%s and three clients one after the other: %i connections', async (name, expected) => {
  const { ask, a } = world(RULES[name])
  const server = serve(a, (socket) => answer(socket))
  for (let port = 1; port <= 3; port++) await ask('GET', [A], { ...CLIENT, port })
  expect(server.opened).toBe(expected)
})

test.each([
  ['Connection: close', 'Content-Length: 2\r\nConnection: close'],
  ['bytes behind the response', 'Content-Length: 1'],
])('a response with %s ends its connection', async (_what, headers) => {
  const { ask, a } = world(NGINX_UPSTREAM)
  const server = serve(a, (socket) => answer(socket, headers))
  for (let i = 0; i < 3; i++) expect(await ask()).toBe(200)
  expect(server.opened).toBe(3)
})

test.each([
  ['nginx', 59 * SECOND, 61 * SECOND],
  ['traefik', 89 * SECOND, 91 * SECOND],
  ['haproxy', 4 * SECOND, 6 * SECOND],
] as const)('%s keeps an idle connection so long and no longer', async (name, stillUs, goneUs) => {
  const { ask, driver, a } = world(RULES[name])
  const server = serve(a, (socket) => answer(socket))
  await ask()
  await driver.advance(stillUs - SECOND)
  await ask()
  expect(server.opened).toBe(1)
  await driver.advance(goneUs)
  await ask()
  expect(server.opened).toBe(2)
})

test('limits: so many requests, so old, so many idle', async () => {
  const few = { ...NGINX_UPSTREAM, reuse: { ...NGINX_UPSTREAM.reuse, requests: 2 } }
  const first = world(few)
  const counted = serve(first.a, (socket) => answer(socket))
  for (let i = 0; i < 5; i++) await first.ask()
  const second = world({ ...NGINX_UPSTREAM, reuse: { ...NGINX_UPSTREAM.reuse, idle: 1 } })
  const two = [serve(second.a, (socket) => answer(socket)), serve(second.b, (socket) => answer(socket))]
  for (const address of [A, B, A, A]) await second.ask('GET', [address])
  const third = world(NGINX_UPSTREAM)
  const old = serve(third.a, (socket) => answer(socket))
  for (let passedUs = 0; passedUs <= HOUR + MINUTE; passedUs += 30 * SECOND) {
    await third.driver.advance(29 * SECOND)
    await third.ask()
  }
  expect([counted.opened, ...two.map(({ opened }) => opened), old.opened]).toEqual([3, 2, 1, 2])
})

test('a server that closes an idle connection is not asked on it; one that goes away is not either', async () => {
  const { ask, driver, a } = world(NGINX_UPSTREAM)
  const open: TcpSocket[] = []
  const server = serve(a, (socket) => {
    open.push(socket)
    answer(socket)
  })
  await ask()
  open[0]?.end()
  await driver.advance(SECOND)
  expect(await ask()).toBe(200)
  open[1]?.destroy()
  await driver.advance(SECOND)
  expect(await ask()).toBe(200)
  expect(server.opened).toBe(3)
  a.closeAll()
  expect(await ask()).toBe(502)
})

test('a reload closes what is idle, and connections in use after their answer', async () => {
  const { ask, carrier, driver, a } = world(NGINX_UPSTREAM)
  let ended = 0
  let reloadsMeanwhile = false
  const server = serve(a, (socket) => {
    socket.onEnd = () => {
      ended++
      socket.end()
    }
    if (reloadsMeanwhile) carrier.reload()
    answer(socket)
  })
  await ask()
  carrier.reload()
  await driver.advance(SECOND)
  expect({ opened: server.opened, ended }).toEqual({ opened: 1, ended: 1 })
  reloadsMeanwhile = true
  await ask()
  expect({ opened: server.opened, ended }).toEqual({ opened: 2, ended: 2 })
})

// The server takes the second request of a connection and closes without a word, as one whose idle timeout ran out just then.
test.each([
  ['nginx', 'GET', 'the next endpoint', 200, 'ab'],
  ['nginx', 'POST', '502: it may have been heard', 502, 'a'],
  ['traefik', 'GET', 'the same endpoint again', 200, 'aa'],
  ['traefik', 'POST', '502: it may have been heard', 502, 'a'],
  ['haproxy', 'GET', "the client's connection is closed", 0, 'a'],
] as const)('%s, a connection closed under a %s: %s', async (name, method, _what, status, answeredBy) => {
  const { ask, log, a, b } = world(RULES[name])
  serve(a, (socket, nth) => (nth === 1 ? answer(socket) : socket.end()))
  serve(b, (socket) => answer(socket))
  expect(await ask()).toBe(200)
  expect(await ask(method, [A, B])).toBe(status)
  expect(log.join('')).toBe(answeredBy)
})

test('nginx: a try on a connection that was closed underneath does not count', async () => {
  const { ask, log, a } = world(NGINX_UPSTREAM)
  serve(a, (socket, nth) => (nth === 1 ? answer(socket) : socket.end()))
  await ask()
  expect(await ask('GET', [A])).toBe(200)
  expect(log.join('')).toBe('aa')
})

test('our own server and its objects: one connection too', async () => {
  const { ask, a } = world(NGINX_UPSTREAM)
  const ports = new Set<number>()
  serveHttp(a, 80, (_request, { port }) => {
    ports.add(port)
    return errorPage(200)
  })
  for (let i = 0; i < 5; i++) expect(await ask()).toBe(200)
  expect(ports.size).toBe(1)
})

// What is no request, or says it badly, before the API looks at it.

import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { ask, CONFIG_MAPS } from './ask.suite.ts'
import { startFakeCluster, TOKEN } from './fake-handler.suite.ts'

test.each(['/api/v1/namespaces/%zz', '/%', '/api/%2'])('a path with a broken escape is no path: %s', async (path) => {
  await using cluster = await startFakeCluster()
  expect(await ask(cluster, path)).toMatchObject({
    code: 400,
    type: 'text/plain; charset=utf-8',
    body: '400 Bad Request',
  })
})

test('a query pair with a broken escape or a semicolon is dropped', async () => {
  await using cluster = await startFakeCluster()
  expect(await ask(cluster, `${CONFIG_MAPS}?pretty=%zz&a;b`)).toMatchObject({ code: 200 })
})

test('bytes that are no HTTP are told so, and the connection ends', async () => {
  await using cluster = await startFakeCluster()
  const { host, port } = cluster.server
  const socket = connect(port, host)
  socket.write('GARBAGE\r\n\r\n')
  const answer = Buffer.concat((await socket.toArray()) as Buffer[]).toString()
  expect(answer).toBe(
    'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request',
  )
})

const head = (method: string, path: string, more = ''): string =>
  `${method} ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\n${more}\r\n`
const post = (name: string, more = ''): string => {
  const body = JSON.stringify({ metadata: { name } })
  return `${head('POST', CONFIG_MAPS, `content-type: application/json\r\ncontent-length: ${body.length}\r\n${more}`)}${body}`
}
const LAST = 'connection: close\r\n'

test.each([
  ['are worked off one after the other', [post('new'), head('GET', `${CONFIG_MAPS}/new`, LAST)], [201, 200]],
  ['by either way', [post('new'), head('GET', `${CONFIG_MAPS}/%6eew`, LAST)], [201, 200]],
  ['are answered before what cannot be read', [post('new'), 'BLA\r\n\r\n'], [201, 400]],
  ['end with the last, whatever comes behind it', [post('new', LAST), head('GET', `${CONFIG_MAPS}/new`)], [201]],
])('requests sent at once %s', async (_what, requests, codes) => {
  await using cluster = await startFakeCluster()
  const { host, port } = cluster.server
  const socket = connect(port, host)
  socket.write(requests.join(''))
  const answer = Buffer.concat((await socket.toArray()) as Buffer[]).toString()
  expect([...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, code]) => Number(code))).toEqual(codes)
})

test('headers beyond a megabyte are too large', async () => {
  await using cluster = await startFakeCluster()
  const { host, port } = cluster.server
  const socket = connect(port, host)
  socket.write(`GET / HTTP/1.1\r\nx: ${'y'.repeat(1_200_000)}\r\n\r\n`)
  const answer = Buffer.concat((await socket.toArray()) as Buffer[]).toString()
  expect(answer).toMatch(/^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/)
})

test.each([
  [
    'POST',
    CONFIG_MAPS,
    'the body of the request was in an unknown format - accepted media types include: application/json',
  ],
  ['PATCH', `${CONFIG_MAPS}/a`, '415: Unsupported Media Type'],
])('a media type that is none, in a %s', async (method, path, message) => {
  await using cluster = await startFakeCluster()
  const { code, body } = await ask(cluster, path, { method, headers: { 'content-type': '///' }, body: '{}' })
  expect(code).toBe(415)
  expect((JSON.parse(body) as { message: string }).message).toContain(message)
})

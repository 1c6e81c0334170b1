// Every subprotocol of every stream, over real sockets: how an offer is answered, and how each frames what it carries.

import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { TOKEN } from '../http/fake-handler.suite.ts'
import { dial, opened, PODS, refused, SpdyClient, startStreamCluster, talk } from './stream-client.suite.ts'

const OK = '{"metadata":{},"status":"Success"}'
const ECHO = `${PODS}/p/exec?command=echo&command=hi&stdout=true&stderr=true`
const FAIL = `${PODS}/p/exec?command=fail&command=3&stdout=true&stderr=true`
const FAILED = 'command terminated with non-zero exit code: exit status 3'
const base64 = (channel: number, text: string): string => `${channel}${Buffer.from(text).toString('base64')}`

describe('exec over websockets', () => {
  test.each<[string, readonly string[], readonly string[], readonly unknown[]]>([
    ['v5.channel.k8s.io', ['v5.channel.k8s.io'], ['1:', '1:hi\n', `3:${OK}`], [/^3:.*"message":"3"/]],
    ['v4.channel.k8s.io', ['v4.channel.k8s.io'], ['1:', '1:hi\n', `3:${OK}`], [/^3:.*"message":"3"/]],
    ['channel.k8s.io', ['channel.k8s.io'], ['1:', '1:hi\n'], [`3:${FAILED}`]],
    ['', [], ['1:', '1:hi\n'], [`3:${FAILED}`]],
    [
      'v4.base64.channel.k8s.io',
      ['v4.base64.channel.k8s.io'],
      ['1', base64(1, 'hi\n'), base64(3, OK)],
      [/^3[A-Za-z0-9+/]+=*$/],
    ],
    ['base64.channel.k8s.io', ['base64.channel.k8s.io'], ['1', base64(1, 'hi\n')], [base64(3, FAILED)]],
    ['v5.channel.k8s.io', ['channel.k8s.io', 'v5.channel.k8s.io'], ['1:', '1:hi\n', `3:${OK}`], [/^3:/]],
    ['channel.k8s.io', ['v9.channel.k8s.io', 'channel.k8s.io', 'v4.channel.k8s.io'], ['1:', '1:hi\n'], [/^3:/]],
  ])('%s of %j', async (chosen, offered, succeeds, fails) => {
    await using cluster = await startStreamCluster()
    const socket = dial(cluster, ECHO, offered)
    expect(await talk(socket)).toEqual({ messages: succeeds, code: 1000 })
    expect(socket.protocol).toBe(chosen)
    const { messages } = await talk(dial(cluster, FAIL, offered))
    const [last] = fails
    if (last instanceof RegExp) expect(messages.at(-1)).toMatch(last)
    else expect(messages.at(-1)).toBe(last)
  })

  test('stdin in base64, texts where bytes are expected, and channels nobody has', async () => {
    await using cluster = await startStreamCluster()
    const cat = `${PODS}/p/exec?command=cat&stdin=true&stdout=true&tty=true`
    const encoded = dial(cluster, cat, ['v4.base64.channel.k8s.io'])
    const said = talk(encoded)
    await opened(encoded)
    encoded.send(base64(0, 'abc'))
    encoded.send(base64(4, '{"Width":80,"Height":24}'))
    encoded.send(base64(7, 'nobody'))
    await expect.poll(() => cluster.node.seen).toEqual(['resize 80x24'])
    encoded.close()
    expect((await said).messages).toEqual(['1', base64(1, 'abc')])
    const plain = dial(cluster, cat, ['v4.channel.k8s.io'])
    const echoed = talk(plain)
    await opened(plain)
    plain.send('\u0000abc')
    plain.send(Uint8Array.of(255, 0))
    plain.send(Uint8Array.of())
    plain.send(Buffer.from('\u0000def'))
    await expect.poll(() => cluster.node.open).toBe(1)
    plain.close()
    // Only version 5 closes channels.
    expect((await echoed).messages).toEqual(['1:', '1:abc', '1:def'])
  })

  test('a container that is not there: in the stream for version 5, before it for others', async () => {
    await using cluster = await startStreamCluster()
    const pod = { spec: { nodeName: 'node-1', containers: [{ name: 'gone', image: 'i' }] } }
    const stored = cluster.handler.objects.get('pods/default/p')
    if (stored !== undefined) cluster.handler.objects.set('pods/default/p', { ...stored, ...pod })
    const { messages } = await talk(dial(cluster, ECHO, ['v5.channel.k8s.io']))
    expect(messages[1]).toContain(
      '"message":"Internal error occurred: unable to upgrade connection: container not found (\\"gone\\")"',
    )
    const answer = { code: 500, body: 'container not found ("gone")' }
    expect(await refused(dial(cluster, ECHO, ['v4.channel.k8s.io']))).toEqual(answer)
    const spdy = new SpdyClient(cluster, ECHO, ['v4.channel.k8s.io'])
    expect(await spdy.upgraded()).toMatch(/^HTTP\/1\.1 500 /)
    await spdy.closed
  })
})

describe('exec over SPDY', () => {
  const FOUR = ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io']

  test.each<[string, readonly string[], string]>([
    ['v4.channel.k8s.io', ['v5.channel.k8s.io', ...FOUR], `{"metadata":{},"status":"Failure","message":"${FAILED}"`],
    ['v3.channel.k8s.io', ['v3.channel.k8s.io'], FAILED],
    ['v2.channel.k8s.io', ['v2.channel.k8s.io, channel.k8s.io'], FAILED],
    ['channel.k8s.io', ['channel.k8s.io'], FAILED],
  ])('%s of %j', async (chosen, offered, status) => {
    await using cluster = await startStreamCluster()
    const client = new SpdyClient(cluster, FAIL, offered)
    expect(await client.upgraded()).toContain(`X-Stream-Protocol-Version: ${chosen}\r\n`)
    const errors = await client.open({ streamtype: 'error' })
    await client.open({ streamtype: 'stdout' })
    const stderr = await client.open({ streamtype: 'stderr' })
    await client.until(() => client.heard(errors).endsWith(' FIN'))
    expect(client.heard(stderr)).toBe('it failed\n FIN')
    expect(client.heard(errors).startsWith(status)).toBe(true)
    client.socket.destroy()
  })

  test.each([
    [[], /^HTTP\/1\.1 400 [\s\S]*$/],
    [['v9.channel.k8s.io'], /^HTTP\/1\.1 403 /],
  ])('an offer of %j is refused', async (offered, answer) => {
    await using cluster = await startStreamCluster()
    const client = new SpdyClient(cluster, FAIL, offered)
    expect(await client.upgraded()).toMatch(answer)
    await client.closed
  })

  test('stdin, its end, sizes, pings of the client, and a second stream of a kind', async () => {
    await using cluster = await startStreamCluster()
    const client = new SpdyClient(cluster, `${PODS}/p/exec?command=cat&stdin=true&stdout=true&tty=true`, FOUR)
    await client.upgraded()
    await client.open({ streamtype: 'error' })
    const stdin = await client.open({ streamtype: 'stdin' })
    const stdout = await client.open({ streamtype: 'stdout' })
    const sizes = await client.open({ streamtype: 'resize' })
    client.send(sizes, '{"Width":80,"Height":24}\n{"Width":81,"Height":25}\n')
    client.send(stdin, 'abc')
    await client.open({ streamtype: 'stdout' })
    await client.open({ streamtype: 'nonsense' })
    client.send(stdin, '', true)
    await client.until(() => client.heard(stdout) === 'abc FIN')
    expect(cluster.node.seen).toEqual(['resize 80x24', 'resize 81x25', 'stdin closed'])
    // Four replies, two refusals, and that it goes away.
    expect(client.control).toEqual([2, 2, 2, 2, 3, 3, 7])
    client.socket.destroy()
  })
})

describe('logs over websockets', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['', [], [':', '108:og of p/c\n']],
    ['binary.k8s.io', ['binary.k8s.io'], [':', '108:og of p/c\n']],
    ['base64.binary.k8s.io', ['base64.binary.k8s.io'], ['', Buffer.from('log of p/c\n').toString('base64')]],
  ])('%s', async (chosen, offered, messages) => {
    await using cluster = await startStreamCluster()
    const socket = dial(cluster, `${PODS}/p/log`, offered)
    expect(await talk(socket)).toEqual({ messages, code: 1000 })
    expect(socket.protocol).toBe(chosen)
  })

  test('refusals are plain answers; a reader that leaves stops the log', async () => {
    await using cluster = await startStreamCluster()
    const answer = await refused(dial(cluster, `${PODS}/p/log?container=x`, ['binary.k8s.io']))
    expect([answer.code, answer.body]).toEqual([400, expect.stringContaining('container x is not valid for pod p')])
    expect((await refused(dial(cluster, `${PODS}/p/log`, ['v4.channel.k8s.io']))).code).toBe(403)
    const socket = dial(cluster, `${PODS}/p/log?follow=true`, ['binary.k8s.io'])
    await opened(socket)
    socket.terminate()
    await expect.poll(() => cluster.node.seen).toEqual(['log stopped'])
  })
})

describe('watches over websockets', () => {
  const MAPS = '/api/v1/namespaces/default/configmaps'

  test('one text an event, until the client leaves', async () => {
    await using cluster = await startStreamCluster()
    const socket = dial(cluster, `${MAPS}?watch=true`, [])
    const heard = talk(socket)
    await opened(socket)
    await expect.poll(() => cluster.handler.sinks.size).toBe(1)
    for (const sink of cluster.handler.sinks) sink.event('ADDED', { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} })
    await expect.poll(() => cluster.errors).toEqual([])
    socket.close()
    const { messages } = await heard
    expect(messages.map((text) => JSON.parse(text) as unknown)).toEqual([
      { type: 'ADDED', object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} } },
    ])
    await expect.poll(() => cluster.handler.sinks.size).toBe(0)
  })

  const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
  const ORIGIN = 'Origin: http://x'
  const V13 = 'Sec-WebSocket-Version: 13'

  test.each([
    ['without an origin', [KEY, V13], /^HTTP\/1\.1 403 Forbidden\r\n/],
    [
      'of another version',
      [KEY, ORIGIN, 'Sec-WebSocket-Version: 8'],
      /^HTTP\/1\.1 400 Bad Request\r\nSec-WebSocket-Version: 13\r\n[^]*bad WebSocket Version$/,
    ],
    ['without a key', [ORIGIN, V13], /^HTTP\/1\.1 400 Bad Request\r\n[^]*mismatch challenge\/response$/],
    ['with several protocols', [KEY, ORIGIN, V13, 'Sec-WebSocket-Protocol: a, b'], /^HTTP\/1\.1 400 Bad Request\r\n/],
    [
      'in YAML',
      [KEY, ORIGIN, V13, 'Accept: application/yaml'],
      /^HTTP\/1\.1 406 Not Acceptable\r\nContent-Type: application\/yaml/,
    ],
    ['with a key that is none', ['Sec-WebSocket-Key: x', ORIGIN, V13], /^HTTP\/1\.1 400 Bad Request\r\n/],
  ])('%s it is refused', async (_name, lines, expected) => {
    await using cluster = await startStreamCluster()
    const socket = connect(cluster.server.port, '127.0.0.1')
    socket.end(
      `GET ${MAPS}?watch=true HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nConnection: Upgrade\r\n` +
        `Upgrade: websocket\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`,
    )
    expect(Buffer.concat((await socket.toArray()) as Buffer[]).toString()).toMatch(expected)
    expect(cluster.handler.sinks.size).toBe(0)
  })

  test('an error ends it; what may not be watched is a plain answer', async () => {
    await using cluster = await startStreamCluster()
    const socket = dial(cluster, `${MAPS}?watch=true`, ['any.name'])
    const heard = talk(socket)
    await opened(socket)
    expect(socket.protocol).toBe('any.name')
    await expect.poll(() => cluster.handler.sinks.size).toBe(1)
    const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code: 410 } as const
    for (const sink of cluster.handler.sinks) sink.error(status)
    const { messages, code } = await heard
    expect([messages.length, code]).toEqual([1, 1000])
    expect(messages[0]).toContain('"type":"ERROR"')
    expect((await refused(dial(cluster, '/api/v1/nothing?watch=true', []))).code).toBe(404)
    expect((await refused(dial(cluster, `${MAPS}?watch=true`, [], 'wrong'))).code).toBe(401)
  })
})

test('a token may come as the name of a subprotocol, as browsers send it', async () => {
  await using cluster = await startStreamCluster()
  const carrier = `base64url.bearer.authorization.k8s.io.${Buffer.from(TOKEN).toString('base64url')}`
  const socket = dial(cluster, ECHO, ['v4.channel.k8s.io', carrier], '')
  expect((await talk(socket)).code).toBe(1000)
  expect(socket.protocol).toBe('v4.channel.k8s.io')
  expect((await refused(dial(cluster, ECHO, [carrier], ''))).code).toBe(401)
})

test('a request that takes no upgrade is answered as if it had not asked', async () => {
  await using cluster = await startStreamCluster()
  const socket = connect(cluster.server.port, '127.0.0.1')
  socket.end(
    `GET /version HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nConnection: Upgrade, HTTP2-Settings\r\n` +
      'Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n',
  )
  const answer = Buffer.concat((await socket.toArray()) as Buffer[]).toString()
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\nContent-Type: application\/json\r\n[\s\S]*"gitVersion": ?"v1\.36\.2"/)
})

test('a proxied upgrade is a pipe', async () => {
  await using cluster = await startStreamCluster()
  const stored = cluster.handler.objects.get('pods/default/p')
  const status = { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }] }
  if (stored !== undefined) cluster.handler.objects.set('pods/default/p', Object.assign({}, stored, { status }))
  const socket = dial(cluster, `${PODS}/p:81/proxy/`, [])
  const answer = await refused(socket)
  expect([answer.code, answer.body]).toEqual([
    500,
    expect.stringContaining('error dialing backend: dial tcp 10.0.0.1:81: connect: connection refused'),
  ])
})

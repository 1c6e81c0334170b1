// The door over HTTP/2: that requests of every kind are answered as over HTTP/1.1, what is told of the connection, and what
// hostile clients are told. Answers and resets are those recorded from kube-apiserver 1.36.

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectHttp2, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2'
import { connect as connectTls } from 'node:tls'
import { DEFAULT_EPOCH_MS } from '@podwire/engine'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createServerCertificates, type ServerCertificates } from '../../certificates/index.ts'
import { CONFIG_MAPS } from '../ask.suite.ts'
import { startFakeCluster, TOKEN, type FakeCluster } from '../fake-handler.suite.ts'

const PERIOD = { nowMs: DEFAULT_EPOCH_MS, validDays: 36_500 }
const CONFIG_MAP = { metadata: { name: 'a' } }

let certificates: ServerCertificates
let cluster: FakeCluster
const logged: string[] = []
let session: ClientHttp2Session

function dial(more: object = {}): ClientHttp2Session {
  const dialled = connectHttp2(cluster.server.url, { ca: certificates.authority, ...more })
  dialled.on('error', () => {})
  return dialled
}

beforeAll(async () => {
  certificates = await createServerCertificates({ ...PERIOD, randomBytes })
  cluster = await startFakeCluster(undefined, {
    tls: certificates,
    log: (line) => logged.push(line),
    extensions: new Map([['/podwire/echo', (body) => Promise.resolve({ heard: body })]]),
  })
  session = dial()
})

afterAll(async () => {
  session.destroy()
  await cluster[Symbol.asyncDispose]()
})

/** Whatever it ends with. */
function closed(ending: ClientHttp2Stream | ClientHttp2Session): Promise<void> {
  return new Promise((resolve) => ending.once('close', resolve))
}

interface Asked {
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly body?: string | Uint8Array
  readonly on?: ClientHttp2Session
}

interface Heard {
  readonly code: unknown
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
  readonly reset: number
}

async function ask(method: string, path: string, { headers = {}, body, on = session }: Asked = {}): Promise<Heard> {
  const stream = on.request(
    { ':method': method, ':path': path, authorization: `Bearer ${TOKEN}`, ...headers },
    { endStream: body === undefined },
  )
  let heard: Readonly<Record<string, unknown>> = {}
  stream.on('response', (head) => (heard = head))
  stream.on('error', () => {})
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  if (body !== undefined) stream.end(body)
  await closed(stream)
  return { code: heard[':status'], headers: heard, body: Buffer.concat(chunks).toString(), reset: stream.rstCode ?? 0 }
}

function watch(on: ClientHttp2Session = session): ClientHttp2Stream {
  const stream = on.request({ ':path': `${CONFIG_MAPS}?watch=1`, authorization: `Bearer ${TOKEN}` })
  stream.on('error', () => {})
  return stream
}

const GOAWAY = 7

/** Sends bytes on a connection that agreed on HTTP/2. @returns the reason the server gives for ending it; undefined: none */
async function goodbyeTo(bytes: Uint8Array): Promise<number | undefined> {
  const { host, port } = cluster.server
  const socket = connectTls({ host, port, ca: certificates.authority, servername: 'localhost', ALPNProtocols: ['h2'] })
  socket.on('error', () => {})
  await once(socket, 'secureConnect')
  socket.write(bytes)
  let got = Buffer.alloc(0)
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      got = Buffer.concat([got, chunk])
      for (let at = 0; at + 9 <= got.length; at += 9 + got.readUIntBE(at, 3))
        if (got[at + 3] === GOAWAY && got.length >= at + 17) return got.readUInt32BE(at + 13)
    }
    return undefined
  } finally {
    socket.destroy()
  }
}

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

const SETTINGS = frame(4, 0, 0, new Uint8Array())

describe('a request', () => {
  test.each<[string, string, string, Asked, number, string]>([
    ['a list', 'GET', CONFIG_MAPS, {}, 200, '"items":[]'],
    ['an object that is not there', 'GET', `${CONFIG_MAPS}/none`, {}, 404, '"reason":"NotFound"'],
    ['a create', 'POST', CONFIG_MAPS, { body: JSON.stringify(CONFIG_MAP) }, 201, '"uid":"uid-a"'],
    ['health', 'GET', '/healthz', {}, 200, 'ok'],
    ['metrics', 'GET', '/metrics', {}, 200, 'apiserver_request_total'],
    ['a verb that is none', 'FROB', CONFIG_MAPS, {}, 405, 'MethodNotAllowed'],
    ['nothing to encode', 'GET', CONFIG_MAPS, { headers: { accept: 'text/html' } }, 406, 'NotAcceptable'],
    [
      'a body of another kind',
      'POST',
      CONFIG_MAPS,
      { headers: { 'content-type': '///' }, body: '{}' },
      415,
      'Unsupported',
    ],
    ['the head alone', 'HEAD', '/healthz', {}, 200, ''],
    ['the server itself', 'OPTIONS', '*', {}, 200, ''],
    ['a tunnel', 'CONNECT', '', { headers: { ':path': undefined, ':authority': 'x:1' } }, 404, '404 page not found\n'],
    ['an exec', 'POST', '/api/v1/namespaces/default/pods/none/exec?command=ls', {}, 404, 'pods \\"none\\" not found'],
    ['a proxied request', 'GET', '/api/v1/namespaces/default/services/none/proxy/', {}, 404, '"reason":"NotFound"'],
    [
      'a route of others',
      'POST',
      '/podwire/echo',
      { headers: { 'content-type': 'application/json' }, body: '{"a":1}' },
      200,
      '{"heard":{"a":1}}',
    ],
  ])('%s', async (_name, method, path, asked, code, text) => {
    const { body, ...answer } = await ask(method, path, asked)
    expect(answer).toMatchObject({ code, reset: 0 })
    expect(body).toContain(text)
    expect(Object.keys(answer.headers)).not.toContain('connection')
  })

  test('has headers in lower case, with its own id, and warnings', async () => {
    const body = JSON.stringify({ metadata: { name: 'warned' } })
    const { headers } = await ask('POST', CONFIG_MAPS, { headers: { 'audit-id': 'mine' }, body })
    expect(headers).toMatchObject({
      'audit-id': 'mine',
      'cache-control': 'no-cache, private',
      'content-type': 'application/json',
      warning: '299 - "created warned"',
    })
  })

  test('waits to be asked for its body, when it says so', async () => {
    const asked = { authorization: `Bearer ${TOKEN}`, ':method': 'POST', ':path': CONFIG_MAPS, expect: '100-continue' }
    const stream = session.request(asked, { endStream: false })
    await once(stream, 'continue')
    stream.end(JSON.stringify({ metadata: { name: 'asked' } }))
    expect(await once(stream, 'response')).toMatchObject([{ ':status': 201 }, expect.anything(), expect.anything()])
    stream.resume()
    await closed(stream)
  })

  test('larger than 3 MiB is refused, and no more of it is taken', async () => {
    const { code, body } = await ask('POST', CONFIG_MAPS, { body: Buffer.alloc(3 * 1024 * 1024 + 1, 32) })
    expect(code).toBe(413)
    expect(body).toContain('Request entity too large: limit is 3145728')
    expect((await ask('GET', '/healthz')).body).toBe('ok')
  })

  test.each([
    ['a broken escape', { ':path': '/api/%zz' }],
    ['a path that is none', { ':path': 'api' }],
    ['a header of the connection', { 'transfer-encoding': 'chunked' }],
    ['a websocket in a stream', { ':method': 'CONNECT', ':protocol': 'websocket', ':scheme': 'https' }],
  ])('with %s is reset', async (_what, headers) => {
    // Node's client sees to some of it itself.
    const asked = await ask('GET', '/healthz', { headers }).catch((error: Error) => error.message)
    expect(asked).toEqual(
      typeof asked === 'string'
        ? expect.stringMatching(/connection-specific|HTTP\/1 Connection/)
        : expect.objectContaining({ code: undefined, reset: constants.NGHTTP2_PROTOCOL_ERROR }),
    )
  })
})

describe('a connection', () => {
  test('is told the real server’s settings', async () => {
    const other = dial()
    const [settings] = (await once(other, 'remoteSettings')) as [object]
    other.destroy()
    expect(settings).toMatchObject({
      initialWindowSize: 262_144,
      maxFrameSize: 262_144,
      maxConcurrentStreams: 100,
      maxHeaderListSize: 1_048_896,
      enableConnectProtocol: false,
    })
  })

  test('of HTTP/1.1 is one, where a client offers nothing else', async () => {
    const { host, port } = cluster.server
    const offers = { ALPNProtocols: ['http/1.1'], ca: certificates.authority, servername: 'localhost' }
    const socket = connectTls({ host, port, ...offers })
    await once(socket, 'secureConnect')
    expect(socket.alpnProtocol).toBe('http/1.1')
    socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
    expect(Buffer.concat((await socket.toArray()) as Buffer[]).toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n.*ok$/s)
  })

  test.each([
    ['wrong credentials', 'Bearer wrong', 401],
    ['no credentials', undefined, 403],
  ])('of a stranger ends with the first answer: %s', async (_what, authorization, code) => {
    const other = dial()
    const goaway = once(other, 'goaway')
    expect(await ask('GET', CONFIG_MAPS, { headers: { authorization }, on: other })).toMatchObject({ code, reset: 0 })
    expect((await goaway)[0]).toBe(constants.NGHTTP2_NO_ERROR)
    await closed(other)
  })

  test('has the user of its client certificate', async () => {
    const { certificate: cert, key } = await certificates.signClient({ ...PERIOD, user: 'alice', groups: ['dev'] })
    const other = dial({ cert, key })
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
    const { body } = await ask('POST', path, { headers: { authorization: undefined }, body: '{}', on: other })
    other.destroy()
    expect(body).toContain('"username":"alice"')
  })
})

describe('a watch', () => {
  const count = (): number => cluster.handler.sinks.size

  test('is told of events, and stops when its stream is reset, and no other', async () => {
    const [one, two] = [watch(), watch()]
    await Promise.all([once(one, 'response'), once(two, 'response')])
    expect(count()).toBe(2)
    await ask('POST', CONFIG_MAPS, { body: JSON.stringify({ metadata: { name: 'seen' } }) })
    const events = await Promise.all([once(one, 'data'), once(two, 'data')])
    for (const [event] of events) expect(String(event)).toMatch(/^\{"type":"ADDED","object":.*"seen".*\}\n$/)
    one.close(constants.NGHTTP2_CANCEL)
    await expect.poll(count).toBe(1)
    two.close(constants.NGHTTP2_CANCEL)
    await expect.poll(count).toBe(0)
  })

  test('stops when its connection is cut', async () => {
    const other = dial()
    await once(watch(other), 'response')
    other.destroy()
    await expect.poll(count).toBe(0)
  })

  test('that is not read is dropped and named, and its connection goes on', async () => {
    const other = dial()
    const slow = watch(other)
    slow.pause()
    await once(slow, 'response')
    const end = closed(slow)
    const data = { a: 'x'.repeat(2_000_000) }
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f'])
      for (const sink of cluster.handler.sinks)
        sink.event('ADDED', Object.assign({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } }, { data }))
    slow.resume()
    await end
    expect(slow.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR)
    expect(count()).toBe(0)
    expect(logged).toEqual([expect.stringMatching(/^dropped GET .*watch=1 of .*: it left \d+ bytes unread$/)])
    expect((await ask('GET', '/healthz', { on: other })).body).toBe('ok')
    other.destroy()
  })
})

describe('hostile bytes end their connection alone', () => {
  const { NGHTTP2_INTERNAL_ERROR, NGHTTP2_PROTOCOL_ERROR, NGHTTP2_FLOW_CONTROL_ERROR } = constants
  // Newer releases of Node say what RFC 9113 asks for, older ones that something is wrong.
  test.each([
    ['no preface', Buffer.from('GET / HTTP/1.1\r\n\r\n'), [NGHTTP2_INTERNAL_ERROR]],
    ['a frame that is too long', [frame(0, 0, 1, Buffer.alloc(300_000))], [constants.NGHTTP2_FRAME_SIZE_ERROR]],
    ['data of no stream', [frame(0, 0, 1, Buffer.alloc(10))], [NGHTTP2_PROTOCOL_ERROR]],
    ['headers that are none', [frame(1, 4, 1, Buffer.alloc(10, 0xff))], [constants.NGHTTP2_COMPRESSION_ERROR]],
    ['settings of one stream', [frame(4, 0, 1, Buffer.alloc(0))], [NGHTTP2_INTERNAL_ERROR, NGHTTP2_PROTOCOL_ERROR]],
    [
      'a window that overflows',
      [frame(8, 0, 0, Buffer.from('7fffffff', 'hex'))],
      [NGHTTP2_INTERNAL_ERROR, NGHTTP2_FLOW_CONTROL_ERROR],
    ],
  ])('%s', async (_what, bytes, reasons) => {
    const sent = Array.isArray(bytes) ? Buffer.concat([PREFACE, SETTINGS, ...bytes]) : bytes
    expect(reasons).toContain(await goodbyeTo(sent))
    expect((await ask('GET', '/healthz')).body).toBe('ok')
  })

  test('streams reset as soon as they are opened', async () => {
    const other = dial()
    const end = closed(other)
    for (let opened = 0; opened < 2000 && !other.destroyed; opened++) {
      watch(other).close(constants.NGHTTP2_CANCEL)
      if (opened % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await end
    expect(cluster.handler.sinks.size).toBe(0)
    expect((await ask('GET', '/healthz')).body).toBe('ok')
  })
})

test('closing says goodbye, and ends watches', async () => {
  const open = watch()
  await once(open, 'response')
  const said = Promise.all([once(session, 'goaway'), closed(open)])
  open.resume()
  await cluster.server.close()
  await said
  expect(open.rstCode).toBe(constants.NGHTTP2_NO_ERROR)
  expect(cluster.errors).toEqual([])
})

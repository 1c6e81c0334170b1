// Real TLS at the doors: real curl, Node's own clients and raw sockets against the nginx controller inside.

import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import fc from 'fast-check'
import { pods } from '@podwire/apiserver'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fetchImage, socketImage } from '../images/user-images.ts'
import type { TcpSocket } from '../fabric/network.ts'
import { readGreeting } from './client-hello.ts'
import { describeWith } from '../../../../test/referees.ts'
import { DoorWorld } from './door-world.suite.ts'

/** What it was asked, as JSON. */
const echo = fetchImage(
  'echo',
  async (request) =>
    Response.json({
      method: request.method,
      path: new URL(request.url).pathname,
      headers: Object.fromEntries(request.headers),
      body: (await request.text()).length,
    }),
  { port: 80 },
)

/** A WebSocket server that sends every text frame back. RFC 6455. */
const socketEcho = socketImage(
  'ws-echo',
  (socket: TcpSocket) => {
    let upgraded = false
    socket.onData = (data) => {
      const bytes = Buffer.from(data)
      if (upgraded) {
        const length = (bytes[1] ?? 0) & 0x7f
        const mask = bytes.subarray(2, 6)
        const text = bytes.subarray(6, 6 + length).map((byte, at) => byte ^ (mask[at % 4] ?? 0))
        socket.write(Buffer.concat([Buffer.from([0x81, length]), text]))
        return
      }
      const key = /^sec-websocket-key: (.*)\r$/im.exec(bytes.toString())?.[1] ?? ''
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
      upgraded = true
      socket.write(
        Buffer.from(
          `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
        ),
      )
    }
    socket.onEnd = () => socket.end()
  },
  { port: 80 },
)

/** A pod with a port on its node: by hostPort, or in the node's own network. */
const onNode = (name: string, spec: object, port: object) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    ...spec,
    containers: [{ name, image: 'hashicorp/http-echo', args: [`-text=${name}`, '-listen=:8181'], ports: [port] }],
  },
})

const behind = (name: string, host: string, secretName: string, annotations: Record<string, string> = {}) => [
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: { containers: [{ name, image: name }] },
  },
  { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: { app: name }, ports: [{ port: 80 }] } },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: secretName, annotations },
    spec: {
      ingressClassName: 'nginx',
      tls: [{ hosts: [host], secretName }],
      rules: [
        {
          host,
          http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name, port: { number: 80 } } } }] },
        },
      ],
    },
  },
]

let world: DoorWorld

beforeAll(async () => {
  world = await DoorWorld.open(
    (authority) => [
      authority.issue({ hosts: ['foo.bar.com'] }).secret('echo'),
      authority.issue({ hosts: ['ws.bar.com'] }).secret('ws'),
      ...behind('echo', 'foo.bar.com', 'echo'),
      ...behind('ws-echo', 'ws.bar.com', 'ws'),
      authority.issue({ hosts: ['members.bar.com'] }).secret('members'),
      ...behind('echo', 'members.bar.com', 'members', {
        'nginx.ingress.kubernetes.io/auth-tls-secret': 'default/members-ca',
      }).slice(2),
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'members-ca' },
        data: { 'ca.crt': Buffer.from(authority.certificate).toString('base64') },
      },
      onNode('by-host-port', {}, { containerPort: 8181, hostPort: 8081 }),
      onNode('on-host-network', { hostNetwork: true }, { containerPort: 8181 }),
      // No certificate is there for it.
      ...behind('echo', 'bare.bar.com', 'bare').slice(2),
    ],
    { images: [echo, socketEcho] },
  )
}, 60_000)

afterAll(() => world.close())

describeWith(['curl'], 'https doors: real curl', () => {
  test('--cacert: the certificate is the one the controller has for the name, and the backend is told of https', async () => {
    const { out, err, status } = await world.curl('foo.bar.com', '/a?b', '-v', '--http1.1', '-d', 'hello')
    expect(status).toBe(0)
    expect(err).toContain('subject: CN=foo.bar.com')
    expect(err).toContain('issuer: CN=podwire test CA')
    expect(err).toContain('SSL certificate verify ok.')
    expect(err).toContain('< Strict-Transport-Security: max-age=31536000; includeSubDomains')
    const seen = JSON.parse(out) as { method: string; path: string; headers: Record<string, string>; body: number }
    expect([seen.method, seen.path, seen.body]).toEqual(['POST', '/a', 5])
    expect(seen.headers).toMatchObject({ 'x-forwarded-proto': 'https', 'x-forwarded-port': '443' })
  })

  test('--http2', async () => {
    const { out, err, status } = await world.curl(
      'foo.bar.com',
      '/two',
      '-v',
      '--http2',
      '-w',
      '\n%{http_version} %{http_code}',
    )
    expect(status).toBe(0)
    expect(err).toContain('ALPN: server accepted h2')
    expect(out.split('\n').at(-1)).toBe('2 200')
    expect(JSON.parse(out.split('\n')[0] ?? '')).toMatchObject({
      path: '/two',
      headers: { 'x-forwarded-proto': 'https' },
    })
  })

  test.each(['--http1.1', '--http2'])(
    'a client certificate (%s): asked for, and told to the backend',
    async (version) => {
      const without = await world.curl('members.bar.com', '/', version)
      expect(without.out).toContain('No required SSL certificate was sent')
      const { certificate, key } = world.authority.issue({ hosts: ['member'] })
      const [certFile, keyFile] = [join(world.folder, 'member.pem'), join(world.folder, 'member.key')]
      writeFileSync(certFile, certificate)
      writeFileSync(keyFile, key)
      const { out } = await world.curl('members.bar.com', '/', version, '--cert', certFile, '--key', keyFile)
      expect(JSON.parse(out)).toMatchObject({
        headers: { 'ssl-client-verify': 'SUCCESS', 'ssl-client-subject-dn': 'CN=member' },
      })
    },
  )

  test('a name without a certificate, no name at all, and a name nobody could have: the fake certificate', async () => {
    for (const host of ['bare.bar.com', 'nobody.test']) {
      const refused = await world.curl(host, '/')
      expect([host, refused.status]).toEqual([host, 60])
      expect(refused.err).toContain('SSL certificate problem: self-signed certificate')
    }
    const taken = await world.curl('bare.bar.com', '/', '-kv')
    expect(taken.err).toContain('CN=Kubernetes Ingress Controller Fake Certificate')
    expect(taken.status).toBe(0)
    expect((await shownFor('')).subject).toMatchObject({ O: 'Acme Co' })
    expect((await shownFor('a'.repeat(200))).subject).toMatchObject({ O: 'Acme Co' })
  })

  test('TLS on the http port, and plain HTTP on the https port', async () => {
    const port = world.port('http')
    const wrong = await world.curl('foo.bar.com', '/', '--connect-to', `::${world.node}:${port}`)
    expect([wrong.status, wrong.err]).toEqual([35, expect.stringContaining('wrong version number')])
    expect(await raw('GET / HTTP/1.1\r\nHost: a\r\n\r\n', world.port('https'))).toContain(
      'The plain HTTP request was sent to HTTPS port',
    )
  })
})

function tls(servername: string): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connectTls(
      {
        host: world.node,
        port: world.port('https'),
        ...(servername === '' ? {} : { servername }),
        rejectUnauthorized: false,
        ALPNProtocols: ['http/1.1'],
      },
      () => resolve(socket),
    )
    socket.on('error', reject)
  })
}

async function shownFor(servername: string) {
  const socket = await tls(servername)
  const certificate = socket.getPeerCertificate()
  socket.destroy()
  return certificate
}

test('a WebSocket goes through, both ways, over TLS', async () => {
  const socket = await tls('ws.bar.com')
  const heard: Buffer[] = []
  const waitFor = (text: string) =>
    new Promise<string>((resolve) => {
      const look = (): void => {
        const all = Buffer.concat(heard).toString('latin1')
        if (all.includes(text)) resolve(all)
      }
      socket.on('data', (data: Buffer) => {
        heard.push(data)
        look()
      })
      look()
    })
  socket.write(
    'GET /chat HTTP/1.1\r\nHost: ws.bar.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  const head = await waitFor('\r\n\r\n')
  expect(head).toMatch(/^HTTP\/1\.1 101 /)
  expect(head).toMatch(/^Connection: upgrade\r$/m)
  // RFC 6455 §1.3 has this very key and its answer.
  expect(head).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
  socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]))
  expect((await waitFor('\x81\x02hi')).endsWith('\x81\x02hi')).toBe(true)
  socket.destroy()
})

test('HTTP/2: many requests on one connection', async () => {
  const session = connectHttp2(`https://foo.bar.com:${world.port('https')}`, {
    createConnection: () =>
      connectTls({
        host: world.node,
        port: world.port('https'),
        servername: 'foo.bar.com',
        ca: world.authority.certificate,
        ALPNProtocols: ['h2'],
      }),
  })
  const ask = (headers: Record<string, string>) =>
    new Promise<{ headers: Record<string, unknown>; body: string }>((resolve, reject) => {
      const stream = session.request({ ':path': '/', ...headers })
      let head: Record<string, unknown> = {}
      let body = ''
      stream.on('response', (got) => (head = { ...got }))
      stream.on('data', (data: Buffer) => (body += data.toString()))
      stream.on('end', () => resolve({ headers: head, body }))
      stream.on('error', reject)
      stream.end()
    })
  const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => ask({ ':path': `/${at}`, cookie: 'a=b' })))
  expect(answers.map(({ headers }) => headers[':status'])).toEqual(answers.map(() => 200))
  expect(answers.map(({ body }) => (JSON.parse(body) as { path: string }).path)).toEqual(
    answers.map((_, at) => `/${at}`),
  )
  session.destroy()
})

test('ports of pods on their nodes, until the pods go', async () => {
  const asked = (port: number) => raw('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', port)
  expect(await asked(8081)).toMatch(/\r\n\r\nby-host-port\n$/)
  expect(await asked(8181)).toMatch(/\r\n\r\non-host-network\n$/)
  world.cluster.client.delete(pods, { namespace: 'default', name: 'by-host-port' }, { gracePeriodSeconds: 0 })
  for (let answer = ''; !answer.includes('ECONNREFUSED');) answer = await asked(8081).catch(String)
})

/** What comes back for these bytes, until the server closes. */
function raw(text: string, port = world.port('http')): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: world.node, port })
    let answer = ''
    socket.on('data', (data: Buffer) => {
      answer += data.toString('latin1')
      if (/connection: keep-alive/i.test(answer)) socket.destroy()
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
    socket.write(text)
  })
}

const HOST = 'Host: bare.bar.com\r\n'
test.each<[string, string, RegExp]>([
  [
    'Content-Length and Transfer-Encoding',
    `POST / HTTP/1.1\r\n${HOST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    /^HTTP\/1\.1 400 /,
  ],
  [
    'two lengths that differ',
    `POST / HTTP/1.1\r\n${HOST}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde`,
    /^HTTP\/1\.1 400 /,
  ],
  [
    'two lengths that agree',
    `POST / HTTP/1.1\r\n${HOST}Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd`,
    /^HTTP\/1\.1 400 /,
  ],
  ['a folded header', `GET / HTTP/1.1\r\n${HOST}X: a\r\n b\r\n\r\n`, /^HTTP\/1\.1 400 /],
  ['a blank before the colon', `GET / HTTP/1.1\r\n${HOST}X : a\r\n\r\n`, /^HTTP\/1\.1 400 /],
  // The redirect needs no body; the rest is beyond reading.
  [
    'a broken chunk',
    `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
    /^HTTP\/1\.1 308 [\s\S]*\r\nHTTP\/1\.1 400 [\s\S]*Connection: close/,
  ],
  [
    'another coding',
    `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip\r\n\r\n`,
    /^HTTP\/1\.1 501 [\s\S]*501 Not Implemented/,
  ],
  ['no host', 'GET / HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['two hosts', `GET / HTTP/1.1\r\n${HOST}Host: b\r\n\r\n`, /^HTTP\/1\.1 400 /],
  [
    'one header too long',
    `GET / HTTP/1.1\r\n${HOST}X: ${'a'.repeat(9000)}\r\n\r\n`,
    /^HTTP\/1\.1 400 [\s\S]*Request Header Or Cookie Too Large/,
  ],
  [
    'headers without end',
    `GET / HTTP/1.1\r\n${HOST}${`X: ${'a'.repeat(4000)}\r\n`.repeat(20)}\r\n`,
    /^HTTP\/1\.1 400 [\s\S]*Request Header Or Cookie Too Large/,
  ],
  [
    'a line too long',
    `GET /${'a'.repeat(9000)} HTTP/1.1\r\n${HOST}\r\n`,
    /^HTTP\/1\.1 414 [\s\S]*414 Request-URI Too Large/,
  ],
  ['another version', `GET / HTTP/3.0\r\n${HOST}\r\n`, /^HTTP\/1\.1 505 /],
  ['CONNECT', `CONNECT bare.bar.com:443 HTTP/1.1\r\n${HOST}\r\n`, /^HTTP\/1\.1 405 [\s\S]*405 Not Allowed/],
  ['TRACE', `TRACE / HTTP/1.1\r\n${HOST}\r\n`, /^HTTP\/1\.1 405 /],
  ['an asterisk', `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, /^HTTP\/1\.1 400 /],
  [
    'the absolute form: its host counts',
    'GET http://foo.bar.com/x HTTP/1.1\r\nHost: nobody.test\r\n\r\n',
    /^HTTP\/1\.1 308 [\s\S]*Location: https:\/\/nobody\.test\/x\r/,
  ],
])('%s', async (_what, request, answer) => {
  expect(await raw(request)).toMatch(answer)
  // The controller stays up, and other hosts are served.
  expect(await raw('GET / HTTP/1.1\r\nHost: nobody.test\r\n\r\n')).toMatch(/^HTTP\/1\.1 404 /)
})

test('property: what is no greeting is broken or not complete, and never more than that', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const made = readGreeting(
        Buffer.from([22, 3, 1, 0, bytes.length, 1, 0, 0, Math.max(0, bytes.length - 4), ...bytes]),
      )
      expect(typeof made === 'string' || typeof made.serverName === 'string').toBe(true)
    }),
  )
})

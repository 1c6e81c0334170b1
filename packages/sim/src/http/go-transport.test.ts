// The API server's transport against servers that speak bytes: bodies as they come, and failures in Go's words.

import type { BackendRequest } from '@podwire/apiserver'
import { Engine, SECOND, VirtualTimeDriver } from '@podwire/engine'
import { expect, test } from 'vitest'
import { createFabric, type NetworkNamespace, type TcpSocket } from '../fabric/index.ts'
import { sendBackendRequest } from './go-transport.ts'
import { serveHttp } from './server.ts'

const IP = '10.244.0.3'

interface Heard {
  readonly log: string[]
}

function world() {
  const engine = new Engine()
  const fabric = createFabric({ engine })
  const client = fabric.addNode({ name: 'node-1', addresses: ['172.18.0.2'], podCidrs: ['10.244.0.0/24'] })
  const server = fabric.addPod('node-1', 'default/server', [IP])
  return { fabric, driver: new VirtualTimeDriver(engine), client, server }
}

/** Sends one request and its body, and writes down what comes back. */
function send(
  network: NetworkNamespace,
  scheme: 'http' | 'https',
  request: Partial<BackendRequest> = {},
  body: readonly string[] = [],
  address = IP,
): Heard {
  const log: string[] = []
  const stream = sendBackendRequest(
    network,
    { scheme, address, port: 80 },
    { method: 'GET', target: '/', headers: [['Host', 'h']], ...request },
    {
      head: (code, reason, headers) => log.push(`${code} ${reason} ${headers.map(([name]) => name).join(' ')}`.trim()),
      data: (bytes) => log.push(`data ${Buffer.from(bytes).toString('latin1')}`),
      end: () => log.push('end'),
      error: (message) => log.push(`error ${message}`),
    },
  )
  for (const part of body) stream.write(Buffer.from(part))
  stream.end()
  return { log }
}

function serveBytes(network: NetworkNamespace, onConnection: (socket: TcpSocket) => void): void {
  network.listenTcp(80, onConnection)
}

test.each<[string, string, readonly string[]]>([
  ['in one piece', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi', ['200 OK Content-Length', 'data hi', 'end']],
  [
    'in chunks',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n',
    ['200 OK Transfer-Encoding', 'data h', 'data i', 'end'],
  ],
  ['until the end', 'HTTP/1.1 404 \r\n\r\nhi', ['404 Not Found', 'data hi', 'end']],
  ['after a 100', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n', ['204 No Content', 'end']],
  [
    'cut off',
    'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi',
    ['200 OK Content-Length', 'data hi', 'error unexpected EOF'],
  ],
  ['nothing', '', ['error EOF']],
  [
    'another protocol',
    'SSH-2.0-OpenSSH\r\n',
    ['error net/http: HTTP/1.x transport connection broken: malformed HTTP response "SSH-2.0-OpenSSH"'],
  ],
])('an answer: %s', async (_what, answer, expected) => {
  const { driver, client, server } = world()
  serveBytes(server, (socket) => {
    socket.onData = () => {
      if (answer !== '') socket.write(Buffer.from(answer))
      socket.end()
    }
  })
  const { log } = send(client, 'http')
  await driver.settle()
  expect(log).toEqual(expected)
})

test('a reset, a refusal, an address nobody has, and one that is a name', async () => {
  const { driver, client, server } = world()
  expect(send(client, 'http', {}, [], 'node-9').log).toEqual(['error dial tcp: lookup node-9: no such host'])
  const refused = send(client, 'http')
  const gone = send(client, 'http', {}, [], '172.18.0.9')
  await driver.settle()
  expect(refused.log).toEqual([`error dial tcp ${IP}:80: connect: connection refused`])
  expect(gone.log).toEqual(['error dial tcp 172.18.0.9:80: connect: no route to host'])
  serveBytes(server, (socket) => {
    socket.onData = () => socket.destroy()
  })
  const reset = send(client, 'http')
  await driver.settle()
  expect(reset.log).toEqual([
    expect.stringMatching(/^error read tcp \S+->10\.244\.0\.3:80: read: connection reset by peer$/),
  ])
})

test('a body of unknown length goes in chunks', async () => {
  const { driver, client, server } = world()
  let seen = ''
  serveHttp(server, 80, ({ method, body }) => {
    seen = `${method} ${Buffer.from(body).toString()}`
    return { status: 200, reason: '', headers: [], body: new Uint8Array() }
  })
  const headers = [
    ['Host', 'h'],
    ['Transfer-Encoding', 'chunked'],
  ] as const
  const { log } = send(client, 'http', { method: 'POST', headers }, ['one ', 'two'])
  await driver.settle()
  expect([seen, log]).toEqual(['POST one two', ['200 OK Content-Length', 'end']])
})

test('TLS: a server that has it, one that has not, and one that says nothing', async () => {
  const { driver, client, server } = world()
  const listener = serveHttp(
    server,
    80,
    (_request, peer) => ({ status: 200, reason: '', headers: [], body: Buffer.from(peer.certificate ?? 'nobody') }),
    { tls: true },
  )
  const secured = send(client, 'https')
  await driver.settle()
  expect(secured.log).toEqual(['200 OK Content-Length', 'data nobody', 'end'])
  listener.close()
  serveBytes(server, (socket) => {
    socket.onData = () => socket.write(Buffer.from('220 mail\r\n'))
  })
  const mail = send(client, 'https')
  await driver.settle()
  expect(mail.log).toEqual(['error tls: first record does not look like a TLS handshake'])
})

test('TLS: a server that says nothing is given up after ten seconds', async () => {
  const { driver, client, server } = world()
  serveBytes(server, () => {})
  const { log } = send(client, 'https')
  await driver.advance(11 * SECOND)
  expect(log).toEqual(['error net/http: TLS handshake timeout'])
})

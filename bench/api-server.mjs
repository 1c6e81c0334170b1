// The server process of the HTTP cases: podwire's API server, fastify alone sending the very same bytes, bare sockets, or podwire's
// with nothing in it, weighed. Told which by its first argument; says its port and serves until it is killed.

import { randomBytes } from 'node:crypto'
import { createSecureServer } from 'node:http2'
import { createServer } from 'node:net'
import { examples, LIST_SIZE, TOKEN } from './api-examples.mjs'

/** @param secure with a certificate of its own, so that clients may speak HTTP/2 */
async function openDoor(fill, secure = false) {
  const { createApiServer, loadHttpDoor } = await import('@podwire/apiserver')
  const { Engine, RealTimeDriver } = await import('@podwire/engine')
  const engine = new Engine({ seed: 1, epochMs: Date.now() })
  const server = createApiServer({ engine })
  server.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } })
  fill(server)
  const door = await loadHttpDoor()
  const tls = secure ? { tls: await door.createServerCertificates({ nowMs: Date.now(), randomBytes }) } : {}
  return door.startHttpServer({
    engine,
    driver: new RealTimeDriver(engine),
    handler: server.requestHandler,
    resources: () => server.registry.all(),
    kubernetesVersion: 'v1.36.2',
    token: TOKEN,
    ...tls,
  })
}

async function servePodwireSecurely() {
  const { port } = await openDoor(() => {}, true)
  process.send({ port })
}

/** Bare node:http2: what asks for `/send` has one buffer of a watch event's size sent to all other streams. */
async function serveStreams() {
  const { loadHttpDoor } = await import('@podwire/apiserver')
  const { createServerCertificates } = await loadHttpDoor()
  const { key, certificate } = await createServerCertificates({ nowMs: Date.now(), randomBytes })
  const event = Buffer.alloc(600, 'x')
  const open = new Set()
  const server = createSecureServer({ key, cert: certificate })
  server.on('stream', (stream, { ':path': path }) => {
    stream.on('error', () => open.delete(stream))
    stream.respond({ ':status': 200 })
    if (path !== '/send') return void open.add(stream)
    for (const other of open) other.write(event)
    stream.end()
  })
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
}

async function servePodwire() {
  const { port } = await openDoor((server) => {
    for (let i = 0; i < LIST_SIZE; i++) server.apply(examples.pod(`web-${i}`))
    server.apply(examples.service('web'))
  })
  process.send({ port })
}

/** @param answers what to send: `GET path` → { code, body } */
async function serveFastify(answers) {
  const { default: fastify } = await import('fastify')
  const app = fastify({ logger: false, bodyLimit: 3 * 1024 * 1024 })
  for (const [route, { code, body }] of Object.entries(answers)) {
    const [method, path] = route.split(' ')
    const handler = (_request, reply) => reply.code(code).header('content-type', 'application/json').send(body)
    app.route({ method, url: path, handler })
  }
  await app.listen({ host: '127.0.0.1', port: 0 })
  process.send({ port: app.server.address().port })
}

/** A server of bare sockets: `hello` is answered, `send` sends one buffer of a watch event's size to all that said hello. */
function serveSockets() {
  const event = Buffer.alloc(600, 'x')
  const greeted = new Set()
  const server = createServer((socket) => {
    socket.on('error', () => greeted.delete(socket))
    socket.on('close', () => greeted.delete(socket))
    socket.on('data', (data) => {
      if (data.toString() === 'send') {
        for (const other of greeted) other.write(event)
        return
      }
      greeted.add(socket)
      socket.write('welcome')
    })
  })
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
}

async function weighIdle() {
  const before = process.memoryUsage.rss()
  const { port } = await openDoor(() => {})
  await new Promise((resolve) => setTimeout(resolve, 500))
  process.send({ port, addedBytes: process.memoryUsage.rss() - before })
}

// Nobody is left to kill it: the bench has ended.
process.on('disconnect', () => process.exit(0))

const kind = process.argv[2]
if (kind === 'podwire') await servePodwire()
else if (kind === 'podwire-tls') await servePodwireSecurely()
else if (kind === 'streams') await serveStreams()
else if (kind === 'idle') await weighIdle()
else if (kind === 'sockets') serveSockets()
else process.once('message', (answers) => void serveFastify(answers))

// The server process of the HTTP cases: podwire's API server, or fastify alone sending the very same bytes. Told which by its first
// argument; says its port and, for podwire, the bytes of its answers, and serves until it is killed.

import { createApiServer, loadHttpDoor } from '@podwire/apiserver'
import { Engine, RealTimeDriver } from '@podwire/engine'
import fastify from 'fastify'
import { examples, LIST_SIZE, TOKEN } from './api-examples.mjs'

async function servePodwire() {
  const engine = new Engine({ seed: 1, epochMs: Date.now() })
  const server = createApiServer({ engine })
  server.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } })
  for (let i = 0; i < LIST_SIZE; i++) server.apply(examples.pod(`web-${i}`))
  server.apply(examples.service('web'))
  const door = await loadHttpDoor()
  const http = await door.startHttpServer({
    engine,
    driver: new RealTimeDriver(engine),
    handler: server.requestHandler,
    resources: () => server.registry.all(),
    kubernetesVersion: 'v1.36.2',
    token: TOKEN,
  })
  process.send({ port: http.port })
}

/** @param answers what to send: path or `POST path` → { code, body } */
async function serveFastify(answers) {
  const app = fastify({ logger: false, bodyLimit: 3 * 1024 * 1024 })
  for (const [route, { code, body }] of Object.entries(answers)) {
    const [method, path] = route.split(' ')
    app.route({
      method,
      url: path,
      handler: (_request, reply) => reply.code(code).header('content-type', 'application/json').send(body),
    })
  }
  await app.listen({ host: '127.0.0.1', port: 0 })
  process.send({ port: app.server.address().port })
}

if (process.argv[2] === 'podwire') await servePodwire()
else process.once('message', (answers) => serveFastify(answers))

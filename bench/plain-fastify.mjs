// fastify alone, answering one body to everything: what a door is compared with. Told the body, and a certificate for https.

import fastify from 'fastify'

process.once('disconnect', () => process.exit())
process.once('message', async ({ body, tls }) => {
  const app = fastify({ logger: false, ...(tls === undefined ? {} : { https: tls }) })
  app.get('/', (_request, reply) => reply.header('content-type', 'text/plain; charset=utf-8').send(body))
  await app.listen({ host: '127.0.0.1', port: 0 })
  process.send({ port: app.server.address().port })
})

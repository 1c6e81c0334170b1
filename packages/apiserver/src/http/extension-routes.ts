// Routes beside the Kubernetes API, for tools of the program that embeds the server (`podwire exec`). Administrators only;
// JSON in, JSON out.

import type { FastifyInstance } from 'fastify'
import { ANONYMOUS_USER, authenticate, SYSTEM_MASTERS, type Authenticator } from './authentication.ts'
import { certificateOf } from './client-certificate.ts'
import type { ExtensionRoute } from './extension-route.ts'

export function addExtensionRoutes(
  app: FastifyInstance,
  routes: ReadonlyMap<string, ExtensionRoute>,
  authenticator: Authenticator,
): void {
  const context = { authenticator, anonymous: ANONYMOUS_USER }
  for (const [path, handle] of routes) {
    app.post(path, async (request, reply) => {
      try {
        const user = authenticate({ headers: request.headers, certificate: certificateOf(request.raw.socket) }, context)
        if (!user.groups.includes(SYSTEM_MASTERS))
          return await reply.code(403).send({ error: 'only administrators may do this' })
        const text = Buffer.isBuffer(request.body) ? request.body.toString('utf8') : ''
        return await reply.send(await handle(JSON.parse(text)))
      } catch (error) {
        return reply.code(400).send({ error: error instanceof Error ? error.message : String(error) })
      }
    })
  }
}

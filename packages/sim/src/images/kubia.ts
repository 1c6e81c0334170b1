// luksa/kubia, kubia/manual: the course's app. Node's http server on 8080 says which pod was hit, and logs each request.
// Source: Kubernetes in Action (app.js of kubia and kubia-unhealthy). Node as pid 1 has no SIGTERM handler, so deleting such
// a pod takes its whole grace period, as it does for real.

import type { HttpResponse } from '../http/message.ts'
import { startHttpProgram } from './http-program.ts'
import type { ContainerContext, Image } from './image.ts'
import { UNHANDLED_AS_PID_1 } from './program.ts'
import { httpDate, textResponse } from './responses.ts'

/** What Node's http server adds when the handler set no headers. */
function nodeResponse(context: ContainerContext, status: number, text: string): HttpResponse {
  return textResponse(status, text, [
    ['Date', httpDate(context.engine.clock)],
    ['Connection', 'keep-alive'],
    ['Keep-Alive', 'timeout=5'],
    ['Transfer-Encoding', 'chunked'],
  ])
}

interface Variant {
  readonly name: string
  readonly aliases: readonly string[]
  readonly respond: (context: ContainerContext, requestNumber: number) => HttpResponse
}

function kubiaImage({ name, aliases, respond }: Variant): Image {
  return {
    name,
    aliases,
    entrypoint: ['node', 'app.js'],
    ports: [8080],
    libc: 'glibc',
    environment: new Map([['NODE_VERSION', '7.9.0']]),
    files: new Map([['/app.js', `// ${name}: podwire runs this program itself.\n`]]),
    start: (context) => {
      let requests = 0
      context.stdout('Kubia server starting...\n')
      return startHttpProgram(context, {
        ports: [8080],
        signals: UNHANDLED_AS_PID_1,
        handler: (_request, peer) => {
          requests++
          context.stdout(`Received request from ::ffff:${peer.address}\n`)
          return respond(context, requests)
        },
      })
    },
  }
}

const hit = (context: ContainerContext): HttpResponse => nodeResponse(context, 200, `You've hit ${context.hostname}\n`)

export const kubia = kubiaImage({
  name: 'luksa/kubia',
  aliases: ['kubia', 'kubia/manual', 'kubia-manual'],
  respond: hit,
})

export const kubiaUnhealthy = kubiaImage({
  name: 'luksa/kubia-unhealthy',
  aliases: ['kubia-unhealthy'],
  respond: (context, requestNumber) =>
    requestNumber > 5 ? nodeResponse(context, 500, "I'm not well. Please restart me!\n") : hit(context),
})

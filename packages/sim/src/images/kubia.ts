// luksa/kubia, kubia/manual: the course's app. Node's http server on 8080 says which pod was hit, and logs each request.
// Source: Kubernetes in Action (app.js of kubia and kubia-unhealthy). Node as pid 1 has no SIGTERM handler, so deleting such
// a pod takes its whole grace period, as it does for real.

import type { HeaderList, HttpResponse } from '../http/message.ts'
import { startHttpProgram } from './http-program.ts'
import { parseImageName } from './image-name.ts'
import type { ContainerContext, Image } from './image.ts'
import { mappedPeer } from './peer-address.ts'
import { UNHANDLED_AS_PID_1 } from './program.ts'
import { httpDate, textResponse } from './responses.ts'

type Responder = () => HttpResponse

/** With what Node's http server adds when the handler set no headers. The answer is the same value for a whole second. */
function nodeResponder(context: ContainerContext, status: number, text: string): Responder {
  let date = ''
  let response = textResponse(status, text, [])
  return () => {
    const now = httpDate(context.engine.clock)
    if (now === date) return response
    date = now
    response = textResponse(status, text, [['Date', date], ...KEPT_ALIVE])
    return response
  }
}

const KEPT_ALIVE: HeaderList = [
  ['Connection', 'keep-alive'],
  ['Keep-Alive', 'timeout=5'],
  ['Transfer-Encoding', 'chunked'],
]

interface Variant {
  readonly name: string
  readonly aliases: readonly string[]
  readonly responder: (context: ContainerContext) => (requestNumber: number) => HttpResponse
}

function kubiaImage({ name, aliases, responder }: Variant): Image {
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
      const respond = responder(context)
      let lastPeer = ''
      let lastLine = ''
      context.stdout('Kubia server starting...\n')
      return startHttpProgram(context, {
        ports: [8080],
        signals: UNHANDLED_AS_PID_1,
        handler: (_request, peer) => {
          requests++
          if (peer.address !== lastPeer) {
            lastPeer = peer.address
            lastLine = `Received request from ${mappedPeer(lastPeer)}\n`
          }
          context.stdout(lastLine)
          return respond(requests)
        },
      })
    },
  }
}

const hit = (context: ContainerContext): Responder => nodeResponder(context, 200, `You've hit ${context.hostname}\n`)

/** Versions 1 to 4 of the rolling update chapter say which they are; 3 breaks at its fifth request. */
function versioned(context: ContainerContext): (requestNumber: number) => HttpResponse {
  const version = /^v[1-4]$/.exec(tagOf(context))?.[0]
  if (version === undefined) return hit(context)
  const well = nodeResponder(context, 200, `This is ${version} running in pod ${context.hostname}\n`)
  if (version !== 'v3') return well
  const broken = nodeResponder(context, 500, `Some internal error has occurred! This is pod ${context.hostname}\n`)
  return (requestNumber) => (requestNumber >= 5 ? broken() : well())
}

function tagOf({ pod, containerName }: ContainerContext): string {
  const { containers, initContainers = [] } = pod.spec
  const image = [...containers, ...initContainers].find(({ name }) => name === containerName)?.image ?? ''
  return parseImageName(image)?.tag ?? ''
}

export const kubia = kubiaImage({
  name: 'luksa/kubia',
  aliases: ['kubia', 'kubia/manual', 'kubia-manual'],
  responder: versioned,
})

export const kubiaUnhealthy = kubiaImage({
  name: 'luksa/kubia-unhealthy',
  aliases: ['kubia-unhealthy'],
  responder: (context) => {
    const well = hit(context)
    const unwell = nodeResponder(context, 500, "I'm not well. Please restart me!\n")
    return (requestNumber) => (requestNumber > 5 ? unwell() : well())
  },
})

// The image nobody registered: it listens on the ports its container declares and answers HTTP, datagrams and SCTP messages with its
// own name, so that manifests of unknown software can be routed to. Strict clusters refuse such images instead (ImagePullBackOff).

import { SocketError } from '../fabric/network.ts'
import { serveHttp } from '../http/index.ts'
import type { ContainerContext, Image } from './image.ts'
import { DEFAULT_SIGNALS, takesSignals } from './program.ts'
import { httpDate, textResponse } from './responses.ts'

export function genericImage(name: string): Image {
  return {
    name,
    entrypoint: [],
    ports: [],
    libc: 'glibc',
    start: (context) => {
      const container = [...context.pod.spec.containers, ...(context.pod.spec.initContainers ?? [])].find(
        (one) => one.name === context.containerName,
      )
      for (const { containerPort, protocol = 'TCP' } of container?.ports ?? []) {
        try {
          if (protocol === 'TCP') serveTcp(context, name, containerPort)
          else if (protocol === 'UDP') serveUdp(context, name, containerPort)
          else serveSctp(context, name, containerPort)
        } catch (error) {
          if (!(error instanceof SocketError)) throw error
          context.stderr(`port ${containerPort}: ${error.code}\n`)
          context.exit(1)
          return { signal: () => undefined }
        }
      }
      return takesSignals(context, DEFAULT_SIGNALS)
    },
  }
}

function answer(context: ContainerContext, name: string): string {
  return `${name} ${context.hostname}\n`
}

function serveTcp(context: ContainerContext, name: string, port: number): void {
  serveHttp(context.network, port, () =>
    textResponse(200, answer(context, name), [
      ['Content-Type', 'text/plain; charset=utf-8'],
      ['Date', httpDate(context.engine.clock)],
      ['Content-Length', String(Buffer.byteLength(answer(context, name), 'utf8'))],
    ]),
  )
}

function serveUdp(context: ContainerContext, name: string, port: number): void {
  const socket = context.network.bindUdp(port)
  socket.onMessage = (_data, from) => void socket.send(Buffer.from(answer(context, name), 'utf8'), from)
}

function serveSctp(context: ContainerContext, name: string, port: number): void {
  context.network.listenSctp(port, (socket) => {
    socket.onMessage = () => socket.send(Buffer.from(answer(context, name), 'utf8'))
  })
}

// agnhost netexec: an HTTP server (8080) and a UDP server (8081) that tests talk to and make talk to others.
// Source: kubernetes test/images/agnhost/netexec. Not simulated: /shell, /upload, SCTP and TLS, which answer 501.

import { MILLISECOND, SECOND } from '@podwire/engine'
import type { SocketAddress } from '../../fabric/network.ts'
import { headerValue, type HttpHandler, type HttpRequest, type HttpResponse } from '../../http/message.ts'
import { dial } from './dial.ts'
import { flagValue } from '../flags.ts'
import { startHttpProgram } from '../http-program.ts'
import type { ContainerContext, RunningProgram } from '../image.ts'
import { goResponse, httpDate, pathOf, queryOf, textResponse } from '../responses.ts'

export function startNetexec(context: ContainerContext): RunningProgram {
  const { clock } = context.engine
  const httpPort = Number(flagValue(context.command, 'http-port') ?? '8080')
  const udpPort = Number(flagValue(context.command, 'udp-port') ?? '8081')
  let terminating = false
  if (udpPort > 0) serveUdp(context, udpPort)
  const handler: HttpHandler = (request, peer) => {
    const path = pathOf(request.target)
    if (path === '/healthz') return goResponse(clock, udpPort > 0 ? 200 : 412, '')
    if (path === '/readyz') return goResponse(clock, terminating ? 503 : 200, '')
    return answer(context, path, request, peer)
  }
  const program = startHttpProgram(context, { ports: [httpPort], signals: {}, handler })
  const delay = Number(flagValue(context.command, 'delay-shutdown') ?? '0')
  return {
    signal: (signal) => {
      if (signal !== 'SIGTERM') program.signal(signal)
      else if (delay > 0) {
        terminating = true
        context.engine.schedule(delay * SECOND, 'netexec shutdown', () => context.exit(0))
      } else context.exit(0)
    },
  }
}

function answer(
  context: ContainerContext,
  path: string,
  request: HttpRequest,
  peer: SocketAddress,
): HttpResponse | Promise<HttpResponse> {
  const { clock } = context.engine
  const query = queryOf(request.target)
  switch (path) {
    case '/':
      return goResponse(clock, 200, `NOW: ${new Date(clock.wallTimeMs()).toISOString()}`)
    case '/hostname':
    case '/hostName':
      return goResponse(clock, 200, context.hostname)
    case '/clientip':
      return goResponse(clock, 200, `${peer.address}:${peer.port}`)
    case '/header':
      return goResponse(clock, 200, headerValue(request.headers, query.get('key') ?? '') ?? '')
    case '/echo':
      return goResponse(clock, Number(query.get('code') ?? '200') || 200, query.get('msg') ?? '')
    case '/redirect': {
      const location = query.get('location') ?? ''
      const status = Number(query.get('code') ?? '302') || 302
      return textResponse(status, '', [
        ['Location', location],
        ['Date', httpDate(clock)],
        ['Content-Length', '0'],
      ])
    }
    case '/dial':
      return dial(context, query)
    case '/exit':
      return exitLater(context, Number(query.get('code') ?? '0'), query.get('timeout'))
    case '/shutdown':
      return exitLater(context, 0, null)
    case '/shell':
    case '/upload':
      return goResponse(clock, 501, `podwire does not simulate netexec${path}\n`)
    default:
      return goResponse(clock, 404, '404 page not found\n')
  }
}

function exitLater(context: ContainerContext, code: number, timeout: string | null): HttpResponse {
  const seconds = Number((timeout ?? '0').replace(/s$/, '')) || 0
  context.engine.schedule(Math.max(seconds * SECOND, MILLISECOND), 'netexec exit', () => context.exit(code))
  return goResponse(context.engine.clock, 200, '')
}

/** `hostname`, `echo X`, `clientip`; other datagrams get no answer. */
function serveUdp(context: ContainerContext, port: number): void {
  const socket = context.network.bindUdp(port)
  socket.onMessage = (data, from) => {
    const text = Buffer.from(data).toString('utf8').trim()
    const [command = ''] = text.split(' ', 1)
    let answer: string | undefined
    if (command.toLowerCase() === 'hostname') answer = context.hostname
    else if (command.toLowerCase() === 'echo') answer = text.slice(5)
    else if (command.toLowerCase() === 'clientip') answer = `${from.address}:${from.port}`
    if (answer !== undefined) socket.send(Buffer.from(answer, 'utf8'), from)
  }
}

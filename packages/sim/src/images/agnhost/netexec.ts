// agnhost netexec: an HTTP server (8080) and a UDP server (8081) that tests talk to and make talk to others.
// Source: kubernetes test/images/agnhost/netexec. Not simulated: /shell, /upload, SCTP and TLS, which answer 501.

import { MILLISECOND, SECOND } from '@podwire/engine'
import { SocketError } from '../../fabric/network.ts'
import { HttpError, sendHttp } from '../../http/index.ts'
import { headerValue, type HttpHandler, type HttpResponse } from '../../http/message.ts'
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
      case '/healthz':
        return goResponse(clock, udpPort > 0 ? 200 : 412, '')
      case '/readyz':
        return goResponse(clock, terminating ? 503 : 200, '')
      case '/echo':
        return goResponse(clock, Number(query.get('code') ?? '200') || 200, query.get('msg') ?? '')
      case '/redirect': {
        const location = query.get('location') ?? ''
        const status = Number(query.get('code') ?? '302') || 302
        return textResponse(status, '', [['Location', location], ['Date', httpDate(clock)], ['Content-Length', '0']])
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

/** Asks other servers and reports: `{"responses":[…]}`, `{"errors":[…]}`. */
async function dial(context: ContainerContext, query: URLSearchParams): Promise<HttpResponse> {
  const { clock } = context.engine
  const host = query.get('host') ?? ''
  const port = Number(query.get('port') ?? '0')
  const request = query.get('request') ?? ''
  const protocol = query.get('protocol') ?? 'http'
  if (protocol !== 'http' && protocol !== 'udp') {
    return goResponse(clock, 501, `podwire does not simulate dialling ${protocol}\n`)
  }
  const responses: string[] = []
  const errors: string[] = []
  const found = /^[0-9.]+$|:/.test(host) ? { addresses: [host] } : await context.resolver.lookup(host)
  const address = 'addresses' in found ? found.addresses[0] : undefined
  const tries = Number(query.get('tries') ?? '1')
  for (let round = 0; round < tries; round++) {
    if (address === undefined) errors.push(`lookup ${host}: no such host`)
    else {
      const answer = protocol === 'http' ? await dialHttp(context, address, port, request) : await dialUdp(context, address, port, request)
      ;('text' in answer ? responses : errors).push('text' in answer ? answer.text : answer.error)
    }
  }
  const body = { ...(responses.length > 0 ? { responses } : {}), ...(errors.length > 0 ? { errors } : {}) }
  return goResponse(clock, 200, JSON.stringify(body))
}

type DialAnswer = { readonly text: string } | { readonly error: string }

async function dialHttp(context: ContainerContext, address: string, port: number, path: string): Promise<DialAnswer> {
  try {
    const response = await sendHttp(context.network, { address, port, host: `${address}:${port}`, target: `/${path}`, timeoutUs: 5 * SECOND })
    return { text: Buffer.from(response.body).toString('utf8') }
  } catch (error) {
    if (!(error instanceof SocketError) && !(error instanceof HttpError)) throw error
    const why = error instanceof SocketError ? error.code : 'EOF'
    return { error: `Get "http://${address}:${port}/${path}": ${why}` }
  }
}

function dialUdp(context: ContainerContext, address: string, port: number, text: string): Promise<DialAnswer> {
  const { promise, resolve } = context.engine.deferred<DialAnswer>()
  const socket = context.network.bindUdp(0)
  const done = (answer: DialAnswer): void => {
    context.engine.cancel(timer)
    socket.close()
    resolve(answer)
  }
  const timer = context.engine.schedule(5 * SECOND, 'netexec dial', () => done({ error: `reading from udp connection failed. err:'read udp ${address}:${port}: i/o timeout'` }))
  socket.onMessage = (data) => done({ text: Buffer.from(data).toString('utf8') })
  socket.onError = (error) => done({ error: `reading from udp connection failed. err:'${error.code}'` })
  socket.send(Buffer.from(text, 'utf8'), { address, port })
  return promise
}

// agnhost netexec: an HTTP server (8080), a UDP server (8081) and, with --sctp-port, an SCTP server that tests talk to and make talk
// to others. Source: kubernetes test/images/agnhost/netexec. Not simulated: --http-override.

import { MILLISECOND, SECOND } from '@podwire/engine'
import { whileHeld } from '../../http/index.ts'
import {
  headerValue,
  type HttpHandler,
  type HttpPeer,
  type HttpRequest,
  type HttpResponse,
} from '../../http/message.ts'
import { flagValue } from '../flags.ts'
import { startHttpProgram } from '../http-program.ts'
import type { ContainerContext, RunningProgram } from '../image.ts'
import { goResponse, httpDate, pathOf, queryOf, textResponse } from '../responses.ts'
import { dial } from './dial.ts'
import { goDuration, goLog, goTime } from './go-text.ts'
import { answerLine } from './netexec-commands.ts'
import { serveSctp } from './netexec-sctp.ts'

export function startNetexec(context: ContainerContext): RunningProgram {
  const { clock } = context.engine
  const { command } = context
  const httpPort = Number(flagValue(command, 'http-port') ?? '8080')
  const udpPort = Number(flagValue(command, 'udp-port') ?? '8081')
  const sctpPort = Number(flagValue(command, 'sctp-port') ?? '-1')
  let terminating = false
  if (udpPort > 0) serveUdp(context, udpPort)
  if (sctpPort > 0 && !serveSctp(context, sctpPort)) return { signal: () => undefined }
  const handler: HttpHandler = (request, peer) => {
    const path = pathOf(request.target)
    goLog(context, `GET ${request.target}`)
    if (path === '/healthz') return goResponse(clock, udpPort > 0 || sctpPort > 0 ? 200 : 412, '')
    if (path === '/readyz') return goResponse(clock, terminating ? 503 : 200, '')
    return answer(context, path, request, peer)
  }
  goLog(context, `Started HTTP server on port ${httpPort}`)
  const tls = (flagValue(command, 'tls-cert-file') ?? '') !== ''
  const program = startHttpProgram(context, { ports: [httpPort], signals: {}, handler, tls })
  const delay = Number(flagValue(command, 'delay-shutdown') ?? '0')
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
  peer: HttpPeer,
): HttpResponse | Promise<HttpResponse> {
  const { clock } = context.engine
  const query = queryOf(request.target)
  switch (path) {
    case '/hostname':
    case '/hostName':
      return goResponse(clock, 200, context.hostname)
    case '/clientip':
      return goResponse(clock, 200, `${peer.address}:${peer.port}`)
    case '/header':
      return goResponse(clock, 200, headerValue(request.headers, query.get('key') ?? '') ?? '')
    case '/echo':
      return echo(context, query)
    case '/redirect':
      return textResponse(Number(query.get('code') ?? '302') || 302, '', [
        ['Location', query.get('location') ?? ''],
        ['Date', httpDate(clock)],
        ['Content-Length', '0'],
      ])
    case '/dial':
      return dial(context, query)
    case '/exit':
      return exit(context, query)
    case '/shutdown':
      return exitAfter(context, 0, 0)
    case '/shell':
      return shell(context, query.get('shellCommand') ?? query.get('cmd') ?? '')
    case '/upload':
      return upload(context, request)
    default:
      // The root handler of a Go mux takes every path nobody else takes.
      return goResponse(clock, 200, `NOW: ${goTime(clock)}`)
  }
}

function echo({ engine }: ContainerContext, query: URLSearchParams): HttpResponse {
  const code = query.get('code') ?? ''
  if (code !== '' && !/^[+-]?\d+$/.test(code)) {
    const quoted = JSON.stringify(code)
    return goResponse(engine.clock, 200, `argument 'code' must be an integer or empty, got ${quoted}\n`)
  }
  return goResponse(engine.clock, code === '' ? 200 : Number(code), query.get('msg') ?? '')
}

function exit(context: ContainerContext, query: URLSearchParams): HttpResponse | Promise<HttpResponse> {
  const { clock } = context.engine
  const text = (name: string): string => query.get(name) ?? ''
  for (const name of ['timeout', 'wait']) {
    if (text(name) === '' || goDuration(text(name)) !== undefined) continue
    const quoted = JSON.stringify(text(name))
    return goResponse(clock, 200, `argument '${name}' must be a valid golang duration or empty, got ${quoted}\n`)
  }
  if (text('code') !== '' && !/^[+-]?\d+$/.test(text('code'))) {
    const quoted = JSON.stringify(text('code'))
    return goResponse(clock, 200, `argument 'code' must be an integer [0-127] or empty, got ${quoted}\n`)
  }
  return exitAfter(context, Number(text('code')), goDuration(text('wait')) ?? 0)
}

/** It is gone before it could answer, except that somebody has to hear of the connection's end. */
async function exitAfter(context: ContainerContext, code: number, waitUs: number): Promise<HttpResponse> {
  await context.engine.sleep(Math.max(waitUs, MILLISECOND), 'netexec exit')
  context.exit(code)
  return goResponse(context.engine.clock, 200, '')
}

async function shell(context: ContainerContext, command: string): Promise<HttpResponse> {
  const { exitCode, output } = await context.exec(['/bin/sh', '-c', command])
  const result = {
    ...(output === '' ? {} : { output }),
    ...(exitCode === 0 ? {} : { error: `exit status ${exitCode}` }),
  }
  return goResponse(context.engine.clock, 200, JSON.stringify(result, ['error', 'output']))
}

/** A form with a file in it: kept under /uploads, under a name of its own. */
async function upload(context: ContainerContext, { headers, body }: HttpRequest): Promise<HttpResponse> {
  const { clock } = context.engine
  const form = new Response(Buffer.from(body), {
    headers: { 'content-type': headerValue(headers, 'content-type') ?? '' },
  })
  const content = await whileHeld(context.engine, async () => {
    try {
      const file = (await form.formData()).get('file')
      return file === null || typeof file === 'string' ? undefined : new Uint8Array(await file.arrayBuffer())
    } catch {
      // Not a form.
      return undefined
    }
  })
  if (content === undefined) return goResponse(clock, 200, JSON.stringify({ error: 'Unable to upload file.' }))
  const name = `/uploads/upload${context.random.integer(100_000_000, 999_999_999)}`
  context.files.makeDirectory('/uploads')
  context.files.write(name, content)
  return goResponse(clock, 200, JSON.stringify({ output: name }))
}

function serveUdp(context: ContainerContext, port: number): void {
  const socket = context.network.bindUdp(port)
  goLog(context, `Started UDP server on port  ${port}`)
  socket.onMessage = (data, from) => {
    const answer = answerLine(context, 'UDP', data, from)
    if (answer !== undefined) socket.send(answer, from)
  }
}

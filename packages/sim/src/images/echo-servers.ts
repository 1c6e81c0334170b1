// Small servers that say who answered and what they were asked: hashicorp/http-echo, traefik/whoami, ealen/echo-server and
// the echoserver of the Kubernetes documentation. Each keeps the parts of the real answer that do not depend on its host.

import { headerValue, type HttpRequest } from '../http/message.ts'
import { flagValue } from './flags.ts'
import { startHttpProgram } from './http-program.ts'
import type { ContainerContext, Image } from './image.ts'
import { mappedPeer } from './peer-address.ts'
import { GRACEFUL_SIGNALS, UNHANDLED_AS_PID_1 } from './program.ts'
import { goResponse, httpDate, pathOf, queryOf, textResponse } from './responses.ts'

function portOf(text: string | undefined, fallback: number): number {
  const port = Number((text ?? '').slice((text ?? '').lastIndexOf(':') + 1))
  return Number.isInteger(port) && port > 0 ? port : fallback
}

const title = (name: string): string => name.replaceAll(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())

export const httpEcho: Image = {
  name: 'hashicorp/http-echo',
  aliases: ['http-echo'],
  entrypoint: ['/http-echo'],
  ports: [5678],
  libc: 'musl',
  distroless: true,
  start: (context) => {
    const text = flagValue(context.command, 'text') ?? context.environment.get('ECHO_TEXT')
    if (text === undefined) {
      context.stderr('Missing -text option!\n')
      context.exit(127)
      return { signal: () => undefined }
    }
    const { clock } = context.engine
    return startHttpProgram(context, {
      ports: [portOf(flagValue(context.command, 'listen'), 5678)],
      signals: GRACEFUL_SIGNALS,
      handler: ({ target }) => {
        if (pathOf(target) === '/health') return goResponse(clock, 200, '{"status":"ok"}\n', 'application/json')
        const response = goResponse(clock, 200, `${text}\n`)
        return { ...response, headers: [['X-App-Name', 'http-echo'], ['X-App-Version', '1.0.0'], ...response.headers] }
      },
    })
  },
}

function whoamiText(context: ContainerContext, request: HttpRequest, remote: string): string {
  const name = context.environment.get('WHOAMI_NAME')
  const lines = name === undefined ? [] : [`Name: ${name}`]
  lines.push(`Hostname: ${context.hostname}`)
  for (const address of ['127.0.0.1', ...context.network.addresses.filter((ip) => ip !== '127.0.0.1')]) {
    lines.push(`IP: ${address}`)
  }
  lines.push(`RemoteAddr: ${remote}`, `${request.method} ${request.target} HTTP/${request.version}`)
  lines.push(`Host: ${headerValue(request.headers, 'host') ?? ''}`)
  const headers = request.headers
    .filter(([key]) => key.toLowerCase() !== 'host')
    .map(([key, value]) => `${title(key)}: ${value}`)
  lines.push(...headers.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)))
  return `${lines.join('\n')}\n\n`
}

export const whoami: Image = {
  name: 'traefik/whoami',
  aliases: ['containous/whoami', 'whoami'],
  entrypoint: ['/whoami'],
  ports: [80],
  libc: 'musl',
  distroless: true,
  start: (context) => {
    const { clock } = context.engine
    const port = portOf(flagValue(context.command, 'port') ?? context.environment.get('WHOAMI_PORT_NUMBER'), 80)
    return startHttpProgram(context, {
      ports: [port],
      signals: GRACEFUL_SIGNALS,
      handler: (request, peer) => {
        const path = pathOf(request.target)
        if (path === '/health') return goResponse(clock, 200, '')
        if (path === '/api') {
          const headers = Object.fromEntries(request.headers.map(([key, value]) => [title(key), [value]]))
          const body = {
            hostname: context.hostname,
            ip: context.network.addresses,
            headers,
            url: request.target,
            method: request.method,
          }
          return goResponse(clock, 200, `${JSON.stringify(body)}\n`, 'application/json')
        }
        return goResponse(clock, 200, whoamiText(context, request, `${peer.address}:${peer.port}`))
      },
    })
  },
}

export const echoServer: Image = {
  name: 'ealen/echo-server',
  aliases: ['echo-server'],
  entrypoint: ['docker-entrypoint.sh'],
  defaultArguments: ['node', 'webserver'],
  programNames: new Set(['node']),
  ports: [80],
  libc: 'musl',
  start: (context) =>
    startHttpProgram(context, {
      ports: [portOf(context.environment.get('PORT'), 80)],
      signals: UNHANDLED_AS_PID_1,
      handler: (request, peer) => {
        const query = queryOf(request.target)
        const host = headerValue(request.headers, 'host') ?? ''
        const body = JSON.stringify({
          host: { hostname: host.replace(/:\d+$/, ''), ip: mappedPeer(peer.address), ips: [] },
          http: { method: request.method, baseUrl: '', originalUrl: request.target, protocol: 'http' },
          request: {
            params: { 0: pathOf(request.target) },
            query: Object.fromEntries(query),
            cookies: {},
            body: Buffer.from(request.body).toString('utf8'),
            headers: Object.fromEntries(request.headers.map(([key, value]) => [key.toLowerCase(), value])),
          },
          environment: Object.fromEntries([...context.environment, ['HOSTNAME', context.hostname]]),
        })
        return textResponse(Number(query.get('echo_code') ?? '200') || 200, query.get('echo_body') ?? body, [
          ['Content-Type', 'application/json; charset=utf-8'],
          ['Content-Length', String(Buffer.byteLength(query.get('echo_body') ?? body, 'utf8'))],
          ['Date', httpDate(context.engine.clock)],
          ['Connection', 'keep-alive'],
          ['Keep-Alive', 'timeout=5'],
        ])
      },
    }),
}

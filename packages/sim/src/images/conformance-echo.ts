// The echo server of ingress-controller-conformance: tells as JSON what it was asked and who it is (namespace, Ingress, Service and
// pod from its environment). Its HTTPS port, which needs certificates in its environment, is not opened.
// Source: kubernetes-sigs/ingress-controller-conformance images/echoserver/echoserver.go.

import { goJson } from '@podwire/apiserver'
import { headerValue, type HttpRequest, type HttpResponse } from '../http/message.ts'
import { startHttpProgram } from './http-program.ts'
import type { ContainerContext, Image } from './image.ts'
import { GO_SIGNALS } from './program.ts'
import { goResponse, pathOf } from './responses.ts'

export const conformanceEcho: Image = {
  name: 'k8s-staging-ingressconformance/echoserver',
  aliases: ['ingressconformance/echoserver', 'ingress-controller-conformance/echoserver'],
  entrypoint: ['/echoserver'],
  ports: [3000],
  libc: 'musl',
  distroless: true,
  user: 65_532,
  start: (context) => {
    const port = Number(context.environment.get('HTTP_PORT') ?? '') || 3000
    if (context.environment.has('TLS_SERVER_CERT')) context.stderr('podwire: the HTTPS port is not opened\n')
    context.stdout(`Starting server, listening on port ${port} (http)\n`)
    return startHttpProgram(context, {
      ports: [port],
      signals: GO_SIGNALS,
      handler: (request, { address, port: from }) => answer(context, request, `${address}:${from}`),
    })
  },
}

function answer(context: ContainerContext, request: HttpRequest, client: string): HttpResponse {
  const { clock } = context.engine
  if (pathOf(request.target) === '/health') return goResponse(clock, 200, 'OK')
  context.stdout(`Echoing back request made to ${request.target} to client (${client})\n`)
  const variable = (name: string): string => context.environment.get(name) ?? ''
  const echo = {
    path: request.target,
    host: headerValue(request.headers, 'host') ?? '',
    method: request.method,
    proto: `HTTP/${request.version}`,
    headers: goHeaders(request),
    namespace: variable('NAMESPACE'),
    ingress: variable('INGRESS_NAME'),
    service: variable('SERVICE_NAME'),
    pod: variable('POD_NAME'),
  }
  const response = goResponse(clock, 200, goJson(echo, 1), 'application/json')
  return { ...response, headers: [...response.headers, ['X-Content-Type-Options', 'nosniff']] }
}

/** Go's http.Header: canonical names in order, all values, without Host. */
function goHeaders({ headers }: HttpRequest): Readonly<Record<string, readonly string[]>> {
  const found = new Map<string, string[]>()
  for (const [name, value] of headers) {
    const key = name.toLowerCase().replaceAll(/(^|-)[a-z]/g, (letters) => letters.toUpperCase())
    if (key === 'Host' || key === 'Transfer-Encoding') continue
    const known = found.get(key)
    if (known === undefined) found.set(key, [value])
    else known.push(value)
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

// agnhost porter: serves the value of SERVE_PORT_n on port n, and of SERVE_TLS_PORT_n over TLS; with --json-response the method of
// the request too. Source: kubernetes test/images/agnhost/porter.

import { SocketError } from '../../fabric/network.ts'
import { serveHttp } from '../../http/index.ts'
import type { HttpHandler } from '../../http/message.ts'
import type { ContainerContext, RunningProgram } from '../image.ts'
import { GO_SIGNALS, takesSignals } from '../program.ts'
import { goResponse } from '../responses.ts'

const SERVED = /^SERVE_(TLS_)?PORT_(\d{1,5})$/

/** As Go's net/http guesses it from the first bytes. */
function contentTypeOf(body: string): string {
  return /^\s*<(!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|!--)[\s>]/i.test(body)
    ? 'text/html; charset=utf-8'
    : 'text/plain; charset=utf-8'
}

function handlerOf({ engine, command }: ContainerContext, value: string): HttpHandler {
  const json = command.some((word) => word === '--json-response' || word === '--json-response=true')
  return ({ method }) =>
    json
      ? goResponse(engine.clock, 200, JSON.stringify({ Method: method, Body: value }), 'application/json')
      : goResponse(engine.clock, 200, value, contentTypeOf(value))
}

export function startPorter(context: ContainerContext): RunningProgram {
  for (const [name, value] of context.environment) {
    const [, tls, port] = SERVED.exec(name) ?? []
    if (port === undefined) continue
    try {
      serveHttp(context.network, Number(port), handlerOf(context, value), { tls: tls !== undefined })
    } catch (error) {
      // The real one goes on with the ports it got.
      if (!(error instanceof SocketError)) throw error
      context.stderr(`server on port "${port}" failed: listen tcp 0.0.0.0:${port}: bind: address already in use\n`)
    }
  }
  return takesSignals(context, GO_SIGNALS)
}

// agnhost porter: serves the value of SERVE_PORT_n (or SERVE_TCP_PORT_n) on port n over HTTP, of SERVE_TLS_PORT_n over HTTPS, of
// SERVE_UDP_PORT_n and SERVE_SCTP_PORT_n bare; with --json-response HTTP says the method of the request too.
// Source: kubernetes test/images/agnhost/porter.

import { SocketError } from '../../fabric/network.ts'
import { serveHttp } from '../../http/index.ts'
import type { HttpHandler } from '../../http/message.ts'
import type { ContainerContext, RunningProgram } from '../image.ts'
import { GO_SIGNALS, takesSignals } from '../program.ts'
import { goResponse } from '../responses.ts'
import { goLog } from './go-text.ts'

const SERVED = /^SERVE_(?:(TCP|TLS|UDP|SCTP)_)?PORT_(\d{1,5})$/

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

function serve(context: ContainerContext, protocol: string, port: number, value: string): void {
  const { network } = context
  const bytes = Buffer.from(value, 'utf8')
  if (protocol === 'UDP') {
    const socket = network.bindUdp(port)
    goLog(context, `Started UDP server on port ${port}`)
    socket.onMessage = (_data, from) => void socket.send(bytes, from)
  } else if (protocol === 'SCTP') {
    network.listenSctp(port, (socket) => {
      goLog(context, 'Sending response')
      socket.send(bytes)
      socket.end()
      goLog(context, 'Response sent')
    })
    goLog(context, 'Started SCTP server')
  } else {
    serveHttp(network, port, handlerOf(context, value), { tls: protocol === 'TLS' })
  }
}

export function startPorter(context: ContainerContext): RunningProgram {
  for (const [name, value] of context.environment) {
    const [, protocol = 'TCP', port] = SERVED.exec(name) ?? []
    if (port === undefined) continue
    try {
      serve(context, protocol, Number(port), value)
    } catch (error) {
      if (!(error instanceof SocketError)) throw error
      // The real one goes on with the HTTP servers it got, and ends without the others.
      if (protocol === 'TCP' || protocol === 'TLS') {
        context.stderr(`server on port "${port}" failed: listen tcp 0.0.0.0:${port}: bind: address already in use\n`)
        continue
      }
      goLog(
        context,
        protocol === 'UDP'
          ? `UDP: failed to listen on port ${port}: listen udp 0.0.0.0:${port}: bind: address already in use`
          : 'Failed to listen SCTP. error:address already in use',
      )
      context.exit(1)
      break
    }
  }
  return takesSignals(context, GO_SIGNALS)
}

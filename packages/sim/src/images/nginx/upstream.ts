// proxy_pass: names are looked up once, when nginx starts (it does not start without them), servers of an upstream block take
// turns, and what cannot be reached is 502 or 504. Source: nginx ngx_http_proxy_module documentation and log messages.

import { SECOND } from '@podwire/engine'
import { SocketError } from '../../fabric/network.ts'
import { HttpError, sendHttp } from '../../http/index.ts'
import type { HeaderList, HttpResponse } from '../../http/message.ts'
import type { ContainerContext } from '../image.ts'

const TIMEOUT = 60 * SECOND
const HOP_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'host',
  'content-length',
])
const ANSWER_HEADERS: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding', 'server', 'date'])

export interface Upstream {
  /** `kubia:8080` as proxy_pass has it. */
  readonly name: string
  /** Empty until looked up. */
  addresses: readonly { readonly address: string; readonly port: number }[]
  turn: number
}

export interface ProxiedRequest {
  readonly method: string
  readonly target: string
  readonly host: string
  readonly headers: HeaderList
  readonly body: Uint8Array
}

/** @returns the name nobody knows, undefined when all were found */
export async function resolveUpstream(
  context: ContainerContext,
  upstream: Upstream,
  members: readonly string[],
): Promise<string | undefined> {
  const addresses: { address: string; port: number }[] = []
  for (const member of members) {
    const [, name = member, port = '80'] = /^(.*?)(?::(\d+))?$/.exec(member) ?? []
    if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) {
      addresses.push({ address: name, port: Number(port) })
      continue
    }
    const lookup = await context.resolver.lookup(name)
    if ('error' in lookup) return name
    for (const address of lookup.addresses) addresses.push({ address, port: Number(port) })
  }
  upstream.addresses = addresses
  return undefined
}

export async function proxy(
  context: ContainerContext,
  upstream: Upstream,
  request: ProxiedRequest,
): Promise<HttpResponse | { readonly failed: 502 | 504 }> {
  let failed: 502 | 504 = 502
  for (let tries = 0; tries < Math.max(1, upstream.addresses.length); tries++) {
    const server = upstream.addresses[upstream.turn++ % Math.max(1, upstream.addresses.length)]
    if (server === undefined) break
    try {
      const headers = [
        ...request.headers.filter(([name]) => !HOP_HEADERS.has(name.toLowerCase())),
        ['Connection', 'close'] as const,
      ]
      const { method, target, host, body } = request
      const reply = await sendHttp(context.network, {
        ...server,
        method,
        target,
        host,
        headers,
        body,
        timeoutUs: TIMEOUT,
      })
      const kept = reply.headers.filter(([name]) => !ANSWER_HEADERS.has(name.toLowerCase()))
      return { status: reply.status, reason: reply.reason, headers: kept, body: reply.body }
    } catch (error) {
      if (!(error instanceof SocketError) && !(error instanceof HttpError)) throw error
      failed = error instanceof SocketError && error.code === 'ETIMEDOUT' ? 504 : 502
      context.stderr(
        `[error] 29#29: ${problem(error)}, upstream: "http://${server.address}:${server.port}${request.target}", host: "${request.host}"\n`,
      )
    }
  }
  return { failed }
}

function problem(error: SocketError | HttpError): string {
  if (error instanceof HttpError)
    return 'upstream prematurely closed connection while reading response header from upstream'
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'connect() failed (111: Connection refused) while connecting to upstream'
    case 'EHOSTUNREACH':
      return 'connect() failed (113: Host is unreachable) while connecting to upstream'
    case 'ETIMEDOUT':
      return 'upstream timed out (110: Connection timed out) while connecting to upstream'
    default:
      return 'recv() failed (104: Connection reset by peer) while reading response header from upstream'
  }
}

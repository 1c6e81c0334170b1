// proxy_pass: names are looked up once, when nginx starts (it does not start without them); the server whose turn it is is asked,
// then the next one where proxy_next_upstream has it; what cannot be reached is 502 or 504. Upstream connections are not kept open.
// Source: nginx src/http/ngx_http_upstream.c (ngx_http_upstream_next, _test_next), log messages.

import { SocketError } from '../../fabric/network.ts'
import { HttpError, type HttpReply, sendHttp } from '../../http/index.ts'
import type { HeaderList, HttpResponse } from '../../http/message.ts'
import type { ContainerContext } from '../image.ts'
import type { ProxyRules } from './proxy-settings.ts'
import type { UpstreamBlock } from './upstream-block.ts'
import { UpstreamPeers, type Peer, type PeerSettings } from './upstream-peers.ts'

export type ProxyHost = Pick<ContainerContext, 'engine' | 'network' | 'resolver' | 'stderr'>

const ANSWER_HEADERS: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding', 'server', 'date'])
/** Not sent again once a server may have begun with them. */
const NOT_REPEATED: ReadonlySet<string> = new Set(['POST', 'LOCK', 'PATCH'])
/** Answers of servers that are well. */
const NEVER_A_FAILURE: ReadonlySet<number> = new Set([403, 404])

export interface Upstream {
  readonly block: UpstreamBlock
  /** Empty until the names are looked up. */
  peers: UpstreamPeers
}

export interface ProxiedRequest {
  readonly method: string
  readonly target: string
  readonly headers: HeaderList
  readonly body: Uint8Array
}

export function newUpstream(block: UpstreamBlock): Upstream {
  return { block, peers: new UpstreamPeers([], block.method) }
}

/** @returns the name nobody knows, undefined when all were found */
export async function resolveUpstream({ resolver }: ProxyHost, upstream: Upstream): Promise<string | undefined> {
  const settings: PeerSettings[] = []
  for (const { host, ...server } of upstream.block.servers) {
    if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) {
      settings.push({ ...server, address: host })
      continue
    }
    const lookup = await resolver.lookup(host)
    if ('error' in lookup) return host
    for (const address of lookup.addresses) settings.push({ ...server, address })
  }
  upstream.peers = new UpstreamPeers(settings, upstream.block.method)
  return undefined
}

type Outcome = { readonly reply: HttpReply } | { readonly error: SocketError | HttpError }

export async function proxy(
  host: ProxyHost,
  { block, peers }: Upstream,
  request: ProxiedRequest,
  rules: ProxyRules,
  client: string,
): Promise<HttpResponse | { readonly failed: 502 | 504 }> {
  const { clock } = host.engine
  const seconds = (): number => Math.floor(clock.wallTimeMs() / 1000)
  const startUs = clock.now()
  const tried = new Set<Peer>()
  const tries = rules.tries === 0 ? Math.max(1, peers.size) : rules.tries
  let failed: 502 | 504 = 502
  while (tried.size < tries) {
    const peer = peers.pick(seconds(), tried, client)
    if (peer === undefined) {
      if (tried.size === 0)
        host.stderr(
          `[error] 29#29: no live upstreams while connecting to upstream, upstream: "http://${block.name}${request.target}"\n`,
        )
      break
    }
    tried.add(peer)
    const outcome = await ask(host, peer, request, rules)
    const verdict = judge(outcome, request.method, rules)
    if (!verdict.isFailure) peers.succeeded(peer)
    else if (peers.failed(peer, seconds())) {
      host.stderr(
        `[warn] 29#29: upstream server temporarily disabled while connecting to upstream, upstream: "http://${peer.address}:${peer.port}${request.target}"\n`,
      )
    }
    if ('error' in outcome) {
      failed = isTimeout(outcome.error) ? 504 : 502
      host.stderr(
        `[error] 29#29: ${problem(outcome.error)}, upstream: "http://${peer.address}:${peer.port}${request.target}"\n`,
      )
    }
    const isOver = rules.triesTimeoutUs > 0 && clock.now() - startUs >= rules.triesTimeoutUs
    const hasNext = verdict.triesNext && tried.size < tries && !isOver
    if ('reply' in outcome && !(hasNext && peers.size > tried.size)) return passedOn(outcome.reply)
    if (!hasNext) break
  }
  return { failed }
}

async function ask(host: ProxyHost, peer: Peer, request: ProxiedRequest, rules: ProxyRules): Promise<Outcome> {
  try {
    const { address, port } = peer
    const { connectTimeoutUs, readTimeoutUs, version } = rules
    const reply = await sendHttp(host.network, {
      ...request,
      address,
      port,
      version,
      connectTimeoutUs,
      timeoutUs: readTimeoutUs,
    })
    return { reply }
  } catch (error) {
    if (error instanceof SocketError || error instanceof HttpError) return { error }
    throw error
  }
}

function judge(
  outcome: Outcome,
  method: string,
  { nextOn }: ProxyRules,
): { readonly isFailure: boolean; readonly triesNext: boolean } {
  if ('reply' in outcome) {
    const { status } = outcome.reply
    const isListed = nextOn.includes(`http_${status}`)
    const mayRepeat = !NOT_REPEATED.has(method) || nextOn.includes('non_idempotent')
    return { isFailure: isListed && !NEVER_A_FAILURE.has(status), triesNext: isListed && mayRepeat }
  }
  const { error } = outcome
  const kind = isTimeout(error)
    ? 'timeout'
    : error instanceof HttpError && error.reason === 'malformed'
      ? 'invalid_header'
      : 'error'
  const mayRepeat = !NOT_REPEATED.has(method) || !wasSent(error) || nextOn.includes('non_idempotent')
  const isListed = nextOn.includes(kind)
  return {
    isFailure: kind !== 'invalid_header' || isListed,
    triesNext: isListed && mayRepeat && !nextOn.includes('off'),
  }
}

const isTimeout = (error: SocketError | HttpError): boolean =>
  error instanceof SocketError && error.code === 'ETIMEDOUT'

/** The connection stood, so the server may have begun. */
function wasSent(error: SocketError | HttpError): boolean {
  return error instanceof HttpError || (error.flow?.outcome === 'delivered' && error.code !== 'ECONNREFUSED')
}

function passedOn(reply: HttpReply): HttpResponse {
  const kept = reply.headers.filter(([name]) => !ANSWER_HEADERS.has(name.toLowerCase()))
  return { status: reply.status, reason: reply.reason, headers: kept, body: reply.body }
}

function problem(error: SocketError | HttpError): string {
  if (error instanceof HttpError) {
    return 'upstream prematurely closed connection while reading response header from upstream'
  }
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

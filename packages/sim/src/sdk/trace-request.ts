// One request, taken apart: each name that was asked for with its answer, each address that was tried with the way its packets
// took, and what came back. It never fails for what happens on the network: a failure is what a trace is for.

import { PodwireError } from '@podwire/engine'
import type { Flow } from '../fabric/flow.ts'
import {
  type ConnectOptions,
  type NetworkNamespace,
  type SctpSocket,
  SocketError,
  type TcpSocket,
} from '../fabric/network.ts'
import { sendHttp } from '../http/client.ts'
import { HttpError } from '../http/http-error.ts'
import { TlsError } from '../tls/index.ts'
import { parseHttpUrl, sniOf, type HttpUrl } from '../http/fetch.ts'
import type { LookupResult, NameResolver, ResolverQuery } from '../images/image.ts'

export interface RequestTrace {
  /** `pod/default/client`, `node/node-1`, `external` */
  readonly from: string
  readonly url: string
  /** The name or address in the URL. */
  readonly name: string
  /** How it became addresses: it is one, a hosts file says so, or DNS was asked. */
  readonly source: 'address' | 'hosts' | 'dns'
  /** What the resolver asked, in order: each candidate of the search list. */
  readonly queries: readonly ResolverQuery[]
  readonly addresses: readonly string[]
  /** One for each address that was tried, in order; steps are always recorded. */
  readonly attempts: readonly Flow[]
  readonly result: TraceResult
}

export type TraceResult =
  | {
      readonly kind: 'answered'
      /** HTTP's; undefined for `tcp://` and `sctp://`. */
      readonly status: number | undefined
      readonly bytes: number
      /** Of virtual time. */
      readonly durationUs: number
    }
  | { readonly kind: 'failed'; readonly code: string; readonly text: string }

export interface TraceRequestOptions {
  readonly from: string
  readonly url: string
  readonly network: NetworkNamespace
  readonly resolver: NameResolver
  readonly timeoutUs: number
}

/** @throws PodwireError for what is no URL of http://, https://, tcp:// or sctp:// */
export async function traceRequest(options: TraceRequestOptions): Promise<RequestTrace> {
  const { from, network, resolver, timeoutUs } = options
  const { protocol, ...target } = targetOf(options.url)
  const { name } = target
  const lookup = await resolver.lookup(name)
  const common = { from, url: options.url, name, source: sourceOf(name, lookup), queries: lookup.queries }
  if ('error' in lookup) {
    const code = lookup.error === 'not-found' ? 'ENOTFOUND' : 'EAI_AGAIN'
    const result = { kind: 'failed', code, text: `could not resolve host ${name}` } as const
    return { ...common, addresses: [], attempts: [], result }
  }
  const attempts: Flow[] = []
  let result: TraceResult = { kind: 'failed', code: 'ENOTFOUND', text: `${name} has no address` }
  for (const address of lookup.addresses) {
    const { flow, ...ended } = await ATTEMPTS[protocol](network, address, target, timeoutUs)
    if (flow !== undefined) attempts.push(flow)
    ;({ result } = ended)
    if (result.kind === 'answered' || !NEXT_ADDRESS.has(result.code)) break
  }
  return { ...common, addresses: lookup.addresses, attempts, result }
}

/** After these a client tries the name's next address. */
const NEXT_ADDRESS: ReadonlySet<string> = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH'])

function targetOf(url: string): HttpUrl & { readonly protocol: 'http' | 'tcp' | 'sctp' } {
  const [, scheme, bare] = /^(tcp|sctp):\/\/(.*)$/.exec(url) ?? []
  if (scheme === undefined || bare === undefined) return { ...parseHttpUrl(url), protocol: 'http' }
  if (!/:\d+\/?$/.test(bare))
    throw new PodwireError(`trace ${url}`, 'it names no port', `Write it like ${scheme}://mysql:3306.`)
  return { ...parseHttpUrl(`http://${bare}`), protocol: scheme === 'tcp' ? 'tcp' : 'sctp' }
}

function sourceOf(name: string, lookup: LookupResult): RequestTrace['source'] {
  if (lookup.queries.length > 0 || 'error' in lookup) return 'dns'
  return /^[\d.]+$|:/.test(name) ? 'address' : 'hosts'
}

interface Attempt {
  readonly flow: Flow | undefined
  readonly result: TraceResult
}

async function sendOnce(
  network: NetworkNamespace,
  address: string,
  { host, name, port, target, secure }: HttpUrl,
  timeoutUs: number,
): Promise<Attempt> {
  try {
    const { status, body, durationUs, flow } = await sendHttp(network, {
      address,
      port,
      target,
      host,
      timeoutUs,
      // Where packets go is asked, not whom to trust.
      ...(secure ? { tls: { serverName: sniOf(name) } } : {}),
    })
    return { flow, result: { kind: 'answered', status, bytes: body.length, durationUs } }
  } catch (error) {
    return failed(error)
  }
}

type Connect = (network: NetworkNamespace, options: ConnectOptions) => Promise<TcpSocket | SctpSocket>

const connectOnce =
  (connect: Connect) =>
  async (network: NetworkNamespace, address: string, { port }: HttpUrl, timeoutUs: number): Promise<Attempt> => {
    const { clock } = network.engine
    const startUs = clock.now()
    try {
      const socket = await connect(network, { address, port, timeoutUs })
      socket.end()
      const durationUs = clock.now() - startUs
      return { flow: socket.flow, result: { kind: 'answered', status: undefined, bytes: 0, durationUs } }
    } catch (error) {
      return failed(error)
    }
  }

const ATTEMPTS = {
  http: sendOnce,
  tcp: connectOnce((network, options) => network.connectTcp(options)),
  sctp: connectOnce((network, options) => network.connectSctp(options)),
} as const

const FAILURES: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['ECONNRESET', 'connection reset by peer'],
  ['ETIMEDOUT', 'timed out'],
  ['EHOSTUNREACH', 'no route to host'],
  ['ENETUNREACH', 'network is unreachable'],
])

function failed(error: unknown): Attempt {
  if (error instanceof SocketError) {
    return {
      flow: error.flow,
      result: { kind: 'failed', code: error.code, text: FAILURES.get(error.code) ?? error.code },
    }
  }
  if (error instanceof TlsError)
    return { flow: error.flow, result: { kind: 'failed', code: 'EPROTO', text: error.message } }
  if (!(error instanceof HttpError)) throw error
  const text = `no complete HTTP response (${error.reason})`
  return { flow: error.flow, result: { kind: 'failed', code: 'EPROTO', text } }
}

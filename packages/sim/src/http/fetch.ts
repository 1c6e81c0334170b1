// fetch by URL on the simulated network: the name is looked up the way the place's resolver does it, then one request is sent
// to its addresses in order until one takes the connection. Redirects are the caller's to follow.

import { PodwireError } from '@podwire/engine'
import { type NetworkNamespace, SocketError } from '../fabric/network.ts'
import type { LookupResult, NameResolver, ResolverQuery } from '../images/image.ts'
import { certificatesIn } from '../tls/index.ts'
import { type ClientTls, type HttpReply, sendHttp, type SendOptions } from './client.ts'

export interface FetchOptions extends Omit<SendOptions, 'address' | 'port' | 'target' | 'host' | 'tls'> {
  /** `http://kubia/path?query`, or `https://…`; the port defaults to 80, or 443. */
  readonly url: string
  readonly tls?: TlsInit
}

/** How a client treats a server's certificate. */
export interface TlsInit {
  /** Certificates it trusts, as PEM text; default none. */
  readonly ca?: string
  /** Takes any certificate, as `curl -k` does. */
  readonly insecure?: boolean
  /** SNI, where it is not the URL's name. The name in the certificate must be the URL's all the same. */
  readonly serverName?: string
  /** What it shows to a server that asks for a certificate, as an authority's `issue` makes it. */
  readonly client?: { readonly certificate: string; readonly key: string }
}

export interface FetchReply extends HttpReply {
  /** The address that was connected to, before NAT. */
  readonly address: string
  /** What the resolver asked on the way; empty for addresses and hosts-file names. */
  readonly queries: readonly ResolverQuery[]
}

/** The name has no address. What curl calls `Could not resolve host`. */
export class ResolveError extends Error {
  override readonly name = 'ResolveError'
  readonly code: 'ENOTFOUND' | 'EAI_AGAIN'
  readonly host: string
  readonly queries: readonly ResolverQuery[]

  constructor(host: string, lookup: Extract<LookupResult, { error: unknown }>) {
    super(`could not resolve host: ${host}`)
    this.code = lookup.error === 'not-found' ? 'ENOTFOUND' : 'EAI_AGAIN'
    this.host = host
    this.queries = lookup.queries
  }
}

/** Rejects with ResolveError, SocketError, HttpError or TlsError. */
export async function fetchHttp(
  network: NetworkNamespace,
  resolver: NameResolver,
  options: FetchOptions,
): Promise<FetchReply> {
  const { url, tls, ...rest } = options
  const { host, name, port, target, secure } = parseHttpUrl(url)
  const lookup = isAddress(name) ? literal(name) : await resolver.lookup(name)
  if ('error' in lookup) throw new ResolveError(name, lookup)
  let failure: SocketError | undefined
  for (const address of lookup.addresses) {
    try {
      const secured = secure ? { tls: clientTls(name, tls, network.engine.clock.wallTimeMs()) } : {}
      const reply = await sendHttp(network, { ...rest, ...secured, address, port, target, host })
      return { ...reply, address, queries: lookup.queries }
    } catch (error) {
      // Only an address that cannot be connected to lets the next one have its turn.
      if (!(error instanceof SocketError) || !NEXT_ADDRESS.has(error.code)) throw error
      failure = error
    }
  }
  throw failure ?? new ResolveError(name, { error: 'not-found', queries: lookup.queries })
}

/** @param host the name or address in the URL */
function clientTls(
  host: string,
  { ca = '', insecure = false, serverName, client }: TlsInit = {},
  nowMs: number,
): ClientTls {
  const sni = serverName ?? sniOf(host)
  const shown = client === undefined ? {} : { certificate: client.certificate }
  if (insecure) return { serverName: sni, ...shown }
  return { serverName: sni, ...shown, trust: { host, authorities: certificatesIn(ca), nowMs } }
}

/** Addresses are not sent. RFC 6066 §3. */
export function sniOf(host: string): string {
  return isAddress(host) ? '' : host.replace(/\.$/, '')
}

const NEXT_ADDRESS: ReadonlySet<string> = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH'])

export interface HttpUrl {
  /** As the Host header has it. */
  readonly host: string
  /** Without brackets and port. */
  readonly name: string
  readonly port: number
  readonly target: string
  /** https */
  readonly secure: boolean
}

/** @throws PodwireError for what is no URL of http or https */
export function parseHttpUrl(url: string): HttpUrl {
  const given = typeof url === 'string' ? url : ''
  const text = given.includes('://') ? given : `http://${given}`
  const parsed = URL.canParse(text) ? new URL(text) : undefined
  if (parsed === undefined || parsed.hostname === '') {
    throw new PodwireError(`fetch ${url}`, 'this is no URL', 'Write it like http://name:port/path.')
  }
  const secure = parsed.protocol === 'https:'
  if (parsed.protocol !== 'http:' && !secure) {
    const remedy = 'Use an http:// or https:// URL.'
    throw new PodwireError(`fetch ${url}`, `podwire does not simulate ${parsed.protocol}//`, remedy)
  }
  return {
    host: parsed.host,
    name: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? (secure ? 443 : 80) : Number(parsed.port),
    target: `${parsed.pathname}${parsed.search}`,
    secure,
  }
}

function isAddress(name: string): boolean {
  return name.includes(':') || /^\d+\.\d+\.\d+\.\d+$/.test(name)
}

function literal(address: string): LookupResult {
  return { addresses: [address], canonicalName: address, queries: [] }
}

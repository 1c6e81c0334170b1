// The resolver of a pod: what its C library does with a name. Literals, then /etc/hosts, then DNS through the search list; for
// tools that ask DNS themselves (dig, nslookup, host) there is `query`. Files are read anew each time, as programs do.

import { SECOND, type Clock, type Microseconds, type Random } from '@podwire/engine'
import { parseHosts, type HostsTable } from '../plugins/index.ts'
import { addressFamily, canonicalAddress, TYPE } from '../wire/index.ts'
import { orderAddresses } from './address-order.ts'
import { candidatesOf, type Libc } from './candidates.ts'
import { Journal, type Exchange, type ResolverQuery, type Wires } from './exchange.ts'
import { glibcLookup } from './glibc.ts'
import { muslLookup } from './musl.ts'
import { parseNsswitch, type HostSource } from './nsswitch.ts'
import { runQuery, type QueryOptions, type QueryResult } from './query.ts'
import { parseResolvConf, type ResolvConf } from './resolv-conf.ts'

export interface ResolverOptions {
  readonly libc: Libc
  readonly resolvConf: () => string
  readonly hostsFile: () => string
  /** /etc/nsswitch.conf, which glibc reads; undefined where there is none: files, then dns. */
  readonly nsswitch?: () => string | undefined
  readonly exchange: Exchange
  /**
   * The source address the kernel would choose for a destination, undefined where it has no route: what getaddrinfo orders addresses
   * of both families by. Absent: IPv4 first, as where there is no IPv6.
   */
  readonly sourceFor?: ((destination: string) => string | undefined) | undefined
  readonly random: Random
  readonly clock: Clock
  /** Waits in virtual time; musl waits out failures. Absent: it does not wait. */
  readonly sleep?: (durationUs: Microseconds) => Promise<void>
}

export type LookupResult =
  | {
      readonly addresses: readonly string[]
      readonly canonicalName: string
      readonly queries: readonly ResolverQuery[]
    }
  | { readonly error: 'not-found' | 'temporary-failure'; readonly queries: readonly ResolverQuery[] }

export interface LookupOptions {
  /** Absent: both. */
  readonly family?: 4 | 6
}

export interface Resolver {
  /** getaddrinfo. */
  lookup(name: string, options?: LookupOptions): Promise<LookupResult>
  /** One DNS question, as dig, nslookup and host ask it. */
  query(name: string, type: string, options?: QueryOptions): Promise<QueryResult>
}

export function createResolver(options: ResolverOptions): Resolver {
  const wires: Wires = { exchange: options.exchange, random: options.random }
  const readConf = remember(parseResolvConf)
  const readHosts = remember(parseHosts)
  const readSources = remember(parseNsswitch)
  let rotation = 0
  const ordered = (addresses: readonly string[]): readonly string[] =>
    options.sourceFor === undefined ? addresses : orderAddresses(addresses, options.libc, options.sourceFor)

  return {
    async lookup(name, { family } = {}) {
      const immediate = literalAddress(name, family)
      if (immediate !== undefined) return immediate
      // musl knows no nsswitch.conf: the file, then DNS.
      const sources = readSources(options.libc === 'glibc' ? (options.nsswitch?.() ?? '') : '')
      const listed = (): LookupResult | undefined => fromHosts(name, family, readHosts(options.hostsFile()), ordered)
      const early = beforeDns(sources, listed)
      if (early !== undefined) return early
      const conf = readConf(options.resolvConf())
      const journal = new Journal()
      const types = family === 4 ? [TYPE.A] : family === 6 ? [TYPE.AAAA] : [TYPE.A, TYPE.AAAA]
      const firstServer = conf.rotate ? rotation++ : 0
      const lookup = { wires, conf, journal, types, sleep: options.sleep, firstServer }
      const candidates = candidatesOf(name, conf, options.libc)
      const outcome =
        options.libc === 'glibc' ? await glibcLookup(lookup, candidates, name) : await muslLookup(lookup, candidates)
      const queries = journal.entries()
      switch (outcome.kind) {
        case 'found':
          return { addresses: ordered(outcome.addresses), canonicalName: outcome.canonicalName, queries }
        case 'nxdomain':
        case 'nodata':
          return { ...afterDns(sources, listed), queries }
        default:
          return { error: 'temporary-failure', queries }
      }
    },

    async query(name, type, queryOptions = {}) {
      const conf: ResolvConf = readConf(options.resolvConf())
      const startUs = options.clock.now()
      const result = await runQuery(wires, conf, options.libc, name, type, { timeoutUs: 5 * SECOND, ...queryOptions })
      return { ...result, durationUs: options.clock.now() - startUs }
    },
  }
}

const NOT_FOUND: LookupResult = { error: 'not-found', queries: [] }

/** What the sources in front of DNS say; undefined: DNS is asked. */
function beforeDns(sources: readonly HostSource[], listed: () => LookupResult | undefined): LookupResult | undefined {
  for (const { source, endsNotFound } of sources) {
    if (source === 'dns') return undefined
    const found = listed()
    if (found !== undefined) return found
    if (endsNotFound) return NOT_FOUND
  }
  return NOT_FOUND
}

/** DNS knows no such name; with `dns files` the file has the last word. */
function afterDns(sources: readonly HostSource[], listed: () => LookupResult | undefined): LookupResult {
  const dns = sources.findIndex(({ source }) => source === 'dns')
  const goesOn = sources[dns]?.endsNotFound === false && sources.slice(dns + 1).some(({ source }) => source === 'files')
  return (goesOn ? listed() : undefined) ?? NOT_FOUND
}

/** Address literals never reach DNS. */
function literalAddress(name: string, family: 4 | 6 | undefined): LookupResult | undefined {
  const literal = addressFamily(name)
  if (literal === undefined) return undefined
  if (family !== undefined && family !== literal) return NOT_FOUND
  return { addresses: [canonicalAddress(name) ?? name], canonicalName: name, queries: [] }
}

function fromHosts(
  name: string,
  family: 4 | 6 | undefined,
  hosts: HostsTable,
  ordered: (addresses: readonly string[]) => readonly string[],
): LookupResult | undefined {
  const bare = name.toLowerCase().replace(/\.$/, '')
  const addresses = hosts.addresses(bare).filter((address) => family === undefined || addressFamily(address) === family)
  if (addresses.length === 0) return undefined
  return { addresses: ordered(addresses), canonicalName: hosts.canonicalName(bare) ?? bare, queries: [] }
}

/** Reads a file's text once for as long as it stays the same. */
function remember<T>(parse: (text: string) => T): (text: string) => T {
  let last: { readonly text: string; readonly value: T } | undefined
  return (text) => {
    if (last?.text !== text) last = { text, value: parse(text) }
    return last.value
  }
}

// The resolver of a pod: what its C library does with a name. Literals, then /etc/hosts, then DNS through the search list; for
// tools that ask DNS themselves (dig, nslookup, host) there is `query`. Files are read anew each time, as programs do.

import { SECOND, type Clock, type Microseconds, type Random } from '@podwire/engine'
import { parseHosts, type HostsTable } from '../plugins/index.ts'
import { addressFamily, canonicalAddress, TYPE } from '../wire/index.ts'
import { candidatesOf, type Libc } from './candidates.ts'
import { Journal, type Exchange, type ResolverQuery, type Wires } from './exchange.ts'
import { glibcLookup } from './glibc.ts'
import { muslLookup } from './musl.ts'
import { runQuery, type QueryOptions, type QueryResult } from './query.ts'
import { parseResolvConf, type ResolvConf } from './resolv-conf.ts'

export interface ResolverOptions {
  readonly libc: Libc
  readonly resolvConf: () => string
  readonly hostsFile: () => string
  readonly exchange: Exchange
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
  let rotation = 0

  return {
    async lookup(name, { family } = {}) {
      const immediate = withoutDns(name, family, readHosts(options.hostsFile()))
      if (immediate !== undefined) return immediate
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
          return { addresses: outcome.addresses, canonicalName: outcome.canonicalName, queries }
        case 'nxdomain':
        case 'nodata':
          return { error: 'not-found', queries }
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

/** Address literals and names of /etc/hosts never reach DNS. */
function withoutDns(name: string, family: 4 | 6 | undefined, hosts: HostsTable): LookupResult | undefined {
  const literal = addressFamily(name)
  if (literal !== undefined) {
    if (family !== undefined && family !== literal) return { error: 'not-found', queries: [] }
    return { addresses: [canonicalAddress(name) ?? name], canonicalName: name, queries: [] }
  }
  const bare = name.toLowerCase().replace(/\.$/, '')
  const addresses = hosts.addresses(bare).filter((address) => family === undefined || addressFamily(address) === family)
  if (addresses.length === 0) return undefined
  return { addresses, canonicalName: hosts.canonicalName(bare) ?? bare, queries: [] }
}

/** Reads a file's text once for as long as it stays the same. */
function remember<T>(parse: (text: string) => T): (text: string) => T {
  let last: { readonly text: string; readonly value: T } | undefined
  return (text) => {
    if (last?.text !== text) last = { text, value: parse(text) }
    return last.value
  }
}

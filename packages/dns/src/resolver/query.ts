// One DNS question as the tools ask it: to a given server or those of resolv.conf, as is or along the search list, over UDP
// with TCP after truncation, or over TCP. Source: BIND's dighost.c for tries and for when the search goes on.

import { PodwireError, type Microseconds } from '@podwire/engine'
import {
  RCODE,
  fullyQualified,
  nameFault,
  typeNumber,
  type DnsMessage,
  type Edns,
  type Question,
} from '../wire/index.ts'
import { candidatesOf, type Libc } from './candidates.ts'
import { ask, Journal, type ResolverQuery, type Wires } from './exchange.ts'
import type { ResolvConf } from './resolv-conf.ts'

export interface QueryOptions {
  /** An address; default: the servers of resolv.conf. */
  readonly server?: string
  readonly port?: number
  /** Use the search list of resolv.conf (`dig +search`, nslookup, host). */
  readonly search?: boolean
  readonly tcp?: boolean
  /** `dig +ignore` */
  readonly ignoreTruncation?: boolean
  readonly recursionDesired?: boolean
  /** The AD and CD bits of the query. */
  readonly authenticData?: boolean
  readonly checkingDisabled?: boolean
  /** Absent: no OPT record. */
  readonly edns?: Edns
  readonly class?: number
  /** Of one try; default 5 s. */
  readonly timeoutUs?: Microseconds
  /** Default 3. */
  readonly tries?: number
}

export type QueryOutcome =
  | {
      readonly kind: 'reply'
      readonly message: DnsMessage
      /** Bytes of the reply. */
      readonly size: number
      readonly protocol: 'udp' | 'tcp'
    }
  | { readonly kind: 'timeout' | 'refused' }

export interface QueryResult {
  /** The last name that was asked. */
  readonly question: Question
  readonly server: string
  readonly outcome: QueryOutcome
  readonly durationUs: Microseconds
  /** Every question that went out. */
  readonly queries: readonly ResolverQuery[]
}

/** @throws PodwireError when the type or the name is none */
export async function runQuery(
  wires: Wires,
  conf: ResolvConf,
  libc: Libc,
  name: string,
  type: string,
  options: QueryOptions & { readonly timeoutUs: Microseconds },
): Promise<Omit<QueryResult, 'durationUs'>> {
  const number = typeNumber(type)
  if (number === undefined)
    throw new PodwireError('query DNS', `${type} is no record type`, 'Use A, AAAA, SRV … or TYPE65.')
  const names = options.search === true ? candidatesOf(name, conf, libc) : [fullyQualified(name)]
  if (names.length === 0 || names.some((candidate) => nameFault(candidate) !== undefined)) {
    throw new PodwireError('query DNS', `${JSON.stringify(name)} is no domain name`)
  }
  const servers = options.server === undefined ? conf.nameservers : [options.server]
  const journal = new Journal()
  let last: Omit<QueryResult, 'durationUs'> | undefined
  for (const candidate of names) {
    const question = { name: candidate, type: number, class: options.class ?? 1 }
    const { server, outcome } = await askServers(wires, servers, question, options, journal)
    last = { question, server, outcome, queries: journal.entries() }
    if (outcome.kind !== 'reply' || outcome.message.rcode === RCODE.NOERROR) break
  }
  if (last === undefined) throw new PodwireError('query DNS', 'there is no name to ask for')
  return last
}

/** Each server in turn, all again for each try. */
async function askServers(
  wires: Wires,
  servers: readonly string[],
  question: Question,
  options: QueryOptions & { readonly timeoutUs: Microseconds },
  journal: Journal,
): Promise<{ readonly server: string; readonly outcome: QueryOutcome }> {
  let last: { readonly server: string; readonly outcome: QueryOutcome } = {
    server: servers[0] ?? '',
    outcome: { kind: 'timeout' },
  }
  for (let attempt = 0; attempt < (options.tries ?? 3); attempt++) {
    for (const server of servers) {
      const outcome = await ask(
        wires,
        question.name,
        question.type,
        {
          server,
          port: options.port ?? 53,
          timeoutUs: options.timeoutUs,
          tcpOnly: options.tcp ?? false,
          ignoreTruncation: options.ignoreTruncation ?? false,
          recursionDesired: options.recursionDesired ?? true,
          authenticData: options.authenticData ?? false,
          checkingDisabled: options.checkingDisabled ?? false,
          edns: options.edns,
          class: question.class,
        },
        journal,
      )
      last = { server, outcome }
      if (outcome.kind === 'reply') return last
    }
  }
  return last
}

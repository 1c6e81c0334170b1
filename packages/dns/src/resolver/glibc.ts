// getaddrinfo of glibc 2.36 over DNS: A and AAAA at once to one server, the next server on silence or failure, all again for each
// attempt. When only one of the two is answered in time both are asked again one by one, for the rest of the lookup. NXDOMAIN,
// NODATA and SERVFAIL go on to the next candidate; silence ends the search list and leaves only the name itself.
// Source: resolv/res_query.c, resolv/res_send.c (send_dg).
// Departure: glibc stays with one by one until its process ends; here each lookup starts afresh.

import { SECOND, type Microseconds } from '@podwire/engine'
import { RCODE, TYPE, type DnsMessage } from '../wire/index.ts'
import { ask, type ExchangeOutcome } from './exchange.ts'
import { foundIn, type CandidateOutcome, type LibcLookup } from './libc.ts'

/** How two questions go out; each half answer moves one step on. */
const WAYS = ['at once', 'one by one', 'one by one, reopened'] as const

interface Patience {
  way: number
}

export async function glibcLookup(
  lookup: LibcLookup,
  candidates: readonly string[],
  name: string,
): Promise<CandidateOutcome> {
  const absolute = name.endsWith('.') ? name : `${name}.`
  let worst: CandidateOutcome = { kind: 'nxdomain' }
  let asIs: CandidateOutcome | undefined
  let searching = true
  const { singleRequest, singleRequestReopen } = lookup.conf
  const patience: Patience = { way: singleRequestReopen ? 2 : singleRequest ? 1 : 0 }
  for (const [i, candidate] of candidates.entries()) {
    const exact = candidate === absolute
    if (!searching && !exact) continue
    const outcome = await tryCandidate(lookup, candidate, patience)
    if (outcome.kind === 'found') return outcome
    if (outcome.kind === 'refused') return outcome
    if (outcome.kind === 'silence' && !(exact && i === 0)) searching = false
    if (exact && i === 0) asIs = outcome
    else worst = worse(worst, outcome)
  }
  // A first try of the name itself decides what is reported.
  return asIs ?? worst
}

/** Over the whole search NODATA is reported before SERVFAIL, SERVFAIL before NXDOMAIN; silence is the last word. */
function worse(a: CandidateOutcome, b: CandidateOutcome): CandidateOutcome {
  if (b.kind === 'silence' || a.kind === 'nxdomain') return b
  return a.kind === 'servfail' && b.kind === 'nodata' ? b : a
}

async function tryCandidate(lookup: LibcLookup, name: string, patience: Patience): Promise<CandidateOutcome> {
  const { conf } = lookup
  const servers = conf.nameservers.map(
    (_, i) => conf.nameservers[(i + lookup.firstServer) % conf.nameservers.length] ?? '',
  )
  let last: CandidateOutcome = { kind: 'silence' }
  for (let attempt = 0; attempt < conf.attempts; attempt++) {
    for (const [position, server] of servers.entries()) {
      const timeoutUs = serverTimeoutUs(conf.timeoutS, position, servers.length)
      const options = { server, port: 53, timeoutUs, tcpOnly: conf.tcpOnly, edns: ednsOf(conf.edns0) }
      const types = conf.noAaaa ? lookup.types.filter((type) => type !== TYPE.AAAA) : lookup.types
      const askFor = (type: number): Promise<ExchangeOutcome> => ask(lookup.wires, name, type, options, lookup.journal)
      const outcomes = await askServer(types, askFor, conf.tcpOnly, patience)
      const outcome = judge(name, types, outcomes)
      if (outcome.kind === 'found' || outcome.kind === 'nxdomain' || outcome.kind === 'nodata') return outcome
      last = outcome
    }
  }
  return last
}

/** Some servers and firewalls drop the second of two questions from one socket: after half an answer glibc asks more carefully. */
async function askServer(
  types: readonly number[],
  askFor: (type: number) => Promise<ExchangeOutcome>,
  tcpOnly: boolean,
  patience: Patience,
): Promise<readonly ExchangeOutcome[]> {
  for (;;) {
    const outcomes = patience.way === 0 ? await Promise.all(types.map(askFor)) : await oneByOne(types, askFor)
    if (tcpOnly || !isHalfAnswered(outcomes) || patience.way === WAYS.length - 1) return outcomes
    patience.way++
  }
}

const isHalfAnswered = (outcomes: readonly ExchangeOutcome[]): boolean =>
  outcomes.some(({ kind }) => kind === 'timeout') && outcomes.some((outcome) => isAnswer(outcome))

/** Not SERVFAIL and the like: those send glibc to the next server. */
const isAnswer = (outcome: ExchangeOutcome): outcome is Extract<ExchangeOutcome, { kind: 'reply' }> =>
  outcome.kind === 'reply' && (outcome.message.rcode === RCODE.NOERROR || outcome.message.rcode === RCODE.NXDOMAIN)

/** Silence after the first question leaves the second one unasked. */
async function oneByOne(
  types: readonly number[],
  askFor: (type: number) => Promise<ExchangeOutcome>,
): Promise<ExchangeOutcome[]> {
  const outcomes: ExchangeOutcome[] = []
  for (const type of types) {
    const outcome = await askFor(type)
    outcomes.push(outcome)
    if (outcome.kind !== 'reply') break
  }
  return outcomes
}

/** 5 s for the first server, doubled for each further one and shared among them, at least 1 s. */
function serverTimeoutUs(timeoutS: number, position: number, servers: number): Microseconds {
  const seconds = timeoutS * 2 ** position
  return Math.max(1, Math.floor(position === 0 ? seconds : seconds / servers)) * SECOND
}

function ednsOf(enabled: boolean): { udpSize: number; version: number; dnssecOk: boolean; options: [] } | undefined {
  return enabled ? { udpSize: 1200, version: 0, dnssecOk: false, options: [] } : undefined
}

/** One good reply is enough; the other question's failure is then forgotten. */
function judge(name: string, types: readonly number[], outcomes: readonly ExchangeOutcome[]): CandidateOutcome {
  const replies: (readonly [number, DnsMessage])[] = []
  let sawNodata = false
  let sawFailure = false
  let refused = 0
  for (const [i, outcome] of outcomes.entries()) {
    if (outcome.kind === 'refused') refused++
    if (outcome.kind !== 'reply') continue
    if (isAnswer(outcome)) {
      replies.push([types[i] ?? 0, outcome.message])
      if (outcome.message.rcode === RCODE.NOERROR) sawNodata = true
    } else sawFailure = true
  }
  const found = foundIn(name, replies)
  if (found.addresses.length > 0) return { kind: 'found', ...found }
  if (replies.length > 0) return { kind: sawNodata ? 'nodata' : 'nxdomain' }
  if (refused === outcomes.length) return { kind: 'refused' }
  return { kind: sawFailure ? 'servfail' : 'silence' }
}

// getaddrinfo of musl (1.2.4 and later) over DNS: every question to all servers at once, the first answer counts. SERVFAIL is
// asked again at once, twice, then waited out; other failures are ignored. Only NXDOMAIN goes on to the next candidate.
// Source: src/network/lookup_name.c, src/network/res_msend.c. TCP after truncation came with 1.2.4.

import { SECOND, type Microseconds } from '@podwire/engine'
import { RCODE, type DnsMessage } from '../wire/index.ts'
import { ask } from './exchange.ts'
import { foundIn, type CandidateOutcome, type LibcLookup } from './libc.ts'

const SERVFAIL_RETRIES = 2

export async function muslLookup(lookup: LibcLookup, candidates: readonly string[]): Promise<CandidateOutcome> {
  for (const candidate of candidates) {
    const outcome = await tryCandidate(lookup, candidate)
    if (outcome.kind !== 'nxdomain') return outcome
  }
  return { kind: 'nxdomain' }
}

async function tryCandidate(lookup: LibcLookup, name: string): Promise<CandidateOutcome> {
  const answers = await Promise.all(lookup.types.map((type) => askAllServers(lookup, name, type)))
  const replies: (readonly [number, DnsMessage])[] = []
  for (const [i, message] of answers.entries()) {
    if (message === undefined) return { kind: 'silence' }
    if (message.rcode === RCODE.NXDOMAIN) return { kind: 'nxdomain' }
    replies.push([lookup.types[i] ?? 0, message])
  }
  const found = foundIn(name, replies)
  return found.addresses.length > 0 ? { kind: 'found', ...found } : { kind: 'nodata' }
}

/** The first NOERROR or NXDOMAIN of any server; undefined when the whole time passes without. */
async function askAllServers(lookup: LibcLookup, name: string, type: number): Promise<DnsMessage | undefined> {
  const { conf } = lookup
  const intervalUs = Math.floor((conf.timeoutS * SECOND) / conf.attempts)
  for (let attempt = 0; attempt < conf.attempts; attempt++) {
    const asked = conf.nameservers.map((server) => askServer(lookup, name, type, server, intervalUs))
    const message = await firstDefined(asked)
    if (message !== undefined) return message
  }
  return undefined
}

async function askServer(
  lookup: LibcLookup,
  name: string,
  type: number,
  server: string,
  intervalUs: Microseconds,
): Promise<DnsMessage | undefined> {
  const options = { server, port: 53, timeoutUs: intervalUs, tcpOnly: false }
  for (let retry = 0; retry <= SERVFAIL_RETRIES; retry++) {
    const outcome = await ask(lookup.wires, name, type, options, lookup.journal)
    if (outcome.kind === 'timeout') return undefined
    if (outcome.kind === 'reply') {
      const { rcode } = outcome.message
      if (rcode === RCODE.NOERROR || rcode === RCODE.NXDOMAIN) return outcome.message
      if (rcode === RCODE.SERVFAIL) continue
    }
    break
  }
  // Nothing acceptable came: the rest of the interval is waited out before the question is sent again.
  await lookup.sleep?.(intervalUs)
  return undefined
}

async function firstDefined<T>(promises: readonly Promise<T | undefined>[]): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    let left = promises.length
    for (const promise of promises) {
      promise.then((value) => {
        left--
        if (value !== undefined || left === 0) resolve(value)
      }, reject)
    }
  })
}

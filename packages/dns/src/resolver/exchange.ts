// One question to one server: encodes, sends, reads, and asks again over TCP when the reply was truncated. What comes back
// that is no reply to the question counts as silence. Every question leaves a line in the journal.

import type { Draft, Microseconds, Random } from '@podwire/engine'
import {
  CLASS_IN,
  decodeMessage,
  encodeMessage,
  queryFor,
  rcodeName,
  recordLine,
  typeName,
  type DnsMessage,
  type Edns,
} from '../wire/index.ts'

/** Sends bytes to a server and gives what comes back. TCP: without the two length bytes. */
export type Exchange = (
  server: string,
  port: number,
  bytes: Uint8Array,
  protocol: 'udp' | 'tcp',
  timeoutUs: Microseconds,
) => Promise<Uint8Array | 'timeout' | 'refused'>

/** One question a resolver asked on the wire. */
export interface ResolverQuery {
  readonly name: string
  /** `A`, `AAAA` */
  readonly type: string
  readonly server: string
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `timeout`, `refused` */
  readonly outcome: string
  /** Zone-file lines. */
  readonly answers: readonly string[]
  /** What the answer says of itself beyond its records: that the simulated internet does not know the name. */
  readonly note?: string
}

/** Questions in the order they were asked. */
export class Journal {
  readonly #entries: ResolverQuery[] = []

  open(
    query: Pick<ResolverQuery, 'name' | 'type' | 'server'>,
  ): (outcome: string, answers: readonly string[], note?: string) => void {
    const { name, type, server } = query
    const place = this.#entries.push({ name, type, server, outcome: 'pending', answers: [] }) - 1
    return (outcome, answers, note) => {
      const entry: Draft<ResolverQuery> = { name, type, server, outcome, answers }
      if (note !== undefined) entry.note = note
      this.#entries[place] = entry
    }
  }

  entries(): readonly ResolverQuery[] {
    return [...this.#entries]
  }
}

export type ExchangeOutcome =
  | { readonly kind: 'reply'; readonly message: DnsMessage; readonly size: number; readonly protocol: 'udp' | 'tcp' }
  | { readonly kind: 'timeout' | 'refused' }

export interface QuestionOptions {
  readonly server: string
  readonly port: number
  readonly timeoutUs: Microseconds
  readonly tcpOnly: boolean
  /** Keep a truncated reply instead of asking again over TCP. */
  readonly ignoreTruncation?: boolean
  readonly recursionDesired?: boolean
  readonly authenticData?: boolean
  readonly checkingDisabled?: boolean
  readonly edns?: Edns | undefined
  readonly class?: number
}

export interface Wires {
  readonly exchange: Exchange
  readonly random: Random
}

export async function ask(
  wires: Wires,
  name: string,
  type: number,
  options: QuestionOptions,
  journal: Journal,
): Promise<ExchangeOutcome> {
  const close = journal.open({ name, type: typeName(type), server: options.server })
  let outcome = await askOnce(wires, name, type, options, options.tcpOnly ? 'tcp' : 'udp')
  if (
    outcome.kind === 'reply' &&
    outcome.message.truncated &&
    outcome.protocol === 'udp' &&
    options.ignoreTruncation !== true
  ) {
    outcome = await askOnce(wires, name, type, options, 'tcp')
  }
  if (outcome.kind === 'reply') {
    const { message } = outcome
    close(rcodeName(message.rcode), message.answer.map(recordLine), undeclaredNote(message))
  } else close(outcome.kind, [])
  return outcome
}

/**
 * The simulated internet signs its NXDOMAIN for names nobody declared with an SOA of this name server, so that traces,
 * and people who run dig, can tell "not declared in this test" from "does not exist".
 */
export const UNDECLARED_NAME_SERVER = 'not-declared.internet.podwire.'

function undeclaredNote(message: DnsMessage): string | undefined {
  const signed = message.authority.some((record) => record.type === 'SOA' && record.mname === UNDECLARED_NAME_SERVER)
  return signed ? 'not declared: cluster.internet.host(name, addresses) makes it exist' : undefined
}

async function askOnce(
  wires: Wires,
  name: string,
  type: number,
  options: QuestionOptions,
  protocol: 'udp' | 'tcp',
): Promise<ExchangeOutcome> {
  const id = wires.random.integer(0, 0xffff)
  const question = { name, type, class: options.class ?? CLASS_IN }
  const settings = {
    rd: options.recursionDesired ?? true,
    ...(options.edns === undefined ? {} : { edns: options.edns }),
  }
  const { authenticData = false, checkingDisabled = false } = options
  const bytes = encodeMessage({ ...queryFor(id, question, settings), authenticData, checkingDisabled })
  const received = await wires.exchange(options.server, options.port, bytes, protocol, options.timeoutUs)
  if (received === 'timeout' || received === 'refused') return { kind: received }
  const message = decodeMessage(received)
  if (message === undefined || !message.response || message.id !== id) return { kind: 'timeout' }
  return { kind: 'reply', message, size: received.length, protocol }
}

// The names outside the cluster, as the test declares them. Nothing here is asked of the real internet: a name nobody declared
// does not exist, and its NXDOMAIN is signed by a name server called `not-declared.internet.podwire.`. Declared names take part
// in reverse lookup; aliases are followed within the table. Zones and delegation are not simulated: one resolver knows all.

import {
  addressFamily,
  canonicalAddress,
  fullyQualified,
  nameFault,
  parseRecord,
  RCODE,
  replyTo,
  reverseNameOf,
  TYPE,
  typeNumber,
  UNDECLARED_NAME_SERVER,
  type DnsMessage,
  type ResourceRecord,
} from '@podwire/dns'
import { PodwireError } from '@podwire/engine'

export interface InternetHost {
  readonly addresses?: readonly string[]
  /** An alias for another name. It has no other records then. */
  readonly cname?: string
  /** More records as zone-file lines without the owner: `MX 10 mail.example.org.`, `TXT "v=spf1 -all"`. */
  readonly records?: readonly string[]
  /** Seconds; default 300. */
  readonly ttl?: number
  /** How its name servers behave; default they answer. */
  readonly fails?: 'SERVFAIL' | 'REFUSED' | 'silent'
}

const CLASS_IN = 1
const DEFAULT_TTL = 300
const NEGATIVE_TTL = 60
const MOST_ALIASES = 10

export class Internet {
  readonly #records = new Map<string, readonly ResourceRecord[]>()
  readonly #failing = new Map<string, 'SERVFAIL' | 'REFUSED' | 'silent'>()
  readonly #pointers = new Map<string, Map<string, ResourceRecord>>()

  /**
   * Declares a name, or declares it anew: `host('www.baidu.com', '203.0.113.7')`.
   * @throws PodwireError for what is no name, no address or no record
   */
  host(name: string, answer: string | readonly string[] | InternetHost): void {
    const owner = ownerOf(name)
    const declared: InternetHost =
      typeof answer === 'string' ? { addresses: [answer] } : isList(answer) ? { addresses: answer } : answer
    const records = recordsOf(owner, declared)
    this.remove(name)
    this.#records.set(owner, records)
    if (declared.fails !== undefined) this.#failing.set(owner, declared.fails)
    for (const record of records) {
      if (record.type !== 'A' && record.type !== 'AAAA') continue
      const reverse = reverseNameOf(record.address)
      if (reverse === undefined) continue
      const names = this.#pointers.get(reverse) ?? new Map<string, ResourceRecord>()
      this.#pointers.set(reverse, names.set(owner, { type: 'PTR', name: reverse, ttl: record.ttl, target: owner }))
    }
  }

  /** The name does not exist any more. */
  remove(name: string): void {
    const owner = ownerOf(name)
    this.#records.delete(owner)
    this.#failing.delete(owner)
    for (const names of this.#pointers.values()) names.delete(owner)
  }

  /** Declared names, fully qualified, in the order they were declared. */
  get names(): readonly string[] {
    return [...this.#records.keys()]
  }

  /** Undefined is silence. */
  answer(query: DnsMessage): DnsMessage | undefined {
    const { question } = query
    if (question === undefined) return replyTo(query, { rcode: RCODE.FORMERR })
    if (question.class !== CLASS_IN) return replyTo(query, { rcode: RCODE.REFUSED })
    const answer: ResourceRecord[] = []
    let owner = question.name.toLowerCase()
    for (let step = 0; step <= MOST_ALIASES; step++) {
      const fails = this.#failing.get(owner)
      if (fails === 'silent') return undefined
      if (fails !== undefined) return replyTo(query, { rcode: RCODE[fails], recursionAvailable: true })
      const known = this.#known(owner)
      if (known === undefined) return this.#negative(query, answer, RCODE.NXDOMAIN)
      const alias = known.find((record) => record.type === 'CNAME')
      const asked =
        alias !== undefined && question.type !== TYPE.CNAME
          ? [alias]
          : known.filter((one) => isOfType(one, question.type))
      // The client's own spelling of the name comes back.
      answer.push(...asked.map((record) => (step === 0 ? { ...record, name: question.name } : record)))
      if (alias?.type !== 'CNAME' || question.type === TYPE.CNAME) {
        return asked.length === 0
          ? this.#negative(query, answer, RCODE.NOERROR)
          : replyTo(query, { recursionAvailable: true, answer })
      }
      owner = alias.target.toLowerCase()
    }
    return replyTo(query, { rcode: RCODE.SERVFAIL, recursionAvailable: true })
  }

  #known(owner: string): readonly ResourceRecord[] | undefined {
    const records = this.#records.get(owner)
    if (records !== undefined) return records
    const pointers = [...(this.#pointers.get(owner)?.values() ?? [])]
    if (pointers.length > 0) return pointers
    // Above a declared name there is something, if only nothing of this type.
    for (const name of this.#records.keys()) if (name.endsWith(`.${owner}`) || owner === '.') return []
    return undefined
  }

  #negative(query: DnsMessage, answer: readonly ResourceRecord[], rcode: number): DnsMessage {
    const mname = rcode === RCODE.NXDOMAIN ? UNDECLARED_NAME_SERVER : 'internet.podwire.'
    const authority: ResourceRecord = {
      type: 'SOA',
      name: '.',
      ttl: NEGATIVE_TTL,
      mname,
      rname: 'hostmaster.internet.podwire.',
      serial: 1,
      refresh: 1800,
      retry: 900,
      expire: 604_800,
      minimum: NEGATIVE_TTL,
    }
    return replyTo(query, { rcode, recursionAvailable: true, answer, authority: [authority] })
  }
}

function isList(value: readonly string[] | InternetHost): value is readonly string[] {
  return Array.isArray(value)
}

function ownerOf(name: string): string {
  const owner = fullyQualified(name.toLowerCase())
  if (name === '' || nameFault(owner) !== undefined) throw refusal(name, 'it is no domain name')
  return owner
}

function refusal(name: string, reason: string): PodwireError {
  return new PodwireError(
    `declare ${JSON.stringify(name)} on the internet`,
    reason,
    `Write cluster.internet.host('www.example.org', '192.0.2.1').`,
  )
}

function recordsOf(owner: string, declared: InternetHost): readonly ResourceRecord[] {
  const { addresses = [], cname, records = [], ttl = DEFAULT_TTL } = declared
  if (!Number.isInteger(ttl) || ttl < 0) throw refusal(owner, `ttl ${ttl} is none`)
  if (cname !== undefined && (addresses.length > 0 || records.length > 0)) {
    throw refusal(owner, 'an alias has no other records')
  }
  const found: ResourceRecord[] = []
  if (cname !== undefined) found.push({ type: 'CNAME', name: owner, ttl, target: ownerOf(cname) })
  for (const address of addresses) {
    const family = addressFamily(address)
    if (family === undefined) throw refusal(owner, `${JSON.stringify(address)} is no address`)
    found.push({ type: family === 6 ? 'AAAA' : 'A', name: owner, ttl, address: canonicalAddress(address) ?? address })
  }
  for (const line of records) {
    const record = parseRecord(`${owner} ${ttl} IN ${line}`)
    if (record === undefined) throw refusal(owner, `${JSON.stringify(line)} is no record`)
    found.push(record)
  }
  return found
}

function isOfType(record: ResourceRecord, type: number): boolean {
  if (record.type === 'OPAQUE') return record.typeNumber === type
  return type === TYPE.ANY || typeNumber(record.type) === type
}

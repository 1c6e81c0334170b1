// DNS messages as values. Names are fully qualified presentation text with the letter case they have on the wire; addresses
// are canonical text. A record of a type without a shape here carries its rdata as bytes.

import { OPCODE, RCODE } from './record-type.ts'

export interface Question {
  readonly name: string
  readonly type: number
  readonly class: number
}

interface RecordHead {
  readonly name: string
  readonly ttl: number
}

export type AddressRecord = RecordHead & { readonly type: 'A' | 'AAAA'; readonly address: string }
type TargetRecord = RecordHead & { readonly type: 'CNAME' | 'NS' | 'PTR' | 'DNAME'; readonly target: string }
type SrvRecord = RecordHead & {
  readonly type: 'SRV'
  readonly priority: number
  readonly weight: number
  readonly port: number
  readonly target: string
}
type MxRecord = RecordHead & { readonly type: 'MX'; readonly preference: number; readonly exchange: string }
type TxtRecord = RecordHead & { readonly type: 'TXT'; readonly texts: readonly string[] }
type SoaRecord = RecordHead & {
  readonly type: 'SOA'
  readonly mname: string
  readonly rname: string
  readonly serial: number
  readonly refresh: number
  readonly retry: number
  readonly expire: number
  readonly minimum: number
}
type OpaqueRecord = RecordHead & {
  readonly type: 'OPAQUE'
  readonly typeNumber: number
  readonly rdata: Uint8Array
}

export type ResourceRecord = AddressRecord | TargetRecord | SrvRecord | MxRecord | TxtRecord | SoaRecord | OpaqueRecord

export interface EdnsOption {
  readonly code: number
  readonly data: Uint8Array
}

/** What the OPT pseudo-record says (RFC 6891). */
export interface Edns {
  readonly udpSize: number
  readonly version: number
  readonly dnssecOk: boolean
  readonly options: readonly EdnsOption[]
}

export interface DnsMessage {
  readonly id: number
  readonly response: boolean
  readonly opcode: number
  readonly authoritative: boolean
  readonly truncated: boolean
  readonly recursionDesired: boolean
  readonly recursionAvailable: boolean
  readonly authenticData: boolean
  readonly checkingDisabled: boolean
  /** With the extended bits of EDNS when there is an OPT record. */
  readonly rcode: number
  readonly question: Question | undefined
  readonly answer: readonly ResourceRecord[]
  readonly authority: readonly ResourceRecord[]
  readonly additional: readonly ResourceRecord[]
  readonly edns: Edns | undefined
}

/** What a reply may say beyond "NOERROR, nothing". */
export type ReplyParts = Partial<
  Pick<
    DnsMessage,
    'rcode' | 'authoritative' | 'truncated' | 'recursionAvailable' | 'answer' | 'authority' | 'additional'
  >
>

const NONE: readonly ResourceRecord[] = []

/** A reply to `request`: same id, question, opcode, and for queries its rd and cd bits. */
export function replyTo(request: DnsMessage, parts: ReplyParts): DnsMessage {
  const isQuery = request.opcode === OPCODE.QUERY
  return {
    id: request.id,
    response: true,
    opcode: request.opcode,
    authoritative: parts.authoritative ?? false,
    truncated: parts.truncated ?? false,
    recursionDesired: isQuery && request.recursionDesired,
    recursionAvailable: parts.recursionAvailable ?? false,
    authenticData: false,
    checkingDisabled: isQuery && request.checkingDisabled,
    rcode: parts.rcode ?? RCODE.NOERROR,
    question: request.question,
    answer: parts.answer ?? NONE,
    authority: parts.authority ?? NONE,
    additional: parts.additional ?? NONE,
    edns: undefined,
  }
}

/** A query as a stub resolver sends it. */
export function queryFor(
  id: number,
  question: Question,
  options: { readonly edns?: Edns; readonly rd?: boolean } = {},
): DnsMessage {
  return {
    id,
    response: false,
    opcode: OPCODE.QUERY,
    authoritative: false,
    truncated: false,
    recursionDesired: options.rd ?? true,
    recursionAvailable: false,
    authenticData: false,
    checkingDisabled: false,
    rcode: RCODE.NOERROR,
    question,
    answer: NONE,
    authority: NONE,
    additional: NONE,
    edns: options.edns,
  }
}

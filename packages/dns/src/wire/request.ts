// Reads what a client sent to the server, and decides what happens before any plugin sees it: a response is ignored, an
// opcode other than QUERY and NOTIFY is NOTIMP, bad counts or bytes are FORMERR. Own reading instead of dns-packet's: this is
// the hot path, and the question must be echoed byte for byte. Rdata other than OPT is not looked into.
// Source: miekg/dns acceptfunc.go and server.go (serveDNS), as CoreDNS uses them.

import type { DnsMessage, Edns, EdnsOption, Question, ResourceRecord } from './message.ts'
import { readName } from './names.ts'
import { OPCODE, RCODE, TYPE } from './record-type.ts'

export type IncomingRequest =
  | { readonly kind: 'query'; readonly message: DnsMessage }
  /** Send this back and do nothing else. */
  | { readonly kind: 'reject'; readonly reply: DnsMessage }
  /** Say nothing: any reply to crap can be used to amplify. */
  | { readonly kind: 'ignore' }

const IGNORE: IncomingRequest = { kind: 'ignore' }
const HEADER_BYTES = 12

export function readRequest(bytes: Uint8Array): IncomingRequest {
  if (bytes.length < HEADER_BYTES) return IGNORE
  const bits = u16(bytes, 2)
  if ((bits & 0x8000) !== 0) return IGNORE
  const opcode = (bits >> 11) & 15
  if (opcode !== OPCODE.QUERY && opcode !== OPCODE.NOTIFY) return reject(bytes, RCODE.NOTIMP, opcode, undefined)
  const answers = u16(bytes, 6)
  const authorities = u16(bytes, 8)
  const additionals = u16(bytes, 10)
  if (u16(bytes, 4) !== 1 || answers > 1 || authorities > 1 || additionals > 2) {
    return reject(bytes, RCODE.FORMERR, OPCODE.QUERY, undefined)
  }
  const read = readQuestion(bytes)
  if (read === 'malformed') return reject(bytes, RCODE.FORMERR, OPCODE.QUERY, undefined)
  const { question, end } = read
  const edns = readRecords(bytes, end, answers + authorities + additionals)
  if (edns === 'malformed') return reject(bytes, RCODE.FORMERR, OPCODE.QUERY, question)
  return { kind: 'query', message: messageOf(bytes, bits, opcode, bits & 15, question, edns) }
}

/** A message of only a header has no question and is let through; a question may lack its last fields (as miekg/dns has it). */
function readQuestion(bytes: Uint8Array): { question: Question | undefined; end: number } | 'malformed' {
  if (bytes.length === HEADER_BYTES) return { question: undefined, end: HEADER_BYTES }
  const name = readName(bytes, HEADER_BYTES)
  if (name === undefined) return 'malformed'
  const left = bytes.length - name.end
  if (left === 1 || left === 3) return 'malformed'
  const type = left >= 2 ? u16(bytes, name.end) : 0
  const klass = left >= 4 ? u16(bytes, name.end + 2) : 0
  return { question: { name: name.name, type, class: klass }, end: name.end + Math.min(left, 4) }
}

/** Walks the records after the question and picks up the OPT record. Records that are counted but not there are not missed. */
function readRecords(bytes: Uint8Array, start: number, count: number): Edns | undefined | 'malformed' {
  let offset = start
  let edns: Edns | undefined
  for (let i = 0; i < count && offset < bytes.length; i++) {
    const name = readName(bytes, offset)
    if (name === undefined || name.end + 10 > bytes.length) return 'malformed'
    const type = u16(bytes, name.end)
    const rdata = name.end + 10
    const end = rdata + u16(bytes, name.end + 8)
    if (end > bytes.length) return 'malformed'
    if (type === TYPE.OPT && edns === undefined) {
      const options = readOptions(bytes, rdata, end)
      if (options === 'malformed') return 'malformed'
      edns = {
        udpSize: u16(bytes, name.end + 2),
        version: bytes[name.end + 5] ?? 0,
        dnssecOk: ((bytes[name.end + 6] ?? 0) & 0x80) !== 0,
        options,
      }
    }
    offset = end
  }
  return edns
}

function readOptions(bytes: Uint8Array, start: number, end: number): readonly EdnsOption[] | 'malformed' {
  const options: EdnsOption[] = []
  let offset = start
  while (offset < end) {
    if (offset + 4 > end) return 'malformed'
    const next = offset + 4 + u16(bytes, offset + 2)
    if (next > end) return 'malformed'
    options.push({ code: u16(bytes, offset), data: bytes.slice(offset + 4, next) })
    offset = next
  }
  return options
}

/** The request's own header with the answer's code; its records are left out. */
function reject(bytes: Uint8Array, rcode: number, opcode: number, question: Question | undefined): IncomingRequest {
  const bits = (u16(bytes, 2) | 0x8000) & ~0x400
  return { kind: 'reject', reply: messageOf(bytes, bits, opcode, rcode, question, undefined) }
}

const NONE: readonly ResourceRecord[] = []

function messageOf(
  bytes: Uint8Array,
  bits: number,
  opcode: number,
  rcode: number,
  question: Question | undefined,
  edns: Edns | undefined,
): DnsMessage {
  return {
    id: u16(bytes, 0),
    response: (bits & 0x8000) !== 0,
    opcode,
    authoritative: (bits & 0x400) !== 0,
    truncated: (bits & 0x200) !== 0,
    recursionDesired: (bits & 0x100) !== 0,
    recursionAvailable: (bits & 0x80) !== 0,
    authenticData: (bits & 0x20) !== 0,
    checkingDisabled: (bits & 0x10) !== 0,
    rcode,
    question,
    answer: NONE,
    authority: NONE,
    additional: NONE,
    edns,
  }
}

function u16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0)
}

// Bytes of any message (mostly: replies, for the resolver and the tools) to values, read by dns-packet. It reads names as
// UTF-8 and does not escape dots inside labels; the server's own reading (request.ts) has neither limit.

import { Buffer } from 'node:buffer'
import dnsPacket, { type Answer, type DecodedPacket } from 'dns-packet'
import { canonicalAddress } from './address.ts'
import type { DnsMessage, Edns, Question, ResourceRecord } from './message.ts'
import { fullyQualified } from './names.ts'
import { typeNumber } from './record-type.ts'

const CLASS_NUMBERS: ReadonlyMap<string, number> = new Map([
  ['IN', 1],
  ['CS', 2],
  ['CH', 3],
  ['HS', 4],
  ['ANY', 255],
])

/** The message, or undefined when the bytes are none. */
export function decodeMessage(bytes: Uint8Array): DnsMessage | undefined {
  try {
    return messageOf(dnsPacket.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)), bytes)
  } catch {
    // dns-packet reports bad bytes by throwing whatever its reads throw.
    return undefined
  }
}

function messageOf(packet: DecodedPacket, bytes: Uint8Array): DnsMessage {
  const bits = ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0)
  const opt = packet.additionals?.find((record) => record.type === 'OPT')
  return {
    id: packet.id ?? 0,
    response: (bits & 0x8000) !== 0,
    opcode: (bits >> 11) & 15,
    authoritative: packet.flag_aa,
    truncated: packet.flag_tc,
    recursionDesired: packet.flag_rd,
    recursionAvailable: packet.flag_ra,
    authenticData: packet.flag_ad,
    checkingDisabled: packet.flag_cd,
    rcode: (bits & 15) | (opt?.type === 'OPT' ? opt.extendedRcode << 4 : 0),
    question: questionOf(packet),
    answer: recordsOf(packet.answers),
    authority: recordsOf(packet.authorities),
    additional: recordsOf(packet.additionals),
    edns: opt === undefined ? undefined : ednsOf(opt),
  }
}

function questionOf(packet: DecodedPacket): Question | undefined {
  const question = packet.questions?.[0]
  if (question === undefined) return undefined
  return {
    name: fullyQualified(question.name),
    type: numberOf(question.type),
    class: CLASS_NUMBERS.get(question.class ?? 'IN') ?? 0,
  }
}

/** dns-packet spells types it does not know UNKNOWN_65. */
function numberOf(type: string): number {
  return typeNumber(type.replace(/^UNKNOWN_/, 'TYPE')) ?? 0
}

function ednsOf(opt: Answer): Edns | undefined {
  if (opt.type !== 'OPT') return undefined
  const options = (opt.options ?? []).map((option) => ({
    code: option.code,
    data: 'data' in option && option.data !== undefined ? new Uint8Array(option.data) : new Uint8Array(),
  }))
  return { udpSize: opt.udpPayloadSize, version: opt.ednsVersion, dnssecOk: opt.flag_do, options }
}

function recordsOf(answers: readonly Answer[] | undefined): ResourceRecord[] {
  return (answers ?? []).filter((answer) => answer.type !== 'OPT').map(recordOf)
}

function recordOf(answer: Answer): ResourceRecord {
  const name = fullyQualified(answer.name)
  const ttl = 'ttl' in answer ? (answer.ttl ?? 0) : 0
  switch (answer.type) {
    case 'A':
    case 'AAAA':
      return { name, ttl, type: answer.type, address: canonicalAddress(answer.data) ?? answer.data }
    case 'CNAME':
    case 'NS':
    case 'PTR':
    case 'DNAME':
      return { name, ttl, type: answer.type, target: fullyQualified(answer.data) }
    case 'SRV': {
      const { priority = 0, weight = 0, port, target } = answer.data
      return { name, ttl, type: 'SRV', priority, weight, port, target: fullyQualified(target) }
    }
    case 'MX':
      return {
        name,
        ttl,
        type: 'MX',
        preference: answer.data.preference ?? 0,
        exchange: fullyQualified(answer.data.exchange),
      }
    case 'TXT':
      return { name, ttl, type: 'TXT', texts: textsOf(answer.data) }
    case 'SOA': {
      const { mname, rname, serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0 } = answer.data
      return {
        name,
        ttl,
        type: 'SOA',
        mname: fullyQualified(mname),
        rname: fullyQualified(rname),
        serial,
        refresh,
        retry,
        expire,
        minimum,
      }
    }
    default:
      return { name, ttl, type: 'OPAQUE', typeNumber: numberOf(answer.type), rdata: opaqueData(answer) }
  }
}

function textsOf(data: string | Buffer | readonly (string | Buffer)[]): readonly string[] {
  const parts = typeof data === 'string' || Buffer.isBuffer(data) ? [data] : data
  return parts.map((part) => (typeof part === 'string' ? part : part.toString('latin1')))
}

/** Header, root owner, type, class, TTL and length, in front of the rdata of a message with one record. */
const HEAD_BYTES = 23

/** Rdata as bytes. What dns-packet took apart (RP, CAA, DS …) it puts together again, with names written out. */
function opaqueData(answer: Answer): Uint8Array {
  if ('data' in answer && Buffer.isBuffer(answer.data)) return new Uint8Array(answer.data)
  return new Uint8Array(
    dnsPacket.encode({ type: 'response', answers: [{ ...answer, name: '.' }] }).subarray(HEAD_BYTES),
  )
}

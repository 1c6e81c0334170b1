// Messages to bytes. dns-packet has no name compression, which replies over UDP need, so writing is our own; reading
// (decode.ts) is dns-packet's. Compression is used only when asked for: CoreDNS sends small replies uncompressed.
// Source: RFC 1035 section 4, RFC 6891; names in rdata compress only for the types RFC 3597 section 4 allows.

import { PodwireError } from '@podwire/engine'
import { ipv6Bytes } from './address.ts'
import type { DnsMessage, Edns, Question, ResourceRecord } from './message.ts'
import { labelBytes, labelsOf, MAX_LABEL_BYTES, MAX_NAME_BYTES } from './names.ts'
import { CLASS_IN, TYPE } from './record-type.ts'

export const MAX_MESSAGE_BYTES = 65_535

/** A growing place to write to; one is kept and reused because writing never nests. */
class Writer {
  bytes = new Uint8Array(4096)
  length = 0
  /** Name suffix, letter case and all, → offset; undefined while not compressing. */
  suffixes: Map<string, number> | undefined

  room(count: number): void {
    if (this.length + count <= this.bytes.length) return
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count))
    larger.set(this.bytes.subarray(0, this.length))
    this.bytes = larger
  }

  u8(value: number): void {
    this.room(1)
    this.bytes[this.length++] = value
  }

  u16(value: number): void {
    this.room(2)
    this.bytes[this.length++] = value >> 8
    this.bytes[this.length++] = value
  }

  u32(value: number): void {
    this.u16(value >>> 16)
    this.u16(value & 0xffff)
  }

  raw(data: ArrayLike<number>): void {
    this.room(data.length)
    this.bytes.set(data, this.length)
    this.length += data.length
  }

  name(name: string, compressible: boolean): void {
    if (this.suffixes !== undefined) return this.#labels(name, compressible)
    if (name === '.') return this.u8(0)
    // The plain case in one pass: each length byte is filled in when its label ends.
    this.room(name.length + 1)
    const { bytes } = this
    const start = this.length
    let place = start
    let at = start + 1
    for (let i = 0; i < name.length; i++) {
      const code = name.charCodeAt(i)
      if (code === 46) {
        checkLabel(at - place - 1, name)
        bytes[place] = at - place - 1
        place = at++
      } else if (code === 92) return this.#labels(name, compressible)
      else bytes[at++] = code
    }
    if (at - place !== 1) throw badName(name)
    bytes[place] = 0
    this.length = at
  }

  /** Writes again what stands at `from`: the owner of an answer is nearly always the name that was asked. */
  again(from: number, end: number): void {
    this.room(end - from)
    const { bytes } = this
    // A loop: for so few bytes a call of copyWithin costs more.
    let to = this.length
    for (let i = from; i < end; i++) bytes[to++] = bytes[i] ?? 0
    this.length = to
  }

  #labels(name: string, compressible: boolean): void {
    const labels = labelsOf(name)
    for (const [i, label] of labels.entries()) {
      const suffix = this.suffixes === undefined ? '' : labels.slice(i).join('.')
      const known = compressible ? this.suffixes?.get(suffix) : undefined
      if (known !== undefined) return this.u16(0xc000 | known)
      if (this.length < 0x4000 && this.suffixes?.has(suffix) === false) this.suffixes.set(suffix, this.length)
      const bytes = labelBytes(label)
      checkLabel(bytes.length, name)
      this.u8(bytes.length)
      this.raw(bytes)
    }
    this.u8(0)
  }
}

function checkLabel(length: number, name: string): void {
  if (length === 0 || length > MAX_LABEL_BYTES || name.length > 4 * MAX_NAME_BYTES) throw badName(name)
}

function badName(name: string): PodwireError {
  return new PodwireError(
    'write a DNS message',
    `${JSON.stringify(name)} is no domain name`,
    'Check it with nameFault first.',
  )
}

const writer = new Writer()

/** The bytes of a message, of any size: fitting a transport is `encodeReply`'s. @throws PodwireError when a name is none */
export function encodeMessage(message: DnsMessage, options: { readonly compress?: boolean } = {}): Uint8Array {
  writeMessage(message, options.compress === true)
  // Buffer keeps a pool: a small message costs a third of what an array of its own would.
  const bytes = Buffer.allocUnsafe(writer.length)
  if (writer.length > 256) bytes.set(writer.bytes.subarray(0, writer.length))
  else for (let i = 0; i < writer.length; i++) bytes[i] = writer.bytes[i] ?? 0
  return bytes
}

/** How many bytes `encodeMessage` would give. */
export function encodedLength(message: DnsMessage, options: { readonly compress?: boolean } = {}): number {
  writeMessage(message, options.compress === true)
  return writer.length
}

function writeMessage(message: DnsMessage, compress: boolean): void {
  writer.length = 0
  writer.suffixes = compress ? new Map() : undefined
  writer.u16(message.id)
  writer.u16(flagBits(message))
  writer.u16(message.question === undefined ? 0 : 1)
  writer.u16(message.answer.length)
  writer.u16(message.authority.length)
  writer.u16(message.additional.length + (message.edns === undefined ? 0 : 1))
  asked = message.question?.name
  if (message.question !== undefined) writeQuestion(message.question)
  for (const record of message.answer) writeRecord(record)
  for (const record of message.authority) writeRecord(record)
  for (const record of message.additional) writeRecord(record)
  if (message.edns !== undefined) writeOpt(message.edns, message.rcode)
}

function flagBits(message: DnsMessage): number {
  return (
    (message.response ? 0x8000 : 0) |
    ((message.opcode & 15) << 11) |
    (message.authoritative ? 0x400 : 0) |
    (message.truncated ? 0x200 : 0) |
    (message.recursionDesired ? 0x100 : 0) |
    (message.recursionAvailable ? 0x80 : 0) |
    (message.authenticData ? 0x20 : 0) |
    (message.checkingDisabled ? 0x10 : 0) |
    (message.rcode & 15)
  )
}

const HEADER_BYTES = 12
/** The question's name, and where it ends in the message that is being written. */
let asked: string | undefined
let askedEnd = 0

function writeQuestion(question: Question): void {
  writer.name(question.name, true)
  askedEnd = writer.length
  writer.u16(question.type)
  writer.u16(question.class)
}

function writeRecord(record: ResourceRecord): void {
  if (record.name === asked && writer.suffixes === undefined) writer.again(HEADER_BYTES, askedEnd)
  else writer.name(record.name, true)
  writer.u16(record.type === 'OPAQUE' ? record.typeNumber : record.type === 'DNAME' ? 39 : TYPE[record.type])
  writer.u16(CLASS_IN)
  writer.u32(record.ttl)
  const lengthPlace = writer.length
  writer.u16(0)
  writeRdata(record)
  const length = writer.length - lengthPlace - 2
  writer.bytes[lengthPlace] = length >> 8
  writer.bytes[lengthPlace + 1] = length
}

function writeRdata(record: ResourceRecord): void {
  switch (record.type) {
    case 'A':
      return writeIpv4(record.address)
    case 'AAAA':
      return writer.raw(ipv6Bytes(record.address))
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return writer.name(record.target, true)
    case 'DNAME':
      return writer.name(record.target, false)
    case 'SRV':
      writer.u16(record.priority)
      writer.u16(record.weight)
      writer.u16(record.port)
      return writer.name(record.target, false)
    case 'MX':
      writer.u16(record.preference)
      return writer.name(record.exchange, true)
    case 'TXT':
      return writeTexts(record.texts)
    case 'SOA':
      writer.name(record.mname, true)
      writer.name(record.rname, true)
      for (const value of [record.serial, record.refresh, record.retry, record.expire, record.minimum])
        writer.u32(value)
      return
    case 'OPAQUE':
      return writer.raw(record.rdata)
  }
}

function writeIpv4(address: string): void {
  let octet = 0
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i)
    if (code === 46) {
      writer.u8(octet)
      octet = 0
    } else octet = octet * 10 + code - 48
  }
  writer.u8(octet)
}

function writeTexts(texts: readonly string[]): void {
  for (const text of texts) {
    const bytes = Buffer.from(text, 'latin1').subarray(0, 255)
    writer.u8(bytes.length)
    writer.raw(bytes)
  }
}

function writeOpt(edns: Edns, rcode: number): void {
  writer.u8(0)
  writer.u16(TYPE.OPT)
  writer.u16(edns.udpSize)
  writer.u8(rcode >> 4)
  writer.u8(edns.version)
  writer.u16(edns.dnssecOk ? 0x8000 : 0)
  writer.u16(edns.options.reduce((sum, option) => sum + 4 + option.data.length, 0))
  for (const option of edns.options) {
    writer.u16(option.code)
    writer.u16(option.data.length)
    writer.raw(option.data)
  }
}

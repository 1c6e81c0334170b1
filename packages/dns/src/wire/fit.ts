// Makes a reply fit its transport, as CoreDNS does: uncompressed when that fits, else compressed, else whole records are left
// out from the end and tc is set. EDNS is echoed with the client's size. Source: CoreDNS request/request.go (SizeAndDo,
// Scrub), miekg/dns msg_truncate.go; 1480 and 1220 are CoreDNS's limits against fragmentation.

import { encodedLength, encodeMessage, MAX_MESSAGE_BYTES } from './encode.ts'
import type { DnsMessage, Edns, ResourceRecord } from './message.ts'

const MIN_UDP_BYTES = 512
/** NSID, EXPIRE, COOKIE, TCP-KEEPALIVE, PADDING: the options CoreDNS sends back. */
const ECHOED_OPTIONS: ReadonlySet<number> = new Set([3, 9, 10, 11, 12])
const NO_CODES: ReadonlySet<number> = new Set()

export interface Transport {
  readonly protocol: 'udp' | 'tcp'
  /** IP version of the client's address. */
  readonly family: 4 | 6
}

/** How large a reply this client takes. */
export function sizeLimit(edns: Edns | undefined, protocol: 'udp' | 'tcp'): number {
  return protocol === 'tcp' ? MAX_MESSAGE_BYTES : Math.max(MIN_UDP_BYTES, edns?.udpSize ?? 0)
}

/** The OPT record that goes back to a client that sent one. @param more codes given back beside the usual ones */
export function echoedEdns(edns: Edns | undefined, more: ReadonlySet<number> = NO_CODES): Edns | undefined {
  if (edns === undefined) return undefined
  const options = edns.options.filter(({ code }) => ECHOED_OPTIONS.has(code) || more.has(code))
  return { udpSize: edns.udpSize, version: 0, dnssecOk: edns.dnssecOk, options }
}

/** The bytes of `reply`, never more than the transport takes. */
export function encodeReply(reply: DnsMessage, limit: number, transport: Transport): Uint8Array {
  const plain = encodeMessage(reply)
  const fragmentLimit = transport.family === 4 ? 1480 : 1220
  if (plain.length <= limit && (transport.protocol === 'tcp' || plain.length <= fragmentLimit)) return plain
  const compressed = encodeMessage(reply, { compress: true })
  if (compressed.length <= limit) return compressed
  return encodeMessage(truncated(reply, limit), { compress: true })
}

/** The longest beginning of the records that fits with compression; found by halving, since size grows with each record. */
function truncated(reply: DnsMessage, limit: number): DnsMessage {
  const total = reply.answer.length + reply.authority.length + reply.additional.length
  let low = 0
  let high = total
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (encodedLength(firstRecords(reply, middle), { compress: true }) <= limit) low = middle
    else high = middle - 1
  }
  return firstRecords(reply, low)
}

function firstRecords(reply: DnsMessage, count: number): DnsMessage {
  let left = count
  const take = (records: readonly ResourceRecord[]): readonly ResourceRecord[] => {
    const taken = records.slice(0, left)
    left -= taken.length
    return taken
  }
  return {
    ...reply,
    truncated: true,
    answer: take(reply.answer),
    authority: take(reply.authority),
    additional: take(reply.additional),
  }
}

// What one line of `log` says: CoreDNS's common and combined formats, or a format of one's own with `{placeholders}`.
// Source: CoreDNS plugin/pkg/replacer/replacer.go, plugin/pkg/response/typify.go.

import { className, encodeMessage, rcodeName, typeName, type DnsMessage } from '../../wire/index.ts'
import type { DnsRequest } from '../plugin.ts'

export const COMMON =
  '{remote}:{port} - {>id} "{type} {class} {name} {proto} {size} {>do} {>bufsize}" {rcode} {>rflags} {rsize} {duration}'
export const COMBINED = `${COMMON} "{>opcode}"`

export type LogClass = 'success' | 'denial' | 'error'

/** Which class of replies one is in. */
export function logClassOf(reply: DnsMessage): LogClass {
  const negative = reply.rcode === 3 || (reply.rcode === 0 && reply.answer.length === 0)
  if (negative && reply.authority.some((record) => record.type === 'SOA')) return 'denial'
  return reply.rcode === 0 || reply.rcode === 3 ? 'success' : 'error'
}

/** @param durationS of virtual time */
export function logLine(format: string, request: DnsRequest, reply: DnsMessage, durationS: number): string {
  return format.replace(/\{[^{}]+\}/g, (placeholder) => valueOf(placeholder, request, reply, durationS))
}

function valueOf(placeholder: string, request: DnsRequest, reply: DnsMessage, durationS: number): string {
  const { from, message, question } = request
  switch (placeholder) {
    case '{remote}':
      return from.address.includes(':') ? `[${from.address}]` : from.address
    case '{port}':
      return String(from.port)
    case '{local}':
      return '-'
    case '{type}':
      return typeName(question.type)
    case '{name}':
      return question.name
    case '{class}':
      return className(question.class)
    case '{proto}':
      return request.protocol
    case '{size}':
      return String(request.size)
    case '{rcode}':
      return rcodeName(reply.rcode)
    case '{rsize}':
      return String(encodeMessage(reply).length)
    case '{duration}':
      return `${durationS}s`
    case '{>rflags}':
      return flagText(reply)
    case '{>id}':
      return String(message.id)
    case '{>opcode}':
      return String(message.opcode)
    case '{>do}':
      return String(message.edns?.dnssecOk === true)
    case '{>bufsize}':
      return String(request.limit)
    default:
      // Metadata and what is unknown have no value.
      return '-'
  }
}

function flagText(message: DnsMessage): string {
  const flags: readonly (readonly [boolean, string])[] = [
    [message.response, 'qr'],
    [message.authoritative, 'aa'],
    [message.truncated, 'tc'],
    [message.recursionDesired, 'rd'],
    [message.recursionAvailable, 'ra'],
    [message.authenticData, 'ad'],
    [message.checkingDisabled, 'cd'],
  ]
  const set = flags.filter(([on]) => on).map(([, name]) => name)
  return set.length === 0 ? '-' : set.join(',')
}

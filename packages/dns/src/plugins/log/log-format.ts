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

export interface LoggedQuery {
  readonly request: DnsRequest
  readonly reply: DnsMessage
  /** Of virtual time. */
  readonly seconds: number
  /** The server's. */
  readonly localAddress: string | undefined
}

export function logLine(format: string, logged: LoggedQuery): string {
  return format.replace(/\{[^{}]+\}/g, (placeholder) => valueOf(placeholder, logged))
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}

function valueOf(placeholder: string, { request, reply, seconds, localAddress }: LoggedQuery): string {
  const { from, message, question } = request
  switch (placeholder) {
    case '{remote}':
      return bracketed(from.address)
    case '{port}':
      return String(from.port)
    case '{local}':
      return localAddress === undefined ? '-' : bracketed(localAddress)
    case '{type}':
      return typeName(question.type)
    case '{name}':
      return question.name.toLowerCase()
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
      return `${seconds}s`
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

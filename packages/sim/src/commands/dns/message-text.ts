// DNS messages in dig's layout (9.18): header, flags, sections, columns aligned with tabs.

import {
  className,
  rcodeName,
  rdataText,
  recordTypeName,
  typeName,
  type DnsMessage,
  type ResourceRecord,
} from '@podwire/dns'

/** Pads with tabs up to a column, at least one. */
function tabbed(text: string, column: number): string {
  const tabs = Math.max(1, Math.ceil((column - text.length) / 8))
  return text + '\t'.repeat(tabs)
}

export function recordColumns(record: ResourceRecord): string {
  const head = tabbed(record.name, 24)
  return `${head}${record.ttl}\tIN\t${recordTypeName(record)}\t${rdataText(record)}`
}

export function questionColumns(message: DnsMessage): string {
  const { question } = message
  if (question === undefined) return ''
  // dig aligns the question as if the TTL column were empty: name to column 24, then one more tab.
  return `${tabbed(`;${question.name}`, 24)}\t${className(question.class)}\t${typeName(question.type)}`
}

export function flagNames(message: DnsMessage): string {
  const flags: readonly (readonly [boolean, string])[] = [
    [message.response, 'qr'],
    [message.authoritative, 'aa'],
    [message.truncated, 'tc'],
    [message.recursionDesired, 'rd'],
    [message.recursionAvailable, 'ra'],
    [message.authenticData, 'ad'],
    [message.checkingDisabled, 'cd'],
  ]
  return flags
    .filter(([set]) => set)
    .map(([, name]) => ` ${name}`)
    .join('')
}

export function headerLines(message: DnsMessage): string {
  const additional = message.additional.length + (message.edns === undefined ? 0 : 1)
  const counts = `QUERY: ${message.question === undefined ? 0 : 1}, ANSWER: ${message.answer.length}, AUTHORITY: ${message.authority.length}, ADDITIONAL: ${additional}`
  return (
    `;; ->>HEADER<<- opcode: QUERY, status: ${rcodeName(message.rcode)}, id: ${message.id}\n` +
    `;; flags:${flagNames(message)}; ${counts}\n`
  )
}

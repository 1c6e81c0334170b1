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

/** Where dig puts TTL, class, type and data (BIND's master style): by tabs, or one space once a name is too long. */
const TTL_COLUMN = 24
const CLASS_COLUMN = 32
const TYPE_COLUMN = 40
const DATA_COLUMN = 48

class Columns {
  text = ''
  #column = 0

  add(column: number, text: string): this {
    if (this.text !== '') this.#indent(column)
    this.text += text
    this.#column += text.length
    return this
  }

  #indent(column: number): void {
    const to = Math.max(column, this.#column + 1)
    const tabs = Math.floor(to / 8) - Math.floor(this.#column / 8)
    const from = tabs > 0 ? Math.floor(to / 8) * 8 : this.#column
    this.text += '\t'.repeat(tabs) + ' '.repeat(to - from)
    this.#column = to
  }
}

export function recordColumns(record: ResourceRecord): string {
  return new Columns()
    .add(0, record.name)
    .add(TTL_COLUMN, String(record.ttl))
    .add(CLASS_COLUMN, 'IN')
    .add(TYPE_COLUMN, recordTypeName(record))
    .add(DATA_COLUMN, rdataText(record)).text
}

export function questionColumns(message: DnsMessage): string {
  const { question } = message
  if (question === undefined) return ''
  return new Columns()
    .add(0, `;${question.name}`)
    .add(CLASS_COLUMN, className(question.class))
    .add(TYPE_COLUMN, typeName(question.type)).text
}

function flagNames(message: DnsMessage): string {
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

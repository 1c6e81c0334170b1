// DNS messages in dig's layout (9.18): header, flags, sections, columns aligned with tabs.

import {
  className,
  rcodeName,
  rdataText,
  recordTypeName,
  typeName,
  type DnsMessage,
  type Question,
  type ResourceRecord,
} from '@podwire/dns'

export interface TextStyle {
  readonly multiline: boolean
  readonly ttl: boolean
  readonly ttlUnits: boolean
  readonly class: boolean
}

export const PLAIN: TextStyle = { multiline: false, ttl: true, ttlUnits: false, class: true }

interface Layout {
  readonly class: number
  readonly type: number
  readonly data: number
}

const TTL_COLUMN = 24

/** Where dig puts class, type and data (BIND's master style): by tabs, or one space where something before is too long. */
function layoutOf(style: TextStyle): Layout {
  if (style.multiline || (!style.ttl && !style.class)) return { class: 24, type: 24, data: 32 }
  if (!style.ttl || !style.class) return { class: 24, type: 32, data: 40 }
  return { class: 32, type: 40, data: 48 }
}

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

export function recordColumns(record: ResourceRecord, style: TextStyle = PLAIN): string {
  const layout = layoutOf(style)
  const columns = new Columns().add(0, record.name)
  if (style.ttl) columns.add(TTL_COLUMN, style.ttlUnits ? withUnits(record.ttl) : String(record.ttl))
  if (style.class) columns.add(layout.class, 'IN')
  const data = style.multiline && record.type === 'SOA' ? soaLines(record) : rdataText(record)
  return columns.add(layout.type, recordTypeName(record)).add(layout.data, data).text
}

export function questionColumns(question: Question, style: TextStyle = PLAIN): string {
  const layout = layoutOf(style)
  const columns = new Columns().add(0, question.name)
  if (style.class) columns.add(layout.class, className(question.class))
  // The semicolon does not count.
  return `;${columns.add(layout.type, typeName(question.type)).text}`
}

const UNITS: readonly (readonly [name: string, seconds: number])[] = [
  ['w', 604_800],
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
]

/** `1h30m`; BIND writes a TTL of nothing as `0s`. */
function withUnits(seconds: number): string {
  let left = seconds
  let text = ''
  for (const [name, size] of UNITS) {
    const count = Math.floor(left / size)
    if (count > 0) text += `${count}${name}`
    left -= count * size
  }
  return text === '' ? '0s' : text
}

const LONG_UNITS: ReadonlyMap<string, string> = new Map([
  ['w', 'week'],
  ['d', 'day'],
  ['h', 'hour'],
  ['m', 'minute'],
  ['s', 'second'],
])

function soaLines(record: Extract<ResourceRecord, { type: 'SOA' }>): string {
  const verbose = (seconds: number): string =>
    withUnits(seconds).replace(/(\d+)([wdhms])/g, (_, count: string, unit: string) => {
      return `${count} ${LONG_UNITS.get(unit) ?? ''}${count === '1' ? '' : 's'} `
    })
  const line = (value: number, what: string, units: boolean): string =>
    `\t\t\t\t${String(value).padEnd(10)} ; ${what}${units ? ` (${verbose(value).trim()})` : ''}\n`
  return (
    `${record.mname} ${record.rname} (\n${line(record.serial, 'serial', false)}${line(record.refresh, 'refresh', true)}` +
    `${line(record.retry, 'retry', true)}${line(record.expire, 'expire', true)}${line(record.minimum, 'minimum', true)}\t\t\t\t)`
  )
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

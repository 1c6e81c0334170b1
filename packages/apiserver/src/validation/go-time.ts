// Times as clients write them: RFC 3339 as Go's time.Parse reads it, and its errors. Source: Go's time/format.go (parse);
// the layouts of apimachinery meta/v1 Time (seconds, a fraction may follow) and MicroTime (six digits must).

export interface GoTime {
  readonly milliseconds: number
  /** Digits of the second's fraction, as they were written. */
  readonly fraction: string
}

const TIME_LAYOUT = '2006-01-02T15:04:05Z07:00'
const MICRO_TIME_LAYOUT = '2006-01-02T15:04:05.000000Z07:00'

interface Part {
  readonly layout: string
  readonly pattern: RegExp
  /** What is out of range, and the range. */
  readonly range?: readonly [name: string, least: number, most: number]
}

const DATE_AND_MINUTE: readonly Part[] = [
  { layout: '2006', pattern: /^\d{4}/ },
  { layout: '-', pattern: /^-/ },
  { layout: '01', pattern: /^\d\d/, range: ['month', 1, 12] },
  { layout: '-', pattern: /^-/ },
  { layout: '02', pattern: /^\d\d/ },
  { layout: 'T', pattern: /^T/ },
  { layout: '15', pattern: /^\d\d?/, range: ['hour', 0, 23] },
  { layout: ':', pattern: /^:/ },
  { layout: '04', pattern: /^\d\d/, range: ['minute', 0, 59] },
  { layout: ':', pattern: /^:/ },
]
const SECOND: readonly [name: string, least: number, most: number] = ['second', 0, 59]
const ZONE: Part = { layout: 'Z07:00', pattern: /^(?:Z|[+-]\d\d:\d\d)/ }

const TIME: readonly Part[] = [...DATE_AND_MINUTE, { layout: '05', pattern: /^\d\d(?:[.,]\d+)?/, range: SECOND }, ZONE]
const MICRO_TIME: readonly Part[] = [
  ...DATE_AND_MINUTE,
  { layout: '05', pattern: /^\d\d/, range: SECOND },
  { layout: '.000000', pattern: /^[.,]\d{6}/ },
  ZONE,
]

/** @returns the time, or the text of Go's error */
export function parseGoTime(text: string, type: 'time' | 'micro-time' = 'time'): GoTime | string {
  const start = `parsing time ${quoted(text)}`
  const layout = type === 'time' ? TIME_LAYOUT : MICRO_TIME_LAYOUT
  let left = text
  for (const part of type === 'time' ? TIME : MICRO_TIME) {
    const [found] = part.pattern.exec(left) ?? []
    if (found === undefined)
      return `${start} as ${quoted(layout)}: cannot parse ${quoted(left)} as ${quoted(part.layout)}`
    const [name, least, most] = part.range ?? ['', -Infinity, Infinity]
    const number = Number.parseInt(found, 10)
    if (number < least || number > most) return `${start}: ${name} out of range`
    left = left.slice(found.length)
  }
  return left === '' ? (moment(text) ?? `${start}: day out of range`) : `${start}: extra text: ${quoted(left)}`
}

/** undefined when the month has no such day. */
function moment(text: string): GoTime | undefined {
  const pattern = /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)(?:[.,](\d+))?(?:Z|([+-])(\d+):(\d+))$/
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = '', ...zone] =
    pattern.exec(text) ?? []
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  if (date.getUTCDate() !== Number(day)) return undefined
  date.setUTCHours(Number(hour), Number(minute), Number(second), Number(fraction.slice(0, 3).padEnd(3, '0')))
  const [sign, hours = '0', minutes = '0'] = zone
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000
  return { milliseconds: date.getTime() + (sign === '-' ? offset : -offset), fraction }
}

/** The time package quotes in its own way: bytes beyond ASCII one by one. */
function quoted(text: string): string {
  const escaped = text
    .replace(/["\\]/g, '\\$&')
    .replace(/[^ -~]/gu, (char) =>
      [...Buffer.from(char)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
    )
  return `"${escaped}"`
}

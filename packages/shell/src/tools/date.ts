// date: the virtual calendar, UTC. Formats of strftime(3), -u, -I, -R, -d @SECONDS and -d TIMESTAMP; setting it is refused.

import type { Command } from '../command.ts'
import { usageError } from './input.ts'
import { parseOptions } from './options.ts'

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

export const date: Command = async (context) => {
  const options = parseOptions(context.args, 'uRI::d:s:D:', ['date=', 'utc', 'iso-8601=', 'iso-8601', 'rfc-3339='])
  if ('problem' in options) return usageError(context, options.problem)
  if (options.has('s')) return usageError(context, 'cannot set date: Operation not permitted')
  const text = options.value('d', 'date')
  const nowMs = context.engine.clock.wallTimeMs()
  const micros = context.engine.clock.now() % 1000
  const whenMs = text === undefined ? nowMs : parseWhen(text, nowMs)
  if (whenMs === undefined) return usageError(context, `invalid date '${text}'`)
  const [format] = options.operands
  if (format !== undefined && !format.startsWith('+')) return usageError(context, `invalid date '${format}'`)
  const chosen =
    format?.slice(1) ??
    (options.has('R')
      ? '%a, %d %b %Y %H:%M:%S +0000'
      : options.has('I', 'iso-8601')
        ? isoFormat(options.value('I', 'iso-8601') ?? '')
        : '%a %b %e %H:%M:%S UTC %Y')
  await context.stdout.write(`${formatDate(chosen, whenMs, text === undefined ? micros : 0)}\n`)
  return 0
}

function isoFormat(precision: string): string {
  if (precision.startsWith('s')) return '%Y-%m-%dT%H:%M:%S+00:00'
  if (precision.startsWith('n')) return '%Y-%m-%dT%H:%M:%S,%N+00:00'
  return '%Y-%m-%d'
}

function parseWhen(text: string, nowMs: number): number | undefined {
  if (text === 'now' || text === '') return nowMs
  const seconds = /^@(-?\d+(?:\.\d+)?)$/.exec(text)
  if (seconds !== null) return Number(seconds[1]) * 1000
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return undefined
  const zoned = /[zZ]|[-+]\d\d:?\d\d$/.test(text.slice(10)) || text.length <= 10
  const parsed = Date.parse(zoned ? text : `${text.replace(' ', 'T')}Z`)
  return Number.isNaN(parsed) ? undefined : parsed
}

interface Moment {
  readonly date: Date
  /** Microseconds below the millisecond. */
  readonly micros: number
}

const two = (value: number): string => String(value).padStart(2, '0')

function dayOfYear(date: Date): number {
  const year = date.getUTCFullYear()
  return Math.floor((Date.UTC(year, date.getUTCMonth(), date.getUTCDate()) - Date.UTC(year, 0, 1)) / 86_400_000) + 1
}

const FIELDS: ReadonlyMap<string, (moment: Moment) => string> = new Map<string, (moment: Moment) => string>([
  ['Y', ({ date: day }) => String(day.getUTCFullYear())],
  ['y', ({ date: day }) => two(day.getUTCFullYear() % 100)],
  ['m', ({ date: day }) => two(day.getUTCMonth() + 1)],
  ['d', ({ date: day }) => two(day.getUTCDate())],
  ['e', ({ date: day }) => String(day.getUTCDate()).padStart(2)],
  ['H', ({ date: day }) => two(day.getUTCHours())],
  ['I', ({ date: day }) => two(day.getUTCHours() % 12 || 12)],
  ['M', ({ date: day }) => two(day.getUTCMinutes())],
  ['S', ({ date: day }) => two(day.getUTCSeconds())],
  ['N', ({ date: day, micros }) => String((day.getUTCMilliseconds() * 1000 + micros) * 1000).padStart(9, '0')],
  ['s', ({ date: day }) => String(Math.floor(day.getTime() / 1000))],
  ['a', ({ date: day }) => (DAYS[day.getUTCDay()] ?? '').slice(0, 3)],
  ['A', ({ date: day }) => DAYS[day.getUTCDay()] ?? ''],
  ['b', ({ date: day }) => (MONTHS[day.getUTCMonth()] ?? '').slice(0, 3)],
  ['h', ({ date: day }) => (MONTHS[day.getUTCMonth()] ?? '').slice(0, 3)],
  ['B', ({ date: day }) => MONTHS[day.getUTCMonth()] ?? ''],
  ['j', ({ date: day }) => String(dayOfYear(day)).padStart(3, '0')],
  ['u', ({ date: day }) => String(day.getUTCDay() || 7)],
  ['w', ({ date: day }) => String(day.getUTCDay())],
  ['p', ({ date: day }) => (day.getUTCHours() < 12 ? 'AM' : 'PM')],
  ['U', ({ date: day }) => two(Math.floor((dayOfYear(day) + 6 - day.getUTCDay()) / 7))],
  ['W', ({ date: day }) => two(Math.floor((dayOfYear(day) + 6 - ((day.getUTCDay() + 6) % 7)) / 7))],
  ['Z', () => 'UTC'],
  ['z', () => '+0000'],
  ['n', () => '\n'],
  ['t', () => '\t'],
  ['%', () => '%'],
])

/** Letters that stand for several fields. */
const COMPOUNDS: ReadonlyMap<string, string> = new Map([
  ['F', '%Y-%m-%d'],
  ['T', '%H:%M:%S'],
  ['R', '%H:%M'],
  ['D', '%m/%d/%y'],
  ['c', '%a %b %e %H:%M:%S %Y'],
])

/** `format` of strftime(3), UTC. */
export function formatDate(format: string, whenMs: number, micros: number): string {
  const moment: Moment = { date: new Date(whenMs), micros }
  return format.replace(/%-?([a-zA-Z%])/g, (all, letter: string) => {
    const compound = COMPOUNDS.get(letter)
    const text = compound === undefined ? (FIELDS.get(letter)?.(moment) ?? all) : formatDate(compound, whenMs, micros)
    return all.startsWith('%-') ? text.replace(/^[0 ]+(?=.)/, '') : text
  })
}

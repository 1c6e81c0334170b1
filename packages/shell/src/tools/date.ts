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

export function formatDate(format: string, whenMs: number, micros: number): string {
  const moment = new Date(whenMs)
  const two = (value: number): string => String(value).padStart(2, '0')
  const year = moment.getUTCFullYear()
  const hours = moment.getUTCHours()
  const dayOfYear =
    Math.floor((Date.UTC(year, moment.getUTCMonth(), moment.getUTCDate()) - Date.UTC(year, 0, 1)) / 86_400_000) + 1
  const field = (letter: string): string => {
    switch (letter) {
      case 'Y':
        return String(year)
      case 'y':
        return two(year % 100)
      case 'm':
        return two(moment.getUTCMonth() + 1)
      case 'd':
        return two(moment.getUTCDate())
      case 'e':
        return String(moment.getUTCDate()).padStart(2)
      case 'H':
        return two(hours)
      case 'I':
        return two(hours % 12 || 12)
      case 'M':
        return two(moment.getUTCMinutes())
      case 'S':
        return two(moment.getUTCSeconds())
      case 'N':
        return String((moment.getUTCMilliseconds() * 1000 + micros) * 1000).padStart(9, '0')
      case 's':
        return String(Math.floor(whenMs / 1000))
      case 'a':
        return (DAYS[moment.getUTCDay()] ?? '').slice(0, 3)
      case 'A':
        return DAYS[moment.getUTCDay()] ?? ''
      case 'b':
      case 'h':
        return (MONTHS[moment.getUTCMonth()] ?? '').slice(0, 3)
      case 'B':
        return MONTHS[moment.getUTCMonth()] ?? ''
      case 'j':
        return String(dayOfYear).padStart(3, '0')
      case 'u':
        return String(moment.getUTCDay() || 7)
      case 'w':
        return String(moment.getUTCDay())
      case 'p':
        return hours < 12 ? 'AM' : 'PM'
      case 'Z':
        return 'UTC'
      case 'z':
        return '+0000'
      case 'F':
        return formatDate('%Y-%m-%d', whenMs, micros)
      case 'T':
        return formatDate('%H:%M:%S', whenMs, micros)
      case 'R':
        return formatDate('%H:%M', whenMs, micros)
      case 'D':
        return formatDate('%m/%d/%y', whenMs, micros)
      case 'c':
        return formatDate('%a %b %e %H:%M:%S %Y', whenMs, micros)
      case 'n':
        return '\n'
      case 't':
        return '\t'
      case '%':
        return '%'
      default:
        return `%${letter}`
    }
  }
  return format.replace(/%-?([a-zA-Z%])/g, (all, letter: string) => {
    const text = field(letter)
    return all.startsWith('%-') ? text.replace(/^[0 ]+(?=.)/, '') : text
  })
}

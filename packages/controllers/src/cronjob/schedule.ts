// Cron schedules: five fields (names, ranges, steps), @daily and its kin, @every. Parsing, and the next moment after another.
// Pure. Source: robfig/cron v3 (parser.go, spec.go, constantdelay.go), which kube-controller-manager uses: a moment that a
// clock change skips is skipped, one that it repeats comes twice.

import { type LocalTime, type Zone } from './zone.ts'

export type Schedule =
  { readonly kind: 'fields'; readonly fields: CronFields } | { readonly kind: 'every'; readonly everyMs: number }

interface CronFields {
  readonly minutes: ReadonlySet<number>
  readonly hours: ReadonlySet<number>
  readonly days: ReadonlySet<number>
  readonly months: ReadonlySet<number>
  readonly weekdays: ReadonlySet<number>
  /** When one of the two is `*`, the other decides; restricted both, one is enough. */
  readonly anyDay: boolean
  readonly anyWeekday: boolean
}

interface Bounds {
  readonly min: number
  readonly max: number
  readonly names: readonly string[]
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const MINUTE: Bounds = { min: 0, max: 59, names: [] }
const HOUR: Bounds = { min: 0, max: 23, names: [] }
const DAY: Bounds = { min: 1, max: 31, names: [] }
const MONTH: Bounds = { min: 1, max: 12, names: MONTHS }
const WEEKDAY: Bounds = { min: 0, max: 6, names: WEEKDAYS }

const DESCRIPTORS: ReadonlyMap<string, string> = new Map([
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
  ['@monthly', '0 0 1 * *'],
  ['@weekly', '0 0 * * 0'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@hourly', '0 * * * *'],
])

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
])

/** Years ahead that are searched: 29 February is at most eight years away. */
const SEARCH_DAYS = 366 * 9
const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

/** Undefined: not a schedule. The API server refuses those, so a caller only has to say so. */
export function parseSchedule(text: string): Schedule | undefined {
  const every = /^@every ((\d+(\.\d+)?(h|ms|m|s))+)$/.exec(text)?.[1]
  if (every !== undefined) return { kind: 'every', everyMs: durationMs(every) }
  const words = (DESCRIPTORS.get(text) ?? text).split(/\s+/).filter((word) => word !== '')
  const [minute, hour, day, month, weekday] = words
  if (words.length !== 5 || weekday === undefined) return undefined
  const minutes = parseField(minute ?? '', MINUTE)
  const hours = parseField(hour ?? '', HOUR)
  const days = parseField(day ?? '', DAY)
  const months = parseField(month ?? '', MONTH)
  const weekdays = parseField(weekday, WEEKDAY)
  if (!minutes || !hours || !days || !months || !weekdays) return undefined
  const [anyDay, anyWeekday] = [isAny(day ?? ''), isAny(weekday)]
  return { kind: 'fields', fields: { minutes, hours, days, months, weekdays, anyDay, anyWeekday } }
}

function durationMs(text: string): number {
  let total = 0
  for (const [, amount, unit = 's'] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)) {
    total += Number(amount) * (UNIT_MS.get(unit) ?? 0)
  }
  // Whole seconds, at least one.
  return Math.max(1000, Math.floor(total / 1000) * 1000)
}

/** A star, also one among others in a list or with a step of one, leaves the field open. */
function isAny(field: string): boolean {
  return field.split(',').some((part) => /^[*?](\/1)?$/.test(part))
}

function parseField(field: string, bounds: Bounds): ReadonlySet<number> | undefined {
  const values = new Set<number>()
  for (const part of field.split(',')) {
    if (part === '') continue
    const match = /^([^/-]+)(?:-([^/-]+))?(?:\/(\d+))?$/.exec(part)
    if (match === null) return undefined
    const [, low = '', high, step] = match
    const star = low === '*' || low === '?'
    const from = star ? bounds.min : valueOf(low, bounds)
    const openEnd = star || (high === undefined && step !== undefined)
    const to = openEnd ? bounds.max : valueOf(high ?? low, bounds)
    const width = step === undefined ? 1 : Number(step)
    if (from === undefined || to === undefined || from > to || width === 0) return undefined
    for (let value = from; value <= to; value += width) values.add(value)
  }
  return values
}

function valueOf(text: string, { min, max, names }: Bounds): number | undefined {
  const named = names.indexOf(text.toLowerCase())
  const value = named >= 0 ? named + min : /^\d+$/.test(text) ? Number(text) : -1
  return value >= min && value <= max ? value : undefined
}

/** The first moment of the schedule after `afterMs`, milliseconds since 1970; undefined: there is none. */
export function nextMoment(schedule: Schedule, afterMs: number, zone: Zone): number | undefined {
  if (schedule.kind === 'every') return Math.floor(afterMs / 1000) * 1000 + schedule.everyMs
  const { fields } = schedule
  const start = zone.localTime(afterMs)
  let dayMs = Date.UTC(start.year, start.month - 1, start.day)
  for (let i = 0; i <= SEARCH_DAYS; i++, dayMs += DAY_MS) {
    const date = new Date(dayMs)
    const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]
    if (!fields.months.has(month) || !dayMatches(fields, day, date.getUTCDay())) continue
    const found = firstOfDay(fields, { year, month, day, hour: 0, minute: 0 }, afterMs, zone)
    if (found !== undefined) return found
  }
  return undefined
}

function dayMatches(fields: CronFields, day: number, weekday: number): boolean {
  const [byDay, byWeekday] = [fields.days.has(day), fields.weekdays.has(weekday)]
  return fields.anyDay || fields.anyWeekday ? byDay && byWeekday : byDay || byWeekday
}

function firstOfDay(fields: CronFields, date: LocalTime, afterMs: number, zone: Zone): number | undefined {
  let best: number | undefined
  for (let hour = 0; hour < 24 && best === undefined; hour++) {
    if (!fields.hours.has(hour)) continue
    for (const hourMs of zone.moments({ ...date, hour })) {
      for (let minute = 0; minute < 60; minute++) {
        const atMs = hourMs + minute * MINUTE_MS
        if (atMs <= afterMs || !fields.minutes.has(minute)) continue
        best = Math.min(best ?? Infinity, atMs)
        break
      }
    }
  }
  return best
}

// Points in time and spans of it: how they are read, printed, and taken apart in a time zone. Source: cel-go
// common/types/timestamp.go, duration.go; Go's time package.

import { quote } from '../../validation/field-errors.ts'
import { CelError, Duration, NO_OVERLOAD, Timestamp, type Value } from '../run/values.ts'
import type { FunctionTable } from './function-table.ts'
import { durationOf, timestampOf } from './operators.ts'

const MILLISECOND = 1_000_000n
const SECOND = 1_000_000_000n
const MINUTE = 60n * SECOND
const HOUR = 60n * MINUTE
const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: MILLISECOND,
  s: SECOND,
  m: MINUTE,
  h: HOUR,
}

/** Go's ParseDuration. undefined: no duration. */
export function parseDuration(text: string): Value | undefined {
  const [, sign = '', rest = ''] = /^([+-]?)(.*)$/s.exec(text) ?? []
  if (rest === '0') return new Duration(0n)
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(rest)) return undefined
  let nanos = 0n
  for (const [, whole = '', fraction = '', unit = ''] of rest.matchAll(/(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g)) {
    const factor = UNITS[unit] ?? 1n
    nanos += BigInt(whole === '' ? '0' : whole) * factor
    if (fraction !== '') nanos += (BigInt(fraction) * factor) / 10n ** BigInt(fraction.length)
  }
  const duration = durationOf(sign === '-' ? -nanos : nanos)
  return duration instanceof CelError ? undefined : duration
}

/** RFC 3339. undefined: no such time. */
export function parseTimestamp(text: string): Value | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = match
  const fields = [year, month, day, hour, minute, second].map(Number)
  const [y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0] = fields
  const date = new Date(0)
  date.setUTCFullYear(y, mo - 1, d)
  if (date.getUTCMonth() !== mo - 1 || date.getUTCDate() !== d || h > 23 || mi > 59 || s > 59) return undefined
  const offset = offsetMinutes(zone)
  if (offset === undefined) return undefined
  const seconds = BigInt(date.getTime() / 1000) + BigInt(h * 3600 + mi * 60 + s - offset * 60)
  return timestampOf(seconds * SECOND + BigInt(fraction.slice(0, 9).padEnd(9, '0')), offset)
}

function offsetMinutes(zone: string): number | undefined {
  if (zone === 'Z') return 0
  const [, sign, hours, minutes] = /^([+-]?)(\d\d?):(\d\d)$/.exec(zone) ?? []
  if (hours === undefined || Number(hours) > 24 || Number(minutes) > 60) return undefined
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
}

export function printDuration({ nanos }: Duration): string {
  const sign = nanos < 0n ? '-' : ''
  const positive = nanos < 0n ? -nanos : nanos
  return `${sign}${positive / SECOND}${fractionOf(positive % SECOND)}s`
}

export function printTimestamp({ nanos, zone }: Timestamp): string {
  const local = nanos + BigInt(zone) * MINUTE
  const rest = ((local % SECOND) + SECOND) % SECOND
  const text = new Date(Number((local - rest) / MILLISECOND)).toISOString().replace('.000Z', '')
  return `${text}${fractionOf(rest)}${printZone(zone)}`
}

function printZone(zone: number): string {
  if (zone === 0) return 'Z'
  const [hours, minutes] = [Math.trunc(Math.abs(zone) / 60), Math.abs(zone) % 60].map((part) =>
    String(part).padStart(2, '0'),
  )
  return `${zone < 0 ? '-' : '+'}${hours}:${minutes}`
}

function fractionOf(nanos: bigint): string {
  return nanos === 0n ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`
}

/** A wall clock; `of` reads it. */
const PARTS: readonly (readonly [name: string, id: string, of: (clock: Date) => number])[] = [
  ['getFullYear', 'timestamp_to_year', (clock) => clock.getUTCFullYear()],
  ['getMonth', 'timestamp_to_month', (clock) => clock.getUTCMonth()],
  ['getDayOfYear', 'timestamp_to_day_of_year', dayOfYear],
  ['getDayOfMonth', 'timestamp_to_day_of_month', (clock) => clock.getUTCDate() - 1],
  ['getDate', 'timestamp_to_day_of_month_1_based', (clock) => clock.getUTCDate()],
  ['getDayOfWeek', 'timestamp_to_day_of_week', (clock) => clock.getUTCDay()],
  ['getHours', 'timestamp_to_hours', (clock) => clock.getUTCHours()],
  ['getMinutes', 'timestamp_to_minutes', (clock) => clock.getUTCMinutes()],
  ['getSeconds', 'timestamp_to_seconds_tz', (clock) => clock.getUTCSeconds()],
  ['getMilliseconds', 'timestamp_to_milliseconds', (clock) => clock.getUTCMilliseconds()],
]

function dayOfYear(clock: Date): number {
  return Math.floor((clock.getTime() - Date.UTC(clock.getUTCFullYear(), 0, 1)) / 86_400_000)
}

export function addTimes(table: FunctionTable): void {
  for (const [name, id, of] of PARTS) {
    table.member(id, name, ['timestamp'], 'int', (time) =>
      time instanceof Timestamp ? BigInt(of(clockAt(time, 0))) : NO_OVERLOAD,
    )
    table.member(`${id}_with_tz`, name, ['timestamp', 'string'], 'int', (time, zone) => {
      if (!(time instanceof Timestamp) || typeof zone !== 'string') return NO_OVERLOAD
      const offset = zoneOffset(time, zone)
      return typeof offset === 'number' ? BigInt(of(clockAt(time, offset))) : offset
    })
  }
  for (const [name, id, unit] of [
    ['getHours', 'duration_to_hours', HOUR],
    ['getMinutes', 'duration_to_minutes', MINUTE],
    ['getSeconds', 'duration_to_seconds', SECOND],
    ['getMilliseconds', 'duration_to_milliseconds', MILLISECOND],
  ] as const) {
    table.member(id, name, ['duration'], 'int', (duration) =>
      duration instanceof Duration ? duration.nanos / unit : NO_OVERLOAD,
    )
  }
}

function clockAt({ nanos }: Timestamp, offset: number): Date {
  return new Date(Number(nanos / MILLISECOND) + offset * 60_000)
}

/** `-03:30`, read as upstream reads it: two whole numbers. */
function writtenOffset(zone: string): number | CelError {
  const colon = zone.indexOf(':')
  const parts = [zone.slice(0, colon), zone.slice(colon + 1)]
  const wrong = parts.find((part) => !/^[+-]?\d+$/.test(part))
  if (wrong !== undefined) return new CelError(`strconv.Atoi: parsing ${quote(wrong)}: invalid syntax`)
  const [hours = 0, minutes = 0] = parts.map(Number)
  return zone.startsWith('-') ? hours * 60 - minutes : hours * 60 + minutes
}

/** Minutes east of Greenwich. */
function zoneOffset(time: Timestamp, zone: string): number | CelError {
  if (zone.includes(':')) return writtenOffset(zone)
  try {
    const name = zone === '' ? 'UTC' : zone
    const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' })
    const part = format.formatToParts(clockAt(time, 0)).find(({ type }) => type === 'timeZoneName')
    return offsetMinutes((part?.value ?? 'GMT').replace('GMT', '')) ?? 0
  } catch {
    return new CelError(`unknown time zone ${zone}`)
  }
}

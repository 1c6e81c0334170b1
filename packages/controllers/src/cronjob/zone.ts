// Time zones for schedules: UTC by arithmetic, others by the host's time zone data (Intl). Pure for one version of that data,
// which is part of the Node release: the same Node gives the same answers.

import { PodwireError } from '@podwire/engine'

export interface LocalTime {
  readonly year: number
  /** 1 to 12 */
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
}

export interface Zone {
  /** What clocks there show at a moment, milliseconds since 1970. */
  localTime(ms: number): LocalTime
  /** The moments when clocks there show a full hour: none when it is skipped, two when it is repeated. */
  moments(time: LocalTime): readonly number[]
}

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

function asUtcMs({ year, month, day, hour, minute }: LocalTime): number {
  return Date.UTC(year, month - 1, day, hour, minute)
}

function utcTime(ms: number): LocalTime {
  const date = new Date(ms)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
  }
}

export const UTC: Zone = { localTime: utcTime, moments: (time) => [asUtcMs(time)] }

/** @throws PodwireError when the host does not know the zone */
export function zoneNamed(name: string | undefined): Zone {
  if (name === undefined || name === 'UTC' || name === 'Etc/UTC') return UTC
  const format = formatOf(name)
  const localTime = (ms: number): LocalTime => {
    const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]))
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0
    return {
      year: part('year'),
      month: part('month'),
      day: part('day'),
      hour: part('hour'),
      minute: part('minute'),
    }
  }
  return {
    localTime,
    moments: (time) => {
      const wantedMs = asUtcMs(time)
      const offsets = new Set<number>()
      // The offsets in force around that day; a clock change lies within a day of either.
      for (const aroundMs of [wantedMs - 24 * HOUR_MS, wantedMs + 24 * HOUR_MS]) {
        offsets.add(asUtcMs(localTime(aroundMs)) - aroundMs)
      }
      const moments = [...offsets].map((offsetMs) => wantedMs - offsetMs)
      return moments.filter((ms) => asUtcMs(localTime(ms)) === wantedMs).sort((a, b) => a - b)
    },
  }
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    })
  } catch {
    throw new PodwireError(
      'read a time zone',
      `${JSON.stringify(timeZone)} is not in this Node's time zone data`,
      'Use an IANA name such as "Europe/Vienna", or run a Node built with full ICU.',
    )
  }
}

/** RFC 3339 with whole seconds: UTC ends in Z, other zones in their offset. */
export function rfc3339(ms: number, zone: Zone = UTC): string {
  const offsetMs = asUtcMs(zone.localTime(ms)) - Math.floor(ms / MINUTE_MS) * MINUTE_MS
  const text = new Date(ms + offsetMs).toISOString().slice(0, 19)
  if (offsetMs === 0) return `${text}Z`
  const minutes = Math.abs(offsetMs) / MINUTE_MS
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${text}${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

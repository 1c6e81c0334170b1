// Durations as people write them: '30s', '1m30s', '250ms', or a number of milliseconds.

import { HOUR, MICROSECOND, MILLISECOND, MINUTE, SECOND, type Microseconds } from './clock.ts'
import { PodwireError } from './errors.ts'

/** Milliseconds, or Go's notation: a sequence of numbers with the units h, m, s, ms, us. */
export type Duration = number | string

const UNITS: ReadonlyMap<string, Microseconds> = new Map([
  ['h', HOUR],
  ['m', MINUTE],
  ['s', SECOND],
  ['ms', MILLISECOND],
  ['us', MICROSECOND],
  ['µs', MICROSECOND],
])

/** @throws PodwireError when `duration` is negative, not finite or not in the notation above */
export function parseDuration(duration: Duration): Microseconds {
  if (typeof duration === 'number') {
    if (!Number.isFinite(duration) || duration < 0) throw badDuration(duration)
    return Math.round(duration * MILLISECOND)
  }
  if (!/^(\d+(\.\d+)?(h|ms|m|s|us|µs))+$/.test(duration)) throw badDuration(duration)
  let totalUs = 0
  for (const [, amount, unit] of duration.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs)/g)) {
    totalUs += Number(amount) * (UNITS.get(unit ?? '') ?? 0)
  }
  return Math.round(totalUs)
}

/** Go's way of printing a duration: `1h2m3s`, `1.5s`, `250ms`, `0s`. */
export function formatDuration(durationUs: Microseconds): string {
  if (durationUs === 0) return '0s'
  if (durationUs < MILLISECOND) return `${durationUs}µs`
  if (durationUs < SECOND) return `${durationUs / MILLISECOND}ms`
  const hours = Math.floor(durationUs / HOUR)
  const minutes = Math.floor((durationUs % HOUR) / MINUTE)
  const seconds = (durationUs % MINUTE) / SECOND
  return `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds}s`
}

function badDuration(duration: Duration): PodwireError {
  return new PodwireError(
    'read a duration',
    `${JSON.stringify(duration)} is not one`,
    `Use milliseconds as a number, or a text such as '30s', '1m30s' or '250ms'.`,
  )
}

// Ages as kubectl shows them: `5m30s`, `3h`, `2d4h`. Source: apimachinery util/duration.HumanDuration.

import type { Clock } from '@podwire/engine'

const MINUTE = 60
const HOUR = 3600
const DAY = 86_400
const YEAR = 365 * DAY

/** @param seconds may have a fraction, which only matters below zero */
export function humanDuration(seconds: number): string {
  if (seconds <= -2) return '<invalid>'
  if (seconds < 0) return '0s'
  const whole = Math.floor(seconds)
  if (whole < 2 * MINUTE) return `${whole}s`
  if (whole < 10 * MINUTE) return two(whole, MINUTE, 'm', 1, 's')
  if (whole < 3 * HOUR) return `${Math.floor(whole / MINUTE)}m`
  if (whole < 8 * HOUR) return two(whole, HOUR, 'h', MINUTE, 'm')
  if (whole < 2 * DAY) return `${Math.floor(whole / HOUR)}h`
  if (whole < 8 * DAY) return two(whole, DAY, 'd', HOUR, 'h')
  if (whole < 2 * YEAR) return `${Math.floor(whole / DAY)}d`
  if (whole < 8 * YEAR) return two(whole, YEAR, 'y', DAY, 'd')
  return `${Math.floor(whole / YEAR)}y`
}

function two(seconds: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((seconds % large) / small)
  return `${Math.floor(seconds / large)}${largeUnit}${rest === 0 ? '' : `${rest}${smallUnit}`}`
}

/** Time since an RFC 3339 moment; `<unknown>` when there is none. */
export function age(timestamp: string | null | undefined, clock: Clock): string {
  if (timestamp === undefined || timestamp === null || timestamp === '') return '<unknown>'
  return humanDuration((clock.wallTimeMs() - Date.parse(timestamp)) / 1000)
}

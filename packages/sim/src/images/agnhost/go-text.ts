// Texts of Go programs: times, durations, log lines. Source: Go's time and log packages, klog.

import { type Clock, MICROSECOND, MILLISECOND, HOUR, MINUTE, SECOND, type Microseconds } from '@podwire/engine'
import type { SocketError, SocketErrorCode } from '../../fabric/network.ts'
import type { ContainerContext } from '../image.ts'

/** time.Time printed with `%v`: `2026-01-01 00:00:12.345678 +0000 UTC m=+12.345678`. */
export function goTime(clock: Clock): string {
  const [day = '', time = ''] = clock.microTimestamp().replace('Z', '').split('T')
  return `${day} ${time.replace(/\.?0+$/, '')} +0000 UTC m=+${(clock.now() / SECOND).toFixed(6)}`
}

/** A line of the log package on stderr: `2026/01/01 00:00:12 GET /hostname`. */
export function goLog(context: ContainerContext, text: string): void {
  const stamp = context.engine.clock.timestamp()
  context.stderr(`${stamp.slice(0, 10).replaceAll('-', '/')} ${stamp.slice(11, 19)} ${text}\n`)
}

/** A line of klog: `I0101 00:00:12.345678       1 logs_generator.go:76] 0 GET /api/v1 200`. */
export function klogLine(clock: Clock, place: string, text: string, severity: 'I' | 'W' = 'I'): string {
  const stamp = clock.microTimestamp()
  return `${severity}${stamp.slice(5, 7)}${stamp.slice(8, 10)} ${stamp.slice(11, 26)}       1 ${place}] ${text}\n`
}

const UNITS: ReadonlyMap<string, Microseconds> = new Map([
  ['ns', MICROSECOND / 1000],
  ['us', MICROSECOND],
  ['µs', MICROSECOND],
  ['ms', MILLISECOND],
  ['s', SECOND],
  ['m', MINUTE],
  ['h', HOUR],
])

/** time.ParseDuration: `1m30s`, `250ms`, `0`; undefined when it is none. */
export function goDuration(text: string): Microseconds | undefined {
  if (text === '0') return 0
  if (!/^(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(amount) * (UNITS.get(unit ?? '') ?? 0)
  }
  return Math.round(total)
}

const ERRNOS: Readonly<Record<SocketErrorCode, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  ETIMEDOUT: 'connection timed out',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  EADDRINUSE: 'address already in use',
  EADDRNOTAVAIL: 'cannot assign requested address',
  EPERM: 'operation not permitted',
  EPIPE: 'broken pipe',
}

/** syscall.Errno as a text. */
export function errnoText({ code }: SocketError): string {
  return ERRNOS[code]
}

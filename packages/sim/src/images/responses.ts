// Small pieces of HTTP answers that several images share: dates and texts as the real servers write them.

import type { Clock } from '@podwire/engine'
import type { HeaderList, HttpResponse } from '../http/message.ts'

/** `Thu, 01 Jan 2026 00:00:00 GMT` */
export function httpDate(clock: Clock): string {
  const second = Math.floor(clock.wallTimeMs() / 1000)
  if (second === lastDateSecond) return lastDate
  const minute = Math.floor(second / 60)
  if (minute !== lastDateMinute) {
    lastMinute = new Date(second * 1000).toUTCString().slice(0, -'00 GMT'.length)
    lastDateMinute = minute
  }
  lastDate = `${lastMinute}${String(second - 60 * minute).padStart(2, '0')} GMT`
  lastDateSecond = second
  return lastDate
}

// As web servers do: the text of the last second asked for; all but the seconds stays for a minute.
let lastDateSecond = Number.NaN
let lastDate = ''
let lastDateMinute = Number.NaN
let lastMinute = ''

export function textResponse(status: number, text: string, headers: HeaderList): HttpResponse {
  return { status, reason: '', headers, body: Buffer.from(text, 'utf8') }
}

/** A Go net/http server's answer to a handler that wrote plain text. */
export function goResponse(
  clock: Clock,
  status: number,
  text: string,
  contentType = 'text/plain; charset=utf-8',
): HttpResponse {
  const body = Buffer.from(text, 'utf8')
  return {
    status,
    reason: '',
    headers: [
      ...(body.length === 0 ? [] : ([['Content-Type', contentType]] as const)),
      ['Date', httpDate(clock)],
      ['Content-Length', String(body.length)],
    ],
    body,
  }
}

/** Path without query, percent-decoded where that is possible. */
export function pathOf(target: string): string {
  const query = target.indexOf('?')
  const path = query < 0 ? target : target.slice(0, query)
  if (!path.includes('%')) return path
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

export function queryOf(target: string): URLSearchParams {
  const query = target.indexOf('?')
  return new URLSearchParams(query < 0 ? '' : target.slice(query + 1))
}

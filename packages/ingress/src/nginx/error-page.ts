// The small pages nginx makes itself, byte for byte. Source: nginx ngx_http_special_response.c, server_tokens off.

import type { HeaderList, WholeResponse } from '../http/message.ts'

const REASONS: ReadonlyMap<number, string> = new Map([
  [301, 'Moved Permanently'],
  [302, 'Moved Temporarily'],
  [303, 'See Other'],
  [307, 'Temporary Redirect'],
  [308, 'Permanent Redirect'],
  [400, 'Bad Request'],
  [401, 'Authorization Required'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Not Allowed'],
  [413, 'Request Entity Too Large'],
  [414, 'Request-URI Too Large'],
  [500, 'Internal Server Error'],
  [501, 'Not Implemented'],
  [502, 'Bad Gateway'],
  [503, 'Service Temporarily Unavailable'],
  [504, 'Gateway Time-out'],
  [505, 'HTTP Version Not Supported'],
])

function nginxReason(status: number): string {
  return REASONS.get(status) ?? ''
}

/** @param headers what goes between Content-Length and Connection, e.g. Location */
export function nginxPage(status: number, date: string, headers: HeaderList = []): WholeResponse {
  const title = `${status} ${nginxReason(status)}`
  const text =
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n` +
    `<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`
  const body = new TextEncoder().encode(text)
  return {
    status,
    reason: nginxReason(status),
    headers: [
      ['Server', 'nginx'],
      ['Date', date],
      ['Content-Type', 'text/html'],
      ['Content-Length', String(body.length)],
      ['Connection', status === 400 || status === 413 ? 'close' : 'keep-alive'],
      ...headers,
    ],
    body,
  }
}

/** What nginx calls 494 and 497 is a 400 to the client, with a word more. */
const BAD_REQUESTS: ReadonlyMap<number, string> = new Map([
  [431, 'Request Header Or Cookie Too Large'],
  [495, 'The SSL certificate error'],
  [496, 'No required SSL certificate was sent'],
  [497, 'The plain HTTP request was sent to HTTPS port'],
])

/** The answer to what could not be read as a request; the connection closes behind it. @param status 431: too many headers */
export function nginxRefusal(status: number, date: string): WholeResponse {
  const detail = BAD_REQUESTS.get(status)
  const page = nginxPage(detail === undefined ? status : 400, date)
  const text = new TextDecoder().decode(page.body)
  const more = text
    .replace('<title>400 Bad Request', `<title>400 ${detail ?? ''}`)
    .replace('</h1></center>', `</h1></center>\r\n<center>${detail ?? ''}</center>`)
  const body = detail === undefined ? page.body : new TextEncoder().encode(more)
  const headers = page.headers.map(([name, value]) => {
    if (name === 'Content-Length') return [name, String(body.length)] as const
    return [name, name === 'Connection' ? 'close' : value] as const
  })
  return { ...page, headers, body }
}

/** A moment as HTTP writes it. */
export function httpDate(wallTimeMs: number): string {
  const second = Math.floor(wallTimeMs / 1000)
  if (second !== lastDateSecond) {
    lastDate = new Date(second * 1000).toUTCString()
    lastDateSecond = second
  }
  return lastDate
}

// As web servers do: the text of the last second asked for.
let lastDateSecond = Number.NaN
let lastDate = ''

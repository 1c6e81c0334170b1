// What a header block says about the message: is it well formed, how long is the body, does the connection stay. The strict
// rules against request smuggling are those of RFC 9112 §6.3 and §11.2.

import { headerValue, type HeaderList, type HttpVersion } from './message.ts'

// RFC 9110 `token`; field values are visible characters, blanks, tabs and bytes above 127.
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
// oxlint-disable-next-line no-control-regex -- control characters are what must not be there
const VALUE = /^[^\u0000-\u0008\u000a-\u001f\u007f]*$/

export function isToken(text: string): boolean {
  return TOKEN.test(text)
}

/** Reads one header line. @returns undefined when it is malformed (folded lines and blanks before the colon included) */
export function parseHeaderLine(line: string): readonly [name: string, value: string] | undefined {
  const colon = line.indexOf(':')
  if (colon <= 0) return undefined
  const name = line.slice(0, colon)
  const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')
  return TOKEN.test(name) && VALUE.test(value) ? [name, value] : undefined
}

export type BodyLength =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  /** Until the connection ends; responses only. */
  | { readonly kind: 'until-end' }
  | { readonly kind: 'refused'; readonly status: 400 | 501 }

const NONE: BodyLength = { kind: 'none' }

export function requestBodyLength(headers: HeaderList): BodyLength {
  return explicitLength(headers) ?? NONE
}

export function responseBodyLength(headers: HeaderList, status: number, method: string): BodyLength {
  if (method === 'HEAD' || status === 204 || status === 304 || (status >= 100 && status < 200)) return NONE
  return explicitLength(headers) ?? { kind: 'until-end' }
}

function explicitLength(headers: HeaderList): BodyLength | undefined {
  let length: number | undefined
  let encoding: string | undefined
  for (const [name, value] of headers) {
    const lower = name.toLowerCase()
    if (lower === 'transfer-encoding') encoding = encoding === undefined ? value.toLowerCase() : `${encoding},${value}`
    if (lower !== 'content-length') continue
    if (!/^\d{1,15}$/.test(value) || (length !== undefined && length !== Number(value))) {
      return { kind: 'refused', status: 400 }
    }
    length = Number(value)
  }
  if (encoding !== undefined) {
    if (length !== undefined) return { kind: 'refused', status: 400 }
    return encoding === 'chunked' ? { kind: 'chunked' } : { kind: 'refused', status: 501 }
  }
  return length === undefined ? undefined : { kind: 'length', bytes: length }
}

/** Whether the connection may carry another message. */
export function keepsAlive(version: HttpVersion, headers: HeaderList): boolean {
  if (version === '2') return false
  const connection = headerValue(headers, 'Connection')
  if (connection === undefined) return version === '1.1'
  if (connection === 'keep-alive') return true
  if (connection === 'close') return false
  const options = connection.toLowerCase().split(',')
  const has = (option: string): boolean => options.some((entry) => entry.trim() === option)
  return has('close') ? false : version === '1.1' || has('keep-alive')
}

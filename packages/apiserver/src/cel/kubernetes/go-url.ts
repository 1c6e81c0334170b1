// URLs as Go reads them: `url.ParseRequestURI` and the parts of what it reads. Source: Go's net/url.

import { quote } from '../../validation/field-errors.ts'

export interface GoUrl {
  readonly scheme: string
  /** With its port: `[::1]:80`. */
  readonly host: string
  readonly path: string
  /** The path as it was written, where that says more. */
  readonly rawPath: string
  readonly query: string
}

class Unparsable extends Error {}

/** @returns the URL, or what Go says is wrong: `parse "x": invalid URI for request` */
export function parseRequestUri(text: string): GoUrl | string {
  return parsed(text, true)
}

/** Go's url.Parse, which takes references too: `//host/path`. What follows a # is no part of it. */
export function parseUrl(text: string): GoUrl | string {
  return parsed(text.replace(/#.*$/s, ''), false)
}

function parsed(text: string, ofRequest: boolean): GoUrl | string {
  try {
    return parse(text, ofRequest)
  } catch (error) {
    if (error instanceof Unparsable) return `parse ${quote(text)}: ${error.message}`
    throw error
  }
}

function parse(text: string, ofRequest: boolean): GoUrl {
  if (/[\u0000-\u001f\u007f]/.test(text)) throw new Unparsable('net/url: invalid control character in URL')
  if (text === '' && ofRequest) throw new Unparsable('empty url')
  if (text === '*') return { scheme: '', host: '', path: '*', rawPath: '', query: '' }
  const [scheme, afterScheme] = splitScheme(text)
  const mark = afterScheme.indexOf('?')
  let rest = mark === -1 ? afterScheme : afterScheme.slice(0, mark)
  const query = mark === -1 ? '' : afterScheme.slice(mark + 1)
  let host = ''
  if (!rest.startsWith('/')) {
    if (scheme === '' && ofRequest) throw new Unparsable('invalid URI for request')
    if (scheme !== '') return { scheme, host, path: '', rawPath: '', query }
  }
  if (rest.startsWith('//') && (scheme !== '' || (!ofRequest && !rest.startsWith('///')))) {
    const slash = rest.indexOf('/', 2)
    host = parseAuthority(slash === -1 ? rest.slice(2) : rest.slice(2, slash))
    rest = slash === -1 ? '' : rest.slice(slash)
  }
  const path = unescape(rest)
  return { scheme, host, path, rawPath: escapePath(path) === rest ? '' : rest, query }
}

function splitScheme(text: string): readonly [scheme: string, rest: string] {
  if (text.startsWith(':')) throw new Unparsable('missing protocol scheme')
  const [, scheme = ''] = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(text) ?? []
  return scheme === '' ? ['', text] : [scheme.toLowerCase(), text.slice(scheme.length + 1)]
}

function parseAuthority(authority: string): string {
  const at = authority.lastIndexOf('@')
  const user = authority.slice(0, Math.max(0, at))
  const host = parseHost(authority.slice(at + 1))
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user)) throw new Unparsable('net/url: invalid userinfo')
  return host
}

function parseHost(host: string): string {
  const end = host.lastIndexOf(']')
  if (host.startsWith('[') && end === -1) throw new Unparsable("missing ']' in host")
  const colon = host.lastIndexOf(':')
  const port = host.startsWith('[') ? host.slice(end + 1) : colon === -1 ? '' : host.slice(colon)
  if (!/^(?::\d*)?$/.test(port)) throw new Unparsable(`invalid port ${quote(port)} after host`)
  const wrong = /%(?![0-9a-fA-F]{2}).{0,2}/s.exec(host)
  if (wrong !== null) throw new Unparsable(`invalid URL escape ${quote(wrong[0].slice(0, 3))}`)
  const odd = /[ "<>\\^`{|}]/.exec(host)
  if (odd !== null) throw new Unparsable(`invalid character ${quote(odd[0])} in host name`)
  return host.includes('%') ? unescape(host) : host
}

function unescape(text: string): string {
  if (!text.includes('%')) return text
  const wrong = /%(?![0-9a-fA-F]{2}).{0,2}/s.exec(text)
  if (wrong !== null) throw new Unparsable(`invalid URL escape ${quote(wrong[0].slice(0, 3))}`)
  const bytes = text.replace(/%([0-9a-fA-F]{2})|([^%]+)/g, (_, hex?: string, plain?: string) =>
    hex === undefined ? Buffer.from(plain ?? '').toString('latin1') : String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(bytes, 'latin1').toString()
}

function escapePath(path: string): string {
  return [...Buffer.from(path)]
    .map((byte) => {
      const char = String.fromCharCode(byte)
      return /[A-Za-z0-9\-_.~$&+,/:;=@]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')
}

export function escapedPath({ path, rawPath }: GoUrl): string {
  const isGood = rawPath !== '' && /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@[\]/]|%[0-9a-fA-F]{2})*$/.test(rawPath)
  if (isGood) return rawPath
  return path === '*' ? '*' : escapePath(path)
}

/** `[::1]:80` → ::1 */
export function hostnameOf({ host }: GoUrl): string {
  const [, bracketed, plain = host] = /^(?:\[(.*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? []
  return bracketed ?? plain
}

export function portOf({ host }: GoUrl): string {
  return /:(\d*)$/.exec(host.replace(/^\[.*\]/, ''))?.[1] ?? ''
}

/** Values by their keys, in the order they came; what cannot be read is left out. */
export function queryOf({ query }: GoUrl): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>()
  for (const pair of query.split('&')) {
    if (pair === '' || pair.includes(';')) continue
    const [key = '', ...value] = pair.split('=')
    try {
      const name = unescape(key.replaceAll('+', ' '))
      values.set(name, [...(values.get(name) ?? []), unescape(value.join('=').replaceAll('+', ' '))])
    } catch (error) {
      if (!(error instanceof Unparsable)) throw error
    }
  }
  return values
}

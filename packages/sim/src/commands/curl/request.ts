// What curl sends: its headers in curl's order, and the body of -d and its relatives.

import type { CommandContext } from '@podwire/shell'
import type { HeaderList } from '../../http/message.ts'
import type { CurlOptions } from './curl-options.ts'
import type { CurlUrl } from './curl-url.ts'
import { readSource } from './read-source.ts'
import { hostHeader } from './transfer.ts'

const DATA_OPTIONS = ['data', 'data-ascii', 'data-raw', 'data-binary', 'data-urlencode', 'json'] as const

export interface RequestBody {
  readonly body: Uint8Array | undefined
  readonly contentType: string | undefined
}

/** Text is what went wrong. */
export async function requestBody(context: CommandContext, options: CurlOptions): Promise<RequestBody | string> {
  const parts: string[] = []
  let contentType: string | undefined
  for (const name of DATA_OPTIONS) {
    for (const value of options.values.get(name) ?? []) {
      const part = await dataPart(context, name, value)
      if (part === undefined) return `Failed to open ${value.slice(1)}`
      parts.push(part)
      contentType ??= name === 'json' ? 'application/json' : 'application/x-www-form-urlencoded'
    }
  }
  if (contentType === undefined) return { body: undefined, contentType: undefined }
  return { body: Buffer.from(parts.join(contentType === 'application/json' ? '' : '&')), contentType }
}

async function dataPart(context: CommandContext, name: string, value: string): Promise<string | undefined> {
  if (name === 'data-urlencode') {
    const equals = value.indexOf('=')
    if (equals < 0) return encodeURIComponent(value)
    return `${value.slice(0, equals)}${equals > 0 ? '=' : ''}${encodeURIComponent(value.slice(equals + 1))}`
  }
  if (!value.startsWith('@') || name === 'data-raw') return value
  const text = await readSource(context, value.slice(1))
  return name === 'data' || name === 'data-ascii' ? text?.replace(/[\r\n]/g, '') : text
}

export function buildHeaders(
  options: CurlOptions,
  url: CurlUrl,
  body: Uint8Array | undefined,
  contentType: string | undefined,
  version: string,
): HeaderList {
  const own: (readonly [string, string])[] = []
  const given = (options.values.get('header') ?? []).map(parseHeader)
  const replaced = (name: string): boolean => given.some((one) => one.name.toLowerCase() === name.toLowerCase())
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined && !replaced(name)) own.push([name, value])
  }
  const hostGiven = given.find((one) => one.name.toLowerCase() === 'host')
  if (hostGiven === undefined) own.push(['Host', hostHeader(url)])
  else if (hostGiven.value !== '') own.push(['Host', hostGiven.value])
  const user = options.values.get('user')?.at(-1) ?? url.credentials
  if (user !== undefined) {
    const pair = user.includes(':') ? user : `${user}:`
    add('Authorization', `Basic ${Buffer.from(pair).toString('base64')}`)
  }
  const agent = options.values.get('user-agent')?.at(-1) ?? `curl/${version}`
  if (agent !== '') add('User-Agent', agent)
  add('Accept', contentType === 'application/json' ? 'application/json' : '*/*')
  if (options.flags.has('compressed')) add('Accept-Encoding', 'deflate, gzip')
  add('Referer', options.values.get('referer')?.at(-1))
  add('Cookie', options.values.get('cookie')?.join('; '))
  for (const one of given)
    if (one.name.toLowerCase() !== 'host' && (one.value !== '' || one.empty)) own.push([one.name, one.value])
  if (body !== undefined) {
    add('Content-Length', String(body.length))
    add('Content-Type', contentType)
  }
  return own
}

/** `Name: value`; `Name:` takes a header of curl's own out, `Name;` sends it empty. */
function parseHeader(text: string): { readonly name: string; readonly value: string; readonly empty: boolean } {
  const colon = text.indexOf(':')
  if (colon < 0) return { name: text.replace(/;$/, ''), value: '', empty: text.endsWith(';') }
  return { name: text.slice(0, colon), value: text.slice(colon + 1).trim(), empty: false }
}

// What curl sends: its headers in curl's order, and the body of -d and its relatives, of -F and of -T.

import type { CommandContext } from '@podwire/shell'
import type { HeaderList } from '../../http/message.ts'
import type { CurlOptions } from './curl-options.ts'
import type { CurlUrl } from './curl-url.ts'
import { readSource, readSourceBytes } from './read-source.ts'
import { hostHeader } from './transfer.ts'

const DATA_OPTIONS = ['data', 'data-ascii', 'data-raw', 'data-binary', 'data-urlencode', 'json'] as const

export interface RequestBody {
  readonly body: Uint8Array | undefined
  readonly contentType: string | undefined
}

/** Text is what went wrong. */
export async function requestBody(context: CommandContext, options: CurlOptions): Promise<RequestBody | string> {
  const upload = options.values.get('upload-file')?.at(-1)
  if (upload !== undefined) {
    const body = await readSourceBytes(context, upload)
    return body === undefined ? `Can't open '${upload}'!` : { body, contentType: undefined }
  }
  if (options.values.has('form') || options.values.has('form-string')) return multipart(context, options)
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

/** `-F name=value`, `name=@file;type=…;filename=…`, `name=<file`, as multipart/form-data. */
async function multipart(context: CommandContext, options: CurlOptions): Promise<RequestBody | string> {
  const digits = Array.from({ length: 16 }, () => context.random.integer(0, 15).toString(16)).join('')
  const boundary = `${'-'.repeat(24)}${digits}`
  const chunks: Uint8Array[] = []
  const forms = ['form', 'form-string'].flatMap((option) =>
    (options.values.get(option) ?? []).map((text) => ({ text, literal: option === 'form-string' })),
  )
  for (const { text, literal } of forms) {
    const [, name = '', value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? []
    const [first = '', ...attributes] = literal ? [value] : value.split(';')
    const file = !literal && /^[@<]/.test(first) ? first.slice(1) : undefined
    const content = file === undefined ? Buffer.from(first, 'utf8') : await readSourceBytes(context, file)
    if (content === undefined) return `Failed to open/read local data from file/application`
    const attribute = (key: string): string | undefined =>
      attributes
        .find((one) => one.trim().startsWith(`${key}=`))
        ?.trim()
        .slice(key.length + 1)
    const attached = first.startsWith('@') && !literal
    const fileName = attribute('filename') ?? (attached ? file?.replace(/^.*\//, '') : undefined)
    const type = attribute('type') ?? (attached ? 'application/octet-stream' : undefined)
    const head =
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"` +
      `${fileName === undefined ? '' : `; filename="${fileName}"`}\r\n` +
      `${type === undefined ? '' : `Content-Type: ${type}\r\n`}\r\n`
    chunks.push(Buffer.from(head), content, Buffer.from('\r\n'))
  }
  chunks.push(Buffer.from(`--${boundary}--\r\n`))
  return { body: Buffer.concat(chunks), contentType: `multipart/form-data; boundary=${boundary}` }
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
  const range = options.values.get('range')?.at(-1)
  add('Range', range === undefined ? undefined : `bytes=${range}`)
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

// Continue tokens: the revision a list shows and the key to go on from. Source: apiserver storage/continue.go.

import { JsonSyntaxError, scanJson } from '../decode/index.ts'
import { badRequest } from '../status/errors.ts'
import { quote } from '../validation/field-errors.ts'

export interface ContinueToken {
  /** -1: go on with the newest state. */
  readonly revision: number
  readonly startKey: string
}

/** @param startKey the first key of the next page; must start with `prefix` */
export function encodeContinue(revision: number, startKey: string, prefix: string): string {
  const start = startKey.slice(prefix.length)
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start })).toString('base64url')
}

/** @throws StatusError 400 in the words of the server's decoders */
export function decodeContinue(token: string, prefix: string): ContinueToken {
  const { v, rv, start } = readFields(token)
  if (v !== 'meta.k8s.io/v1') throw invalidToken(`server does not recognize this encoded version ${v}`)
  if (rv === 0) throw invalidToken('incorrect encoded start resourceVersion (version meta.k8s.io/v1)')
  if (start === '') throw invalidToken('encoded start key empty (version meta.k8s.io/v1)')
  const key = start.startsWith('/') ? start : `/${start}`
  // A key that would climb out of its kind.
  if (cleanPath(key) !== key) throw invalidToken(start)
  return { revision: rv, startKey: prefix + key.slice(1) }
}

function invalidToken(why: string): Error {
  return badRequest(`invalid continue token: continue key is not valid: ${why}`)
}

function readFields(token: string): { readonly v: string; readonly rv: number; readonly start: string } {
  const at = illegalBase64(token)
  if (at >= 0) throw invalidToken(`illegal base64 data at input byte ${at}`)
  const bytes = Buffer.from(token, 'base64url')
  const [first = 0x20] = bytes
  // What is no text is named by its first byte, as a character of that number.
  if (first >= 0x80) throw invalidToken(`invalid character ${quoteByte(first)} looking for beginning of value`)
  const decoded = parse(bytes.toString('utf8'))
  if (decoded === null) return { v: '', rv: 0, start: '' }
  if (typeof decoded !== 'object' || Array.isArray(decoded)) {
    throw invalidToken(`json: cannot unmarshal ${goKind(decoded)} into Go value of type storage.continueToken`)
  }
  const read = <T>(name: 'rv' | 'start' | 'v', type: 'int64' | 'string', zero: T): T => {
    const value: unknown = Object.hasOwn(decoded, name) ? Reflect.get(decoded, name) : undefined
    if (value === undefined || value === null) return zero
    const right = typeof value === typeof zero && (typeof value !== 'number' || Number.isInteger(value))
    if (right) return value as T
    const what = typeof value === 'number' ? `number${type === 'int64' ? ` ${value}` : ''}` : goKind(value)
    throw invalidToken(`json: cannot unmarshal ${what} into Go struct field continueToken.${name} of type ${type}`)
  }
  return { v: read('v', 'string', ''), rv: read('rv', 'int64', 0), start: read('start', 'string', '') }
}

function parse(text: string): unknown {
  try {
    return scanJson(text).value
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw invalidToken(error.message)
    throw error
  }
}

function quoteByte(byte: number): string {
  return `'${quote(String.fromCharCode(byte)).slice(1, -1)}'`
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

/** Where base64 without padding, in the alphabet for URLs, goes wrong; -1 when it does not. */
function illegalBase64(text: string): number {
  const body = text.replace(/[\r\n]/g, '')
  const bad = body.search(/[^A-Za-z0-9_-]/)
  if (bad >= 0) return bad
  return body.length % 4 === 1 ? body.length - 1 : -1
}

/** Go's path.Clean of a rooted path. */
function cleanPath(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..') parts.pop()
    else parts.push(part)
  }
  return `/${parts.join('/')}`
}

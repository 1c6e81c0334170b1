// Password files as nginx reads them: `user:hash` lines. Hashes are Apache's MD5 (`$apr1$`), the old `$1$`, `{SHA}`, `{SSHA}` and
// `{PLAIN}`. Departure: crypt's other methods (bcrypt, SHA-256, SHA-512, DES) are not simulated; such a line lets nobody in.
// Source: nginx ngx_crypt.c, ngx_http_auth_basic_module.c; apache apr_md5.c (the algorithm).

import { createHash, timingSafeEqual } from 'node:crypto'
import type { Secret } from '@podwire/apiserver'
import type { BasicAuth } from './annotations/authentication.ts'

/** user → hash */
export type Passwords = ReadonlyMap<string, string>

const read = new WeakMap<Secret, Passwords | undefined>()

/** undefined: there is no such Secret, or no users in it. */
export function passwordsOf({ form }: BasicAuth, secret: Secret | undefined): Passwords | undefined {
  if (secret === undefined) return undefined
  if (!read.has(secret)) read.set(secret, passwordsIn(form, secret))
  return read.get(secret)
}

function passwordsIn(form: BasicAuth['form'], { data }: Secret): Passwords | undefined {
  const decoded = (text: string): string => Buffer.from(text, 'base64').toString('utf8')
  if (form === 'auth-map') {
    return new Map(Object.entries(data ?? {}).map(([user, hash]) => [user, decoded(hash).trim()]))
  }
  const file = data?.['auth']
  return file === undefined ? undefined : readPasswordFile(decoded(file))
}

function readPasswordFile(text: string): Passwords {
  const passwords = new Map<string, string>()
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':')
    if (line.startsWith('#') || colon <= 0) continue
    const name = line.slice(0, colon)
    // The first line of a user counts; what follows a second colon is a comment.
    if (!passwords.has(name)) passwords.set(name, (line.slice(colon + 1).split(':')[0] ?? '').trim())
  }
  return passwords
}

/** @param header the value of Authorization */
export function isAuthorized(passwords: Passwords, header: string | undefined): boolean {
  const encoded = /^basic\s+(\S+)\s*$/i.exec(header ?? '')?.[1]
  if (encoded === undefined) return false
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  const hash = colon < 0 ? undefined : passwords.get(text.slice(0, colon))
  return hash !== undefined && isPassword(hash, text.slice(colon + 1))
}

function isPassword(hash: string, password: string): boolean {
  const crypt = /^(\$apr1\$|\$1\$)([^$]*)\$/.exec(hash)
  if (crypt !== null) return same(md5Crypt(password, crypt[2] ?? '', crypt[1] ?? ''), hash)
  if (hash.startsWith('{PLAIN}')) return same(password, hash.slice('{PLAIN}'.length))
  if (hash.startsWith('{SHA}')) return same(sha1(Buffer.from(password)).toString('base64'), hash.slice('{SHA}'.length))
  if (!hash.startsWith('{SSHA}')) return false
  const salted = Buffer.from(hash.slice('{SSHA}'.length), 'base64')
  const salt = salted.subarray(20)
  return sha1(Buffer.concat([Buffer.from(password), salt])).equals(salted.subarray(0, 20))
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

const sha1 = (data: Buffer): Buffer => createHash('sha1').update(data).digest()
const md5 = (...parts: readonly (Buffer | string)[]): Buffer => {
  const hash = createHash('md5')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

const ITOA64 = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Poul-Henning Kamp's MD5 crypt: a thousand rounds that mix password, salt and digest. */
function md5Crypt(password: string, salt: string, magic: string): string {
  const key = Buffer.from(password)
  const first = md5(key, salt, key)
  const parts: Buffer[] = [key, Buffer.from(magic + salt)]
  for (let left = key.length; left > 0; left -= 16) parts.push(first.subarray(0, Math.min(16, left)))
  for (let bits = key.length; bits > 0; bits >>= 1) parts.push((bits & 1) === 1 ? Buffer.from([0]) : key.subarray(0, 1))
  let digest = md5(...parts)
  for (let round = 0; round < 1000; round++) {
    const odd = (round & 1) === 1
    digest = md5(odd ? key : digest, round % 3 === 0 ? '' : salt, round % 7 === 0 ? '' : key, odd ? digest : key)
  }
  const byte = (i: number): number => digest[i] ?? 0
  let text = ''
  for (const [a, b, c] of GROUPS) text += base64Digits((byte(a) << 16) | (byte(b) << 8) | byte(c), 4)
  return `${magic}${salt}$${text}${base64Digits(byte(11), 2)}`
}

// The order in which the digest's bytes are written.
const GROUPS: readonly (readonly [number, number, number])[] = [
  [0, 6, 12],
  [1, 7, 13],
  [2, 8, 14],
  [3, 9, 15],
  [4, 10, 5],
]

function base64Digits(value: number, count: number): string {
  let text = ''
  for (let i = 0; i < count; i++) text += ITOA64[(value >> (6 * i)) & 63] ?? ''
  return text
}

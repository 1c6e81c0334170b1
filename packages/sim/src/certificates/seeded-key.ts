// Keys that follow from a text, and signatures that follow from key and message: equal seeds give equal certificates, byte for
// byte. ECDSA on P-256 with SHA-256; nonces as RFC 6979 §3.2 makes them. For tests: whoever knows the text has the key.

import { createECDH, createHash, createHmac, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { integer, sequence } from './der.ts'

const CURVE = 'prime256v1'
/** The order of P-256's base point. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const BYTES = 32

export interface SeededKey {
  /** PKCS #8. */
  readonly pem: string
  /** SubjectPublicKeyInfo. */
  readonly publicDer: Buffer
  /** The public point, uncompressed. */
  readonly point: Buffer
  /** An ECDSA signature, as certificates carry it. */
  sign(message: Uint8Array): Buffer
}

export function seededKey(seed: string): SeededKey {
  const secret = (toNumber(sha256(Buffer.from(seed))) % (ORDER - 1n)) + 1n
  const point = pointOf(secret)
  const key = privateKey(secret, point)
  return {
    pem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicDer: createPublicKey(key).export({ type: 'spki', format: 'der' }),
    point,
    sign: (message) => sign(secret, message),
  }
}

function privateKey(secret: bigint, point: Buffer): KeyObject {
  const part = (from: number): string => point.subarray(from, from + BYTES).toString('base64url')
  const jwk = { kty: 'EC', crv: 'P-256', d: toBytes(secret).toString('base64url'), x: part(1), y: part(1 + BYTES) }
  return createPrivateKey({ key: jwk, format: 'jwk' })
}

function pointOf(scalar: bigint): Buffer {
  const curve = createECDH(CURVE)
  curve.setPrivateKey(toBytes(scalar))
  return curve.getPublicKey()
}

function sign(secret: bigint, message: Uint8Array): Buffer {
  const digest = sha256(message)
  for (const nonce of nonces(secret, digest)) {
    const r = toNumber(pointOf(nonce).subarray(1, 1 + BYTES)) % ORDER
    const s = (inverse(nonce) * (toNumber(digest) + r * secret)) % ORDER
    if (r !== 0n && s !== 0n) return sequence(integer(r), integer(s))
  }
  // A generator without end is not left.
  return Buffer.alloc(0)
}

/** RFC 6979 §3.2, steps b to h. */
function* nonces(secret: bigint, digest: Buffer): Generator<bigint, never> {
  const input = Buffer.concat([toBytes(secret), toBytes(toNumber(digest) % ORDER)])
  let value: Buffer = Buffer.alloc(BYTES, 1)
  let key: Buffer = Buffer.alloc(BYTES, 0)
  for (const round of [0, 1]) {
    key = hmac(key, value, Buffer.from([round]), input)
    value = hmac(key, value)
  }
  for (;;) {
    value = hmac(key, value)
    const candidate = toNumber(value)
    if (candidate > 0n && candidate < ORDER) yield candidate
    key = hmac(key, value, Buffer.from([0]))
    value = hmac(key, value)
  }
}

/** Fermat's little theorem: the order is prime. */
function inverse(value: bigint): bigint {
  let result = 1n
  let power = value % ORDER
  for (let left = ORDER - 2n; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * power) % ORDER
    power = (power * power) % ORDER
  }
  return result
}

export const sha256 = (data: Uint8Array): Buffer => createHash('sha256').update(data).digest()

function hmac(key: Buffer, ...parts: readonly Buffer[]): Buffer {
  return createHmac('sha256', key).update(Buffer.concat(parts)).digest()
}

export const toNumber = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
const toBytes = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(BYTES * 2, '0'), 'hex')

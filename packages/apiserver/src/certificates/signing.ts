// What every certificate made here has in common: the algorithm, how long it is valid, its number, and its key as PEM text.

import { webcrypto } from 'node:crypto'

const DAY_MS = 86_400_000
const VALID_DAYS_DEFAULT = 365

export const SIGNATURE = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** Who signs. */
export interface Authority {
  readonly certificate: { readonly subject: string }
  readonly signingKey: webcrypto.CryptoKey
  /** Bytes of real randomness, for serial numbers. */
  readonly randomBytes: (length: number) => Uint8Array
}

interface Period {
  readonly nowMs: number
  readonly validDays?: number
}

/** From a day before: clocks differ. */
export function validity({ nowMs, validDays = VALID_DAYS_DEFAULT }: Period): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(nowMs - DAY_MS), notAfter: new Date(nowMs + validDays * DAY_MS) }
}

export function serialNumber(randomBytes: (length: number) => Uint8Array): string {
  const bytes = Buffer.from(randomBytes(16))
  // Positive and without a leading zero byte, as DER wants integers.
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes.toString('hex')
}

export async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64')
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/.{64}(?=.)/g, '$&\n')}\n-----END PRIVATE KEY-----\n`
}

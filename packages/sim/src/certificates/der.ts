// DER, as far as a certificate needs it: tag, length, content. X.690 §8 and §10.
// A library would sign through WebCrypto, which is asynchronous and draws randomness; inside the simulation neither may be.

const INTEGER = 0x02
const BIT_STRING = 0x03
const OCTET_STRING = 0x04
const OBJECT_IDENTIFIER = 0x06
const UTF8_STRING = 0x0c
const UTC_TIME = 0x17
const GENERALIZED_TIME = 0x18
const SEQUENCE = 0x30
const SET = 0x31
const FIRST_GENERALIZED_YEAR = 2050

/** One element: `tag`, then the parts as its content. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content])
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  const bytes = bigEndian(BigInt(length))
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes])
}

function bigEndian(value: bigint): Buffer {
  const digits = value.toString(16)
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex')
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => element(SEQUENCE, ...parts)
export const set = (...parts: readonly Uint8Array[]): Buffer => element(SET, ...parts)
export const octets = (content: Uint8Array): Buffer => element(OCTET_STRING, content)
export const text = (value: string): Buffer => element(UTF8_STRING, Buffer.from(value))
export const truth = (): Buffer => Buffer.from([0x01, 0x01, 0xff])

/** @param unused how many bits at the end do not count */
export const bits = (content: Uint8Array, unused = 0): Buffer => element(BIT_STRING, Buffer.from([unused]), content)

/** Not negative. */
export function integer(value: bigint): Buffer {
  const bytes = bigEndian(value)
  const isNegative = ((bytes[0] ?? 0) & 0x80) !== 0
  return element(INTEGER, ...(isNegative ? [Buffer.from([0])] : []), bytes)
}

/** From `2.5.29.17`. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return element(OBJECT_IDENTIFIER, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(value: number): readonly number[] {
  const digits = [value & 0x7f]
  for (let left = value >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80)
  return digits
}

/** To the second. RFC 5280 §4.1.2.5: years from 2050 on have four digits. */
export function time(moment: Date): Buffer {
  const digits = moment
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '')
  return moment.getUTCFullYear() < FIRST_GENERALIZED_YEAR
    ? element(UTC_TIME, Buffer.from(digits.slice(2)))
    : element(GENERALIZED_TIME, Buffer.from(digits))
}

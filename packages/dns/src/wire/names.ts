// Domain names between wire bytes and presentation text. Text is always fully qualified (ends in a dot), keeps its letter
// case, and escapes what a zone file would: `\.` and friends, `\DDD` for bytes outside printable ASCII. So any byte
// string a client sends can be echoed exactly. Source: RFC 1035 sections 3.1, 4.1.4, 5.1; escapes as miekg/dns prints them.

export const MAX_NAME_BYTES = 255
export const MAX_LABEL_BYTES = 63
const DOT = 46
const BACKSLASH = 92
const SPECIAL: ReadonlySet<number> = new Set([...`. '@;()"\\`].map((char) => char.charCodeAt(0)))

export interface ReadName {
  readonly name: string
  /** Where reading goes on after the name. */
  readonly end: number
}

/** 1 for bytes that stand for themselves in a label. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) => (byte > 0x20 && byte < 0x7f && !SPECIAL.has(byte) ? 1 : 0))
const scratch = Buffer.alloc(MAX_NAME_BYTES)

/** Nearly all names: no pointers, nothing to escape. Undefined sends the caller the long way. */
function readPlainName(bytes: Uint8Array, offset: number): ReadName | undefined {
  let position = offset
  let size = 0
  for (;;) {
    const length = bytes[position++]
    if (length === undefined || length > MAX_LABEL_BYTES || size + length + 1 >= MAX_NAME_BYTES) return undefined
    if (length === 0) break
    const end = position + length
    for (; position < end; position++) {
      const byte = bytes[position]
      if (byte === undefined || PLAIN[byte] !== 1) return undefined
      scratch[size++] = byte
    }
    scratch[size++] = DOT
  }
  return { name: size === 0 ? '.' : scratch.toString('latin1', 0, size), end: position }
}

/** Reads a name at `offset`, following compression pointers backwards only. Undefined when it is malformed. */
export function readName(bytes: Uint8Array, offset: number): ReadName | undefined {
  const plain = readPlainName(bytes, offset)
  if (plain !== undefined) return plain
  let name = ''
  let end = -1
  let position = offset
  let lowestJump = offset
  let size = 0
  for (;;) {
    const length = bytes[position]
    if (length === undefined) return undefined
    position++
    if (length === 0) break
    if (length >= 0xc0) {
      const low = bytes[position]
      if (low === undefined) return undefined
      const target = ((length & 0x3f) << 8) | low
      // Only to earlier data: a loop cannot go down for ever.
      if (target >= lowestJump) return undefined
      if (end < 0) end = position + 1
      lowestJump = target
      position = target
      continue
    }
    if (length > MAX_LABEL_BYTES || position + length > bytes.length) return undefined
    size += length + 1
    if (size >= MAX_NAME_BYTES) return undefined
    name += `${labelText(bytes, position, length)}.`
    position += length
  }
  return { name: name === '' ? '.' : name, end: end < 0 ? position : end }
}

function labelText(bytes: Uint8Array, start: number, length: number): string {
  let text = ''
  for (let i = start; i < start + length; i++) {
    const byte = bytes[i] ?? 0
    if (byte < 0x21 || byte > 0x7e) text += byte === 0x20 ? '\\ ' : `\\${String(byte).padStart(3, '0')}`
    else if (SPECIAL.has(byte)) text += `\\${String.fromCharCode(byte)}`
    else text += String.fromCharCode(byte)
  }
  return text
}

/** The labels of a name, still escaped; none for the root. */
export function labelsOf(name: string): string[] {
  if (name === '.' || name === '') return []
  const text = name.endsWith('.') ? name.slice(0, -1) : name
  if (!text.includes('\\')) return text.split('.')
  const labels: string[] = []
  let label = ''
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) === BACKSLASH) label += text[i++] ?? ''
    else if (text.charCodeAt(i) === DOT) {
      labels.push(label)
      label = ''
      continue
    }
    label += text[i] ?? ''
  }
  labels.push(label)
  return labels
}

/** The bytes of one escaped label. */
export function labelBytes(label: string): number[] {
  const bytes: number[] = []
  for (let i = 0; i < label.length; i++) {
    const code = label.charCodeAt(i)
    if (code !== BACKSLASH) {
      bytes.push(code & 0xff)
      continue
    }
    const decimal = /^\d{3}/.exec(label.slice(i + 1))
    if (decimal === null) bytes.push(label.charCodeAt(++i) & 0xff)
    else {
      bytes.push(Number(decimal[0]) & 0xff)
      i += 3
    }
  }
  return bytes
}

/** Adds the final dot when it is missing. */
export function fullyQualified(name: string): string {
  return name.endsWith('.') ? name : `${name}.`
}

/** True when `name` is `zone` or below it; both in lower case, both fully qualified. */
export function isInZone(name: string, zone: string): boolean {
  if (zone === '.' || name === zone) return true
  return name.length > zone.length && name.endsWith(zone) && name.charCodeAt(name.length - zone.length - 1) === DOT
}

/** Why a text cannot be a domain name on the wire, or undefined. */
export function nameFault(name: string): string | undefined {
  let size = 1
  for (const label of labelsOf(fullyQualified(name))) {
    const length = label.includes('\\') ? labelBytes(label).length : label.length
    if (length === 0) return 'empty label'
    if (length > MAX_LABEL_BYTES) return 'label longer than 63 bytes'
    size += length + 1
  }
  return size > MAX_NAME_BYTES ? 'name longer than 255 bytes' : undefined
}

// Texts and bytes between quotes, without their quotes and escapes. Source: cel-go parser/unescape.go.

const NAMED: Readonly<Record<string, string>> = { a: '\u0007', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }
const ESCAPES = /\\(?:([xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})|([0-3][0-7][0-7])|([\s\S]))/g

/** undefined: an escape that stands for no character. */
export function textOf(token: string): string | undefined {
  const { body, isRaw } = unquoted(token)
  if (isRaw || !body.includes('\\')) return body
  let isWrong = false
  const text = body.replace(ESCAPES, (_, hex?: string, octal?: string, char?: string) => {
    if (char !== undefined) return NAMED[char] ?? char
    const code = hex === undefined ? Number.parseInt(octal ?? '', 8) : Number.parseInt(hex.slice(1), 16)
    if (code > 0x10_ff_ff || (code >= 0xd800 && code <= 0xdfff)) isWrong = true
    return isWrong ? '' : String.fromCodePoint(code)
  })
  return isWrong ? undefined : text
}

/** undefined: an escape that stands for no byte. */
export function bytesOf(token: string): Uint8Array | undefined {
  const { body, isRaw } = unquoted(token.slice(1))
  if (isRaw) return new Uint8Array(Buffer.from(body))
  const parts: Buffer[] = []
  let from = 0
  for (const match of body.matchAll(ESCAPES)) {
    const [whole, hex, octal, char] = match
    parts.push(Buffer.from(body.slice(from, match.index)))
    if (hex !== undefined && /^[uU]/.test(hex)) return undefined
    if (char !== undefined) parts.push(Buffer.from(NAMED[char] ?? char))
    else
      parts.push(Buffer.from([hex === undefined ? Number.parseInt(octal ?? '', 8) : Number.parseInt(hex.slice(1), 16)]))
    from = match.index + whole.length
  }
  return new Uint8Array(Buffer.concat([...parts, Buffer.from(body.slice(from))]))
}

function unquoted(token: string): { readonly body: string; readonly isRaw: boolean } {
  const isRaw = /^[rR]/.test(token)
  const quoted = (isRaw ? token.slice(1) : token).replace(/\r\n?/g, '\n')
  const width = /^("""|''')/.test(quoted) ? 3 : 1
  return { body: quoted.slice(width, -width), isRaw }
}

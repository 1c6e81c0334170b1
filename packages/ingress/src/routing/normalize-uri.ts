// The URI nginx matches locations by: query cut off, percent escapes undone, `//`, `/./` and `/../` resolved. The upstream still
// gets the URI as sent. Source: nginx ngx_http_parse.c (ngx_http_parse_complex_uri), merge_slashes on.

/** Undefined when nginx answers 400: a bad escape, a NUL, a path that climbs above the root, or no path at all. */
export function normalizeUri(target: string): string | undefined {
  const end = target.search(/[?#]/)
  const raw = end < 0 ? target : target.slice(0, end)
  if (!raw.startsWith('/')) return undefined
  if (!/[%.]|\/\//.test(raw)) return raw
  const decoded = decodeEscapes(raw)
  if (decoded === undefined) return undefined
  const segments: string[] = []
  const parts = decoded.slice(1).split('/')
  for (const [i, part] of parts.entries()) {
    const last = i === parts.length - 1
    if (part === '..') {
      if (segments.pop() === undefined) return undefined
      if (last) segments.push('')
    } else if (part === '.' || part === '') {
      if (last) segments.push('')
    } else segments.push(part)
  }
  return `/${segments.join('/')}`
}

/** Bytes become characters of the same number; UTF-8 is put together again where it is valid. */
function decodeEscapes(path: string): string | undefined {
  if (!path.includes('%')) return path
  const bytes: number[] = []
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i)
    if (code !== 0x25) {
      bytes.push(...Buffer.from(path[i] ?? ''))
      continue
    }
    const hex = path.slice(i + 1, i + 3)
    if (!/^[0-9a-f]{2}$/i.test(hex) || hex === '00') return undefined
    bytes.push(Number.parseInt(hex, 16))
    i += 2
  }
  return Buffer.from(bytes).toString('utf8')
}

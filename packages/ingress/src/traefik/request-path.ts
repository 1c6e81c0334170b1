// The path traefik routes by, and the target the server gets. v2 and v3 put the path in order first (dots, double slashes, escapes
// of unreserved characters) and send it on like that; escapes of reserved characters stay. v1.7 matches the decoded path and sends
// the target as it came. Source: traefik pkg/server/server_entrypoint_tcp.go (sanitizePath, normalizePath), pkg/muxer/http/mux.go
// (withRoutingPath), Go net/url.

export interface RequestPath {
  readonly path: string
  readonly target: string
}

const PLAIN = /^\/[^%.?#]*$/
/** RFC 3986 gen-delims and sub-delims, and the percent sign itself. */
const RESERVED = new Set(":/?#[]@!$&'()*+,;=%")

/** Undefined: 400, an escape that is none, or no path at all. */
export function requestPath(target: string, sanitize: boolean): RequestPath | undefined {
  if (PLAIN.test(target) && !target.includes('//')) return { path: target, target }
  const mark = target.indexOf('?')
  const raw = mark < 0 ? target : target.slice(0, mark)
  const query = mark < 0 ? '' : target.slice(mark)
  if (!raw.startsWith('/') || /%(?![0-9a-f]{2})/i.test(raw)) return undefined
  if (!sanitize) return { path: decoded(raw, new Set()), target }
  const clean = cleaned(raw.replaceAll(/%[0-9a-f]{2}/gi, normalizedEscape))
  return { path: decoded(clean, RESERVED), target: clean + query }
}

function normalizedEscape(escape: string): string {
  const char = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
  return /[A-Za-z0-9\-._~]/.test(char) ? char : escape.toUpperCase()
}

/** Without `.`, `..` and empty segments; a slash at the end stays. */
function cleaned(path: string): string {
  const segments: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') segments.pop()
    else if (part !== '.' && part !== '') segments.push(part)
  }
  const end = path.endsWith('/') && segments.length > 0 ? '/' : ''
  return `/${segments.join('/')}${end}`
}

function decoded(path: string, kept: ReadonlySet<string>): string {
  if (!path.includes('%')) return path
  const bytes: number[] = []
  for (let i = 0; i < path.length; i++) {
    const escape = path[i] === '%' ? Number.parseInt(path.slice(i + 1, i + 3), 16) : undefined
    if (escape === undefined || kept.has(String.fromCharCode(escape))) bytes.push(...Buffer.from(path[i] ?? ''))
    else {
      bytes.push(escape)
      i += 2
    }
  }
  return Buffer.from(bytes).toString('utf8')
}

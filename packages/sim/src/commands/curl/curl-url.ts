// URLs as curl reads them: a scheme is optional, the target keeps its spelling, credentials may stand in front of the host.

export interface CurlUrl {
  readonly scheme: string
  readonly name: string
  readonly port: number
  readonly portGiven: boolean
  /** Path and query. */
  readonly target: string
  readonly credentials: string | undefined
  /** As -w prints it. */
  readonly text: string
}

/** Undefined when it is no URL. */
export function parseCurlUrl(text: string): CurlUrl | undefined {
  const match =
    /^(?:([A-Za-z][\w+.-]*):\/\/)?(?:([^@/?#]*)@)?(\[[^\]]+\]|[^:/?#]+)(?::(\d*))?([/?][^#]*)?(?:#.*)?$/s.exec(text)
  if (match === null || /\s/.test(match[3] ?? '')) return undefined
  const scheme = (match[1] ?? 'http').toLowerCase()
  const port = match[4] === undefined || match[4] === '' ? (scheme === 'https' ? 443 : 80) : Number(match[4])
  if (port > 65_535) return undefined
  const path = match[5] ?? '/'
  const target = (path.startsWith('?') ? `/${path}` : path).replaceAll(' ', '%20')
  const host = match[3] ?? ''
  const portGiven = port !== (scheme === 'https' ? 443 : 80)
  return {
    scheme,
    name: host.replace(/^\[|\]$/g, ''),
    port,
    portGiven,
    target: normalise(target),
    credentials: match[2],
    text: `${scheme}://${host}${portGiven ? `:${port}` : ''}${target}`,
  }
}

/** Removes `.` and `..` segments, as curl does before it sends. */
function normalise(target: string): string {
  const [path = '/', ...query] = target.split('?')
  const parts: string[] = []
  const segments = path.split('/').slice(1)
  for (const [place, segment] of segments.entries()) {
    const last = place === segments.length - 1
    if (segment === '..') parts.pop()
    if (segment === '.' || segment === '..') {
      if (last) parts.push('')
    } else parts.push(segment)
  }
  return `/${parts.join('/')}${query.length === 0 ? '' : `?${query.join('?')}`}`
}

/** Where a Location header leads. */
export function followLocation(from: CurlUrl, location: string): CurlUrl | undefined {
  if (/^[A-Za-z][\w+.-]*:\/\//.test(location)) return parseCurlUrl(location)
  if (location.startsWith('//')) return parseCurlUrl(`${from.scheme}:${location}`)
  const base = `${from.scheme}://${from.name.includes(':') ? `[${from.name}]` : from.name}${from.portGiven ? `:${from.port}` : ''}`
  if (location.startsWith('/')) return parseCurlUrl(base + location)
  const directory = (from.target.split('?')[0] ?? '/').replace(/[^/]*$/, '')
  return parseCurlUrl(base + directory + location)
}

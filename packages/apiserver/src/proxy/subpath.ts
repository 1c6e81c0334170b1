// The path a proxied request has at its backend, and how Go writes paths. Source: apiserver endpoints/handlers/get.go
// (getRequestOptions), apimachinery util/net JoinPreservingTrailingSlash, Go's path.Join and net/url.

/** `path.Join`: no empty and dot segments; '' for nothing. */
export function joinPath(...parts: readonly string[]): string {
  const joined = parts.filter((part) => part !== '').join('/')
  if (joined === '') return ''
  const rooted = joined.startsWith('/')
  const kept: string[] = []
  for (const segment of joined.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment !== '..') kept.push(segment)
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop()
    else if (!rooted) kept.push(segment)
  }
  const path = kept.join('/')
  return rooted ? `/${path}` : path === '' ? '.' : path
}

export function joinPreservingTrailingSlash(...parts: readonly string[]): string {
  const path = joinPath(...parts)
  const last = parts.filter((part) => part !== '').at(-1) ?? ''
  return last.endsWith('/') && !path.endsWith('/') ? `${path}/` : path
}

/** Percent-decoded as Go's `URL.Path`; a path that does not decode stays as it is. */
export function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/**
 * What comes after `/proxy` in a decoded request path, with its leading slash; '' when nothing does, not even a slash.
 * @param segments how many parts of the path come before it, `proxy` included
 */
export function subpathOf(path: string, segments: number): string {
  const rest = path
    .replace(/^\/+|\/+$/g, '')
    .split('/')
    .slice(segments)
    .join('/')
  const subpath = rest === '' || rest.startsWith('/') ? rest : `/${rest}`
  const whole = path.endsWith('/') && !subpath.endsWith('/') ? `${subpath}/` : subpath
  return joinPreservingTrailingSlash('', whole)
}

/** `URL.EscapedPath` of a decoded path. */
export function escapedPath(path: string): string {
  return encodeURIComponent(path).replaceAll(/%(2F|24|26|2B|2C|3A|3B|3D|40)/g, (escaped) => decodeURIComponent(escaped))
}

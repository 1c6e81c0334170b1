// A URL that a backend wrote for itself, as clients of the proxy must write it. Only what names the backend's own host, or no host,
// by an absolute path is changed. Source: apimachinery util/proxy/transport.go (rewriteURL).

import { joinPath } from './subpath.ts'

export interface RewriteContext {
  /** What comes before the backend's paths: `/api/v1/namespaces/default/pods/web/proxy`. */
  readonly prefix: string
  /** host:port of the backend, as the URL it was asked by has it. */
  readonly backendHost: string
  /** The Host header of the request. */
  readonly requestHost: string
}

const URL_PARTS = /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(.*)$/is

export function rewriteUrl(text: string, { prefix, backendHost, requestHost }: RewriteContext): string {
  const [, scheme = '', host = '', path = '', rest = ''] = URL_PARTS.exec(text) ?? []
  const otherHost = host !== '' && host !== backendHost && host !== requestHost
  // `mailto:x` and relative paths are left alone.
  if (otherHost || !path.startsWith('/')) return text
  // Whom the client asked stays in an absolute URL; the backend's own address means nothing to it.
  const origin = host !== '' && host === requestHost ? `${scheme === '' ? '' : `${scheme}:`}//${host}` : ''
  if (path.startsWith(prefix)) return `${origin}${path}${rest}`
  const joined = joinPath(prefix, path)
  return `${origin}${joined}${path.endsWith('/') && !joined.endsWith('/') ? '/' : ''}${rest}`
}

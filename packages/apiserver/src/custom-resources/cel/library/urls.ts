// URLs in rules: `url("https://a:80/p?q=1").getPort()`. Source: apiserver pkg/cel/library/urls.go. Departure: what is a URL is
// decided by the WHATWG parser.

import type { Environment } from '@marcbachmann/cel-js'
import { CelFunctionError } from './evaluation-error.ts'

class UrlValue {
  readonly text: string
  /** An absolute path has no scheme and no host. */
  readonly url: URL | undefined

  constructor(text: string) {
    this.text = text
    this.url = text.startsWith('/') ? undefined : new URL(text)
  }

  /** The port as written: the parser drops one that the scheme implies. */
  get port(): string {
    return /^[^/]*\/\/[^/?#]*:(\d+)(?:[/?#]|$)/.exec(this.text)?.[1] ?? ''
  }

  get hostname(): string {
    return (this.url?.hostname ?? '').replace(/^\[|\]$/g, '')
  }

  get relative(): URL {
    return this.url ?? new URL(`http://none${this.text}`)
  }
}

function isUrl(text: string): boolean {
  return text.startsWith('/') || (URL.canParse(text) && /^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(text))
}

export function addUrlFunctions(environment: Environment): void {
  environment
    .registerType('kubernetes.URL', UrlValue)
    .registerOperator('kubernetes.URL == kubernetes.URL', (a: UrlValue, b: UrlValue) => a.text === b.text)
    .registerFunction('url(string): kubernetes.URL', (text: string) => {
      if (!isUrl(text))
        throw new CelFunctionError(
          `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
        )
      return new UrlValue(text)
    })
    .registerFunction('isURL(string): bool', isUrl)
    .registerFunction('kubernetes.URL.getScheme(): string', ({ url }: UrlValue) =>
      (url?.protocol ?? '').replace(/:$/, ''),
    )
    .registerFunction('kubernetes.URL.getHost(): string', (value: UrlValue) => {
      const host = value.url?.hostname ?? ''
      return value.port === '' ? host : `${host}:${value.port}`
    })
    .registerFunction('kubernetes.URL.getHostname(): string', ({ hostname }: UrlValue) => hostname)
    .registerFunction('kubernetes.URL.getPort(): string', ({ port }: UrlValue) => port)
    .registerFunction('kubernetes.URL.getEscapedPath(): string', (value: UrlValue) => {
      const path = value.relative.pathname
      return path === '/' && !/^[^/]*\/\/[^/?#]*\//.test(value.text) && value.url !== undefined ? '' : path
    })
    .registerFunction('kubernetes.URL.getQuery(): map<string, list<string>>', ({ relative }: UrlValue) => {
      const query = new Map<string, string[]>()
      for (const [key, value] of relative.searchParams) query.set(key, [...(query.get(key) ?? []), value])
      return query
    })
}

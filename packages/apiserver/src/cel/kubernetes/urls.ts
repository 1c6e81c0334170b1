// URLs in rules: `url("https://a:80/p?q=1").getPort()`. Source: apiserver pkg/cel/library/urls.go.

import { CelError, NO_OVERLOAD, type LibraryValue, type Value } from '../run/values.ts'
import { readType } from '../types/type.ts'
import type { FunctionTable, Run } from '../functions/function-table.ts'
import { escapedPath, hostnameOf, parseRequestUri, parseUrl, portOf, queryOf, type GoUrl } from './go-url.ts'

const NAME = 'kubernetes.URL'

class UrlValue implements LibraryValue {
  readonly celType = readType(NAME)
  readonly text: string
  readonly url: GoUrl

  constructor(text: string, url: GoUrl) {
    this.text = text
    this.url = url
  }

  equals(other: LibraryValue): boolean {
    return other instanceof UrlValue && other.text === this.text
  }
}

function ofUrl(run: (url: GoUrl) => Value): Run {
  return (value) => (value instanceof UrlValue ? run(value.url) : NO_OVERLOAD)
}

export function addUrls(table: FunctionTable): void {
  table
    .free('string_to_url', 'url', ['string'], NAME, (text) => {
      if (typeof text !== 'string') return NO_OVERLOAD
      const whole = parseRequestUri(text)
      if (typeof whole === 'string') return new CelError(`URL parse error during conversion from string: ${whole}`)
      const url = parseUrl(text)
      return new UrlValue(text, typeof url === 'string' ? whole : url)
    })
    .free('is_url_string', 'isURL', ['string'], 'bool', (text) =>
      typeof text === 'string' ? typeof parseRequestUri(text) === 'object' : NO_OVERLOAD,
    )
    .member(
      'url_get_scheme',
      'getScheme',
      [NAME],
      'string',
      ofUrl(({ scheme }) => scheme),
    )
    .member(
      'url_get_host',
      'getHost',
      [NAME],
      'string',
      ofUrl(({ host }) => host),
    )
    .member('url_get_hostname', 'getHostname', [NAME], 'string', ofUrl(hostnameOf))
    .member('url_get_port', 'getPort', [NAME], 'string', ofUrl(portOf))
    .member('url_get_escaped_path', 'getEscapedPath', [NAME], 'string', ofUrl(escapedPath))
    .member('url_get_query', 'getQuery', [NAME], 'map<string, list<string>>', ofUrl(queryOf))
}

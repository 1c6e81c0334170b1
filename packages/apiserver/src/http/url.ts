// A request's URL as sent, cut at the question mark, and read as Go's net/url reads it: a path with a broken escape is no
// request at all, a query pair with one is dropped.

const BROKEN_ESCAPE = /%(?![0-9A-Fa-f]{2})/

export function splitUrl(url: string): { readonly path: string; readonly query: URLSearchParams } {
  const question = url.indexOf('?')
  const path = question < 0 ? url : url.slice(0, question)
  return { path, query: parseQuery(question < 0 ? '' : url.slice(question + 1)) }
}

/** False when the request line itself cannot be read. */
export function isReadableUrl(url: string): boolean {
  if (!url.includes('%')) return true
  const question = url.indexOf('?')
  return !BROKEN_ESCAPE.test(question < 0 ? url : url.slice(0, question))
}

function parseQuery(text: string): URLSearchParams {
  if (!text.includes(';') && !BROKEN_ESCAPE.test(text)) return new URLSearchParams(text)
  const readable = text.split('&').filter((pair) => !pair.includes(';') && !BROKEN_ESCAPE.test(pair))
  return new URLSearchParams(readable.join('&'))
}

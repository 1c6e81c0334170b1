// A request's URL as sent, cut at the question mark.

export function splitUrl(url: string): { readonly path: string; readonly query: URLSearchParams } {
  const question = url.indexOf('?')
  const path = question < 0 ? url : url.slice(0, question)
  return { path, query: new URLSearchParams(question < 0 ? '' : url.slice(question + 1)) }
}

// rewrite-target at work: the location's path as a pattern over the normalised URI, its groups put into the target. The query
// is kept, unless the target ends in `?`. Source: nginx ngx_http_rewrite_module; `(?i)` as ingress-nginx writes the pattern.

import { compilePath, type Location } from '../routing/index.ts'

/** The request target for the backend. */
export function rewrittenTarget(location: Location, uri: string, target: string): string {
  const template = location.rules.rewriteTarget
  if (template === undefined || template === location.path) return target
  const match = patternOf(location)?.exec(uri)
  if (match === undefined || match === null) return target
  const fill = (text: string): string => text.replace(/\$(\d)/g, (_, group: string) => match[Number(group)] ?? '')
  const query = target.includes('?') ? target.slice(target.indexOf('?') + 1) : ''
  // Only a `?` of the template itself starts a query; one out of a group is escaped like the rest of the path.
  const mark = template.indexOf('?')
  const path = encodePath(fill(mark < 0 ? template : template.slice(0, mark)))
  if (mark < 0) return query === '' ? path : `${path}?${query}`
  const own = fill(template.slice(mark + 1))
  // `target?` drops the client's query, `target?a=b` puts its own in front.
  if (own === '') return path
  return query === '' || own.endsWith('?') ? `${path}?${own.replace(/\?$/, '')}` : `${path}?${own}&${query}`
}

const patterns = new WeakMap<Location, RegExp | undefined>()

function patternOf(location: Location): RegExp | undefined {
  if (!patterns.has(location)) patterns.set(location, compilePath(location.path))
  return patterns.get(location)
}

/** What nginx escapes when it sends a changed URI on: controls, blank, `"#%?` and non-ASCII. */
function encodePath(path: string): string {
  return path.replace(/[^\x21\x24\x26-\x3e\x40-\x7e]/gu, (char) => (char === '!' ? char : encodeURIComponent(char)))
}

// Answers that lead elsewhere: rewrite with a redirect, and the slash nginx adds before a proxied location.
// Source: nginx src/http/modules/ngx_http_rewrite_module.c, ngx_http_core_module.c (auto_redirect).

import { headerValue } from '../../http/message.ts'
import { pathOf } from '../responses.ts'
import type { Directive } from './config-text.ts'
import type { Location } from './sites.ts'
import { expandVariables, type RequestFacts } from './variables.ts'

/** Undefined: the pattern does not fit, or the rewrite stays inside nginx, which podwire does not evaluate. */
export function redirectOf(
  { args: [pattern = '', replacement = '', flag] }: Directive,
  facts: RequestFacts,
): { readonly status: 301 | 302; readonly location: string } | undefined {
  const isElsewhere = /^(?:https?:\/\/|\$scheme)/.test(replacement)
  if (flag !== 'permanent' && flag !== 'redirect' && !isElsewhere) return undefined
  const match = matchOf(pattern, pathOf(facts.request.target))
  if (match === null) return undefined
  const captured = replacement.replaceAll(/\$(\d)/g, (_all, group: string) => match[Number(group)] ?? '')
  const text = expandVariables(captured, facts)
  const query = facts.request.target.split('?')[1]
  // A question mark at the end takes the query away; else it is kept.
  const location = text.endsWith('?')
    ? text.slice(0, -1)
    : query === undefined
      ? text
      : `${text}${text.includes('?') ? '&' : '?'}${query}`
  return { status: flag === 'permanent' ? 301 : 302, location }
}

/** A pattern JavaScript cannot read fits nothing. */
function matchOf(pattern: string, path: string): RegExpExecArray | null {
  try {
    return new RegExp(pattern).exec(path)
  } catch {
    return null
  }
}

/** `/foo` where only `/foo/` is proxied: 301 to it, with the query. */
export function slashRedirect(locations: readonly Location[], uri: string, facts: RequestFacts): string | undefined {
  const wanted = `${uri}/`
  const isProxied = locations.some(
    ({ modifier, path, directives }) =>
      path === wanted && !modifier.startsWith('~') && directives.some(({ name }) => name === 'proxy_pass'),
  )
  if (!isProxied || locations.some(({ modifier, path }) => modifier === '=' && path === uri)) return undefined
  const query = facts.request.target.split('?')[1]
  const host = headerValue(facts.request.headers, 'host') ?? ''
  return `http://${host}${wanted}${query === undefined ? '' : `?${query}`}`
}

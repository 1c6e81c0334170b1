// /healthz, /livez, /readyz: the checks podwire has, by name, in the real server's text. It starts ready: there is nothing to
// wait for. Source: apiserver server/healthz. Departure: only `ping` exists, so `?verbose` lists one check.

import { pageNotFound, PLAIN_TEXT, textAnswer, type Answer } from './answer.ts'
import { isTrue } from './request-info.ts'

const HEALTH_PATHS: ReadonlySet<string> = new Set(['healthz', 'livez', 'readyz'])
const CHECKS: readonly string[] = ['ping']

/** Undefined when the path is none of health's. */
export function healthAnswer(parts: readonly string[], query: URLSearchParams): Answer | undefined {
  const [root = '', check, ...rest] = parts
  if (!HEALTH_PATHS.has(root)) return undefined
  if (check !== undefined) return CHECKS.includes(check) && rest.length === 0 ? textAnswer(200, 'ok') : pageNotFound
  if (!query.has('verbose') || !isTrue(query.get('verbose'))) return textAnswer(200, 'ok')
  const excluded = new Set(query.getAll('exclude'))
  const lines = CHECKS.map((name) => (excluded.has(name) ? `[+]${name} excluded: ok` : `[+]${name} ok`))
  return { type: 'text', code: 200, contentType: PLAIN_TEXT, body: `${lines.join('\n')}\n${root} check passed\n` }
}

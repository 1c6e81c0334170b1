// /healthz, /livez, /readyz: the checks podwire has, by name, in the real server's text. It starts ready: there is nothing to
// wait for. Source: apiserver server/healthz. Departure: no post-start hooks, so `?verbose` lists none of them.

import { compareText } from '@podwire/engine'
import { pageNotFound, textAnswer, unsniffedAnswer, type Answer } from './answer.ts'

const LIVE: readonly string[] = ['ping', 'log', 'etcd']

/** In the order `?verbose` lists them. */
const CHECKS: ReadonlyMap<string, readonly string[]> = new Map([
  ['healthz', LIVE],
  ['livez', LIVE],
  ['readyz', ['ping', 'log', 'informer-sync', 'shutdown']],
])

export const HEALTH_PATHS: readonly string[] = [...CHECKS].flatMap(([root, names]) => [
  `/${root}`,
  ...names.map((name) => `/${root}/${name}`),
])

/** Undefined when the path is none of health's. */
export function healthAnswer(parts: readonly string[], query: URLSearchParams): Answer | undefined {
  const [root = '', ...rest] = parts
  const checks = CHECKS.get(root)
  if (checks === undefined) return undefined
  if (rest.length > 0) return checks.includes(rest.join('/')) ? textAnswer(200, 'ok') : pageNotFound
  if (!query.has('verbose')) return unsniffedAnswer(200, 'ok')
  return unsniffedAnswer(200, `${checkLines(checks, new Set(query.getAll('exclude')))}${root} check passed\n`)
}

function checkLines(checks: readonly string[], excluded: ReadonlySet<string>): string {
  const lines = checks.map((name) => (excluded.has(name) ? `[+]${name} excluded: ok\n` : `[+]${name} ok\n`))
  const unknown = [...excluded].filter((name) => !checks.includes(name)).sort(compareText)
  if (unknown.length === 0) return lines.join('')
  const quoted = unknown.map((name) => JSON.stringify(name)).join(',')
  return `${lines.join('')}warn: some health checks cannot be excluded: no matches for ${quoted}\n`
}

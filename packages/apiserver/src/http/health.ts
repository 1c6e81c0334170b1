// /healthz, /livez, /readyz: the checks podwire has, by name, in the real server's text. It starts ready: there is nothing to
// wait for, and every hook of 1.36 that runs after the start has run. Source: apiserver server/healthz.

import { compareText } from '@podwire/engine'
import { pageNotFound, textAnswer, unsniffedAnswer, type Answer } from './answer.ts'

const hook = (name: string): string => `poststarthook/${name}`

const STARTED: readonly string[] = [
  ...[
    'start-apiserver-admission-initializer',
    'generic-apiserver-start-informers',
    'priority-and-fairness-config-consumer',
    'priority-and-fairness-filter',
    'storage-object-count-tracker-hook',
    'start-apiextensions-informers',
    'start-apiextensions-controllers',
    'crd-informer-synced',
    'start-system-namespaces-controller',
    'peer-endpoint-reconciler-controller',
    'start-cluster-authentication-info-controller',
    'start-kube-apiserver-identity-lease-controller',
    'start-kube-apiserver-identity-lease-garbage-collector',
    'storage-readiness',
    'start-legacy-token-tracking-controller',
    'start-service-ip-repair-controllers',
    'rbac/bootstrap-roles',
    'scheduling/bootstrap-system-priority-classes',
    'priority-and-fairness-config-producer',
    'bootstrap-controller',
    'start-kubernetes-service-cidr-controller',
    'start-kube-aggregator-informers',
    'apiservice-status-local-available-controller',
    'apiservice-status-remote-available-controller',
    'apiservice-registration-controller',
    'apiservice-wait-for-first-sync',
    'apiservice-discovery-controller',
    'kube-apiserver-autoregistration',
  ].map(hook),
  'autoregister-completion',
  hook('apiservice-openapi-controller'),
  hook('apiservice-openapiv3-controller'),
]

const LIVE: readonly string[] = ['ping', 'log', 'loopback-serving-certificate', 'etcd', ...STARTED]

/** In the order `?verbose` lists them. */
const CHECKS: ReadonlyMap<string, readonly string[]> = new Map([
  ['healthz', LIVE],
  ['livez', LIVE],
  ['readyz', ['ping', 'log', 'informer-sync', ...STARTED, 'shutdown']],
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

// An Ingress taken apart once: its annotations as rules, its paths by host, its default backend, and what to warn about.
// Source: ingress-nginx internal/ingress/controller/controller.go (getBackendServers, createServers).

import type { Ingress } from '@podwire/apiserver'
import { readAnnotations, type IngressWarning } from '../nginx/annotations/index.ts'
import type { LocationRules } from '../nginx/annotations/location-rules.ts'
import { backendOf, type Backend } from './backend.ts'
import type { PathType } from './location.ts'
import { compilePath } from './path-pattern.ts'

/** The server for requests no host rule names. */
export const DEFAULT_HOST = '_'

interface PathClaim {
  readonly path: string
  readonly pathType: PathType
  readonly backend: Backend | undefined
}

/** One entry of spec.tls. */
export interface TlsClaim {
  /** Lower case. */
  readonly hosts: readonly string[]
  /** In the Ingress's namespace; '' for none. */
  readonly secretName: string
}

export interface IngressView {
  readonly key: string
  readonly namespace: string
  readonly name: string
  readonly createdAt: string
  readonly rules: LocationRules
  /** Hosts in rule order, lower case, with their paths. */
  readonly hosts: ReadonlyMap<string, readonly PathClaim[]>
  readonly defaultBackend: Backend | undefined
  /** A default backend and no rules: takes every request nobody else takes. */
  readonly catchAll: boolean
  /** Its TLS sections, in order. */
  readonly tls: readonly TlsClaim[]
  readonly warnings: readonly IngressWarning[]
}

export function viewIngress(ingress: Ingress): IngressView {
  const { namespace = '', name, creationTimestamp } = ingress.metadata
  const { rules, warnings } = readAnnotations(ingress.metadata.annotations ?? {}, namespace)
  const problems = [...warnings]
  const hosts = new Map<string, PathClaim[]>()
  for (const rule of ingress.spec.rules ?? []) {
    const host = rule.host === undefined || rule.host === '' ? DEFAULT_HOST : rule.host.toLowerCase()
    const claims = hosts.get(host) ?? []
    hosts.set(host, claims)
    for (const path of rule.http?.paths ?? []) {
      const backend = backendOf(namespace, path.backend)
      const claim = {
        path: path.path === undefined || path.path === '' ? '/' : path.path,
        pathType: pathTypeOf(path.pathType),
      }
      if (backend === undefined) problems.push(resourceBackend(`path ${claim.path} of host ${host}`))
      if ((rules.useRegex || rules.rewriteTarget !== undefined) && compilePath(`^${claim.path}`) === undefined) {
        problems.push({ reason: 'InvalidPath', message: `path ${claim.path} of host ${host} is no regular expression` })
      }
      claims.push({ ...claim, backend })
    }
  }
  const { defaultBackend } = ingress.spec
  if (defaultBackend?.resource !== undefined) problems.push(resourceBackend('spec.defaultBackend'))
  return {
    key: `${namespace}/${name}`,
    namespace,
    name,
    createdAt: creationTimestamp,
    rules,
    hosts,
    defaultBackend: defaultBackend === undefined ? undefined : backendOf(namespace, defaultBackend),
    catchAll: defaultBackend !== undefined && hosts.size === 0,
    tls: (ingress.spec.tls ?? []).map(({ hosts: names = [], secretName = '' }) => ({
      hosts: names.map((name) => name.toLowerCase()),
      secretName,
    })),
    warnings: problems,
  }
}

/** Oldest first; of one age, by namespace/name descending, as the real controller happens to sort. */
export function olderFirst(a: IngressView, b: IngressView): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? -1 : 1
  return a.key > b.key ? -1 : a.key < b.key ? 1 : 0
}

function pathTypeOf(text: string): PathType {
  return text === 'Exact' || text === 'Prefix' ? text : 'ImplementationSpecific'
}

function resourceBackend(where: string): IngressWarning {
  const message = `${where} names a resource backend, which is not simulated: it answers 503`
  return { reason: 'UnsupportedBackend', message }
}

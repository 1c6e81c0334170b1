// Which message a kind is, by its apiVersion: `apps/v1 Deployment` is `io.k8s.api.apps.v1.Deployment`. The proto package is the
// group's first word and the version.

import type { ObjectSchema } from '../schema/index.ts'
import { findWireSchema } from './wire-fields.ts'

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'

/** Kinds that belong to every group. */
const META_KINDS: ReadonlySet<string> = new Set([
  'APIGroup',
  'APIGroupList',
  'APIResourceList',
  'APIVersions',
  'DeleteOptions',
  'Status',
])

const PACKAGES: ReadonlyMap<string, string> = new Map([
  ['', 'io.k8s.api.core'],
  ['apiextensions.k8s.io', 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions'],
])

export function findKindSchema(apiVersion: string, kind: string): ObjectSchema | undefined {
  const slash = apiVersion.indexOf('/')
  const group = apiVersion.slice(0, Math.max(slash, 0))
  if (META_KINDS.has(kind) || group === 'meta.k8s.io') return findWireSchema(`${META}.${kind}`)
  // Both versions of aggregated discovery have the same fields.
  if (group === 'apidiscovery.k8s.io') return findWireSchema(`io.k8s.api.apidiscovery.v2.${kind}`)
  const words = PACKAGES.get(group) ?? `io.k8s.api.${group.split('.')[0] ?? ''}`
  return findWireSchema(`${words}.${apiVersion.slice(slash + 1)}.${kind}`)
}

// What is only ever created, as OpenAPI lists it: reviews, and the bindings of a namespace.

import { REVIEWS } from '../http/served-resources.ts'
import { defineResource } from '../resources/define-resource.ts'
import { resourceType } from '../resources/resource-type.ts'
import type { Resource } from '../resources/resource.ts'

const ALL: readonly Resource[] = REVIEWS.map(({ group, resource, kind, namespaced }) =>
  defineResource({
    type: resourceType(`${group}/v1`, resource, kind, { namespaced }),
    singular: kind.toLowerCase(),
    schema: `io.k8s.api.${group.split('.')[0] ?? ''}.v1.${kind}`,
    verbs: ['create'],
    columns: [],
    strategy: {},
  }),
)

export const BINDINGS: Resource = defineResource({
  type: resourceType('v1', 'bindings', 'Binding', { namespaced: true }),
  singular: 'binding',
  schema: 'io.k8s.api.core.v1.Binding',
  verbs: ['create'],
  columns: [],
  strategy: {},
})

/** @param minor of the Kubernetes release */
export function reviewResources(minor: number): readonly Resource[] {
  return ALL.filter((_, index) => (REVIEWS[index]?.since ?? 0) <= minor)
}

export function reviewKind(group: string, version: string, kind: string): Resource | undefined {
  return ALL.find(({ type }) => type.group === group && type.version === version && type.kind === kind)
}

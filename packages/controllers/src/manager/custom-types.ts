// The kinds that CustomResourceDefinitions define, as types a client takes: for the controllers that look at all kinds.
// Source: kubernetes pkg/controller/{namespace,garbagecollector}, which ask discovery.

import { type CustomResourceDefinition, resourceType, type ResourceType } from '@podwire/apiserver'

export interface CustomType {
  readonly type: ResourceType
  /** `example.com/v1/Widget` of every served version: how owner references may call it. */
  readonly kinds: readonly string[]
}

/** undefined until the definition is served. */
export function customTypeOf({ spec, status }: CustomResourceDefinition): CustomType | undefined {
  const established = status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True')
  const served = spec.versions.filter((version) => version.served)
  // Any version will do: metadata is the same in all.
  const chosen = served.find(({ storage }) => storage) ?? served[0]
  if (established !== true || chosen === undefined) return undefined
  const { group, names, scope } = spec
  return {
    type: resourceType(`${group}/${chosen.name}`, names.plural, names.kind, { namespaced: scope === 'Namespaced' }),
    kinds: served.map(({ name }) => `${group}/${name}/${names.kind}`),
  }
}

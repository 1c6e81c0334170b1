// Messages that only travel and are never stored: metadata alone, and discovery documents. Field numbers from apimachinery
// meta/v1 and k8s.io/api apidiscovery generated.proto.

import type { FieldSchema, ObjectSchema } from '../schema/index.ts'

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'
const DISCOVERY = 'io.k8s.api.apidiscovery.v2'

const text = (number: number): FieldSchema => ({ type: 'string', proto: [number] })
const texts = (...proto: readonly number[]): FieldSchema => ({ type: 'string', list: true, proto })
const flag = (number: number): FieldSchema => ({ type: 'bool', proto: [number] })
const one = (number: number, ref: string): FieldSchema => ({ type: 'object', ref, proto: [number] })
const many = (number: number, ref: string): FieldSchema => ({ type: 'object', ref, list: true, proto: [number] })
const pointer = (number: number, ref: string): FieldSchema => ({ type: 'object', ref, pointer: true, proto: [number] })

const SCHEMAS: Readonly<Record<string, Readonly<Record<string, FieldSchema>>>> = {
  [`${META}.PartialObjectMetadata`]: { metadata: one(1, `${META}.ObjectMeta`) },
  [`${META}.PartialObjectMetadataList`]: {
    metadata: one(1, `${META}.ListMeta`),
    items: many(2, `${META}.PartialObjectMetadata`),
  },
  [`${META}.APIVersions`]: { versions: texts(1), serverAddressByClientCIDRs: many(2, `${META}.ServerAddress`) },
  [`${META}.ServerAddress`]: { clientCIDR: text(1), serverAddress: text(2) },
  [`${META}.APIGroupList`]: { groups: many(1, `${META}.APIGroup`) },
  [`${META}.APIGroup`]: {
    name: text(1),
    versions: many(2, `${META}.GroupVersion`),
    preferredVersion: one(3, `${META}.GroupVersion`),
    serverAddressByClientCIDRs: many(4, `${META}.ServerAddress`),
  },
  [`${META}.GroupVersion`]: { groupVersion: text(1), version: text(2) },
  [`${META}.APIResourceList`]: { groupVersion: text(1), resources: many(2, `${META}.APIResource`) },
  [`${META}.APIResource`]: {
    name: text(1),
    namespaced: flag(2),
    kind: text(3),
    // Verbs is a message around its list.
    verbs: texts(4, 1),
    shortNames: texts(5),
    singularName: text(6),
    categories: texts(7),
    group: text(8),
    version: text(9),
    storageVersionHash: text(10),
  },
  [`${DISCOVERY}.APIGroupDiscoveryList`]: {
    metadata: one(1, `${META}.ListMeta`),
    items: many(2, `${DISCOVERY}.APIGroupDiscovery`),
  },
  [`${DISCOVERY}.APIGroupDiscovery`]: {
    metadata: one(1, `${META}.ObjectMeta`),
    versions: many(2, `${DISCOVERY}.APIVersionDiscovery`),
  },
  [`${DISCOVERY}.APIVersionDiscovery`]: {
    version: text(1),
    resources: many(2, `${DISCOVERY}.APIResourceDiscovery`),
    freshness: text(3),
  },
  [`${DISCOVERY}.APIResourceDiscovery`]: {
    resource: text(1),
    responseKind: pointer(2, `${DISCOVERY}.ResponseKind`),
    scope: text(3),
    singularResource: text(4),
    verbs: texts(5),
    shortNames: texts(6),
    categories: texts(7),
    subresources: many(8, `${DISCOVERY}.APISubresourceDiscovery`),
  },
  [`${DISCOVERY}.APISubresourceDiscovery`]: {
    subresource: text(1),
    responseKind: pointer(2, `${DISCOVERY}.ResponseKind`),
    acceptedTypes: many(3, `${DISCOVERY}.ResponseKind`),
    verbs: texts(4),
  },
  [`${DISCOVERY}.ResponseKind`]: { group: text(1), version: text(2), kind: text(3) },
}

const byName: ReadonlyMap<string, ObjectSchema> = new Map(
  Object.entries(SCHEMAS).map(([name, fields]) => [
    name,
    { name, struct: name.slice(name.lastIndexOf('.') + 1), fields: new Map(Object.entries(fields)) },
  ]),
)

export function findMetaSchema(name: string): ObjectSchema | undefined {
  return byName.get(name)
}

// Which fields an endpoint can own: what its strategy resets is not the caller's, and some metadata is nobody's.
// Source: kubernetes registry/*/strategy.go (GetResetFields), apimachinery managedfields/internal/stripmeta.go.

import type { Resource } from '../resources/resource.ts'
import { difference, fieldSetOf, within, without } from './field-set.ts'
import { fieldElement, type PathElement } from './path-element.ts'
import type { FieldFilter } from './updater.ts'

function path(...names: readonly string[]): readonly PathElement[] {
  return names.map(fieldElement)
}

const METADATA_OF_THE_SERVER = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
]

const NEVER_OWNED = fieldSetOf(
  path('apiVersion'),
  path('kind'),
  path('metadata'),
  ...METADATA_OF_THE_SERVER.map((name) => path('metadata', name)),
)

export const stripNeverOwned: FieldFilter = (fields) => difference(fields, NEVER_OWNED)

const keepAll: FieldFilter = (fields) => fields

function leaveOut(...left: readonly (readonly PathElement[])[]): FieldFilter {
  const set = fieldSetOf(...left)
  return (fields) => without(fields, set)
}

const SPEC = path('spec')
const STATUS = path('status')
const exceptStatus = leaveOut(STATUS)
const exceptSpec = leaveOut(SPEC)
const exceptSpecAndMetadata = leaveOut(SPEC, path('metadata'))
const ephemeralContainers = fieldSetOf(path('spec', 'ephemeralContainers'))

/** Status endpoints that reset more than the spec. */
const STATUS_FILTERS: ReadonlyMap<string, FieldFilter> = new Map([
  ['/Pod', leaveOut(SPEC, path('metadata', 'deletionTimestamp'), path('metadata', 'ownerReferences'))],
  ['apps/Deployment', leaveOut(SPEC, path('metadata', 'labels'))],
  ['apiextensions.k8s.io/CustomResourceDefinition', leaveOut(SPEC, path('metadata'))],
])

export function resetFilter({ type, status, custom }: Resource, subresource: string): FieldFilter {
  switch (subresource) {
    case 'status':
      if (custom !== undefined) return exceptSpecAndMetadata
      return STATUS_FILTERS.get(`${type.group}/${type.kind}`) ?? exceptSpec
    case 'ephemeralcontainers':
      return (fields) => within(fields, ephemeralContainers)
    default:
      return status ? exceptStatus : keepAll
  }
}

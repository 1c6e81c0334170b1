// Which fields an endpoint can own: what its strategy resets is not the caller's, and some metadata is nobody's.
// Source: kubernetes registry/*/strategy.go (GetResetFields), apimachinery managedfields/internal/stripmeta.go.

import type { Resource } from '../resources/resource.ts'
import { difference, fieldSetOf, without } from './field-set.ts'
import type { LeftOut } from './created-fields.ts'
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

/** What `resetFilter` and `stripNeverOwned` leave out of a new object, by name: both work on top-level fields there. */
export function leftOutOfCreate({ status }: Resource): LeftOut {
  return status ? WITHOUT_STATUS : WITH_STATUS
}

const IN_METADATA: ReadonlySet<string> = new Set(METADATA_OF_THE_SERVER)
const WITH_STATUS: LeftOut = { atTop: new Set(['apiVersion', 'kind']), inMetadata: IN_METADATA }
const WITHOUT_STATUS: LeftOut = { atTop: new Set(['apiVersion', 'kind', 'status']), inMetadata: IN_METADATA }

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
/** Status endpoints that reset more than the spec. */
const STATUS_FILTERS: ReadonlyMap<string, FieldFilter> = new Map([
  ['/Pod', leaveOut(SPEC, path('metadata', 'deletionTimestamp'), path('metadata', 'ownerReferences'))],
  ['apps/Deployment', leaveOut(SPEC, path('metadata', 'labels'))],
  ['networking.k8s.io/ServiceCIDR', exceptSpecAndMetadata],
])

export function resetFilter({ type, status, custom }: Resource, subresource: string): FieldFilter {
  switch (subresource) {
    case 'status':
      if (custom !== undefined) return exceptSpecAndMetadata
      return STATUS_FILTERS.get(`${type.group}/${type.kind}`) ?? exceptSpec
    // Their strategies have a filter, which their endpoints do not pass on: whatever is sent is owned, kept or not.
    case 'ephemeralcontainers':
    case 'resize':
      return keepAll
    default:
      return status ? exceptStatus : keepAll
  }
}

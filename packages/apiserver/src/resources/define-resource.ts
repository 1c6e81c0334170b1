// Builds a Resource from what is particular to its kind; everything else is as most kinds have it. All resources have the same fields in
// the same order, and so have their strategies: the pipeline reads them at every write of any kind, and what it reads at one place is
// then of one hidden class.

import type { KubeObject } from '../objects/kube-object.ts'
import type { Resource, Strategy, Verb } from './resource.ts'

const ALL_VERBS: readonly Verb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

type Particular<T extends KubeObject> = Pick<Resource<T>, 'type' | 'singular' | 'schema' | 'columns' | 'strategy'> &
  Partial<Resource<T>>

const USUAL = {
  shortNames: [],
  categories: [],
  verbs: ALL_VERBS,
  status: false,
  subresources: [],
  nameRule: 'dns-subdomain',
  createOnUpdate: false,
  unconditionalUpdate: true,
  returnsDeletedObject: false,
  selectableFields: {},
} as const

/** Those read at every write first. */
const RESOURCE_FIELDS = Object.keys({
  type: true,
  strategy: true,
  status: true,
  custom: true,
  otherVersion: true,
  computed: true,
  nameRule: true,
  metadataLast: true,
  anyFinalizer: true,
  createOnUpdate: true,
  unconditionalUpdate: true,
  deprecationWarning: true,
  schema: true,
  subresources: true,
  singular: true,
  shortNames: true,
  categories: true,
  verbs: true,
  orphansByDefault: true,
  hasNoDependents: true,
  unsaidPropagationWarning: true,
  returnsDeletedObject: true,
  selectableFields: true,
  unknownFieldText: true,
  columns: true,
  rowConditions: true,
} satisfies Record<keyof Resource, true>) as readonly (keyof Resource)[]

const STRATEGY_FIELDS = Object.keys({
  defaults: true,
  dropDisabled: true,
  prepareForCreate: true,
  keepsStatusOnCreate: true,
  prepareForUpdate: true,
  prepareForStatusUpdate: true,
  allocate: true,
  shown: true,
  release: true,
  validate: true,
  validateCreate: true,
  completeCreate: true,
  warn: true,
  validateUpdate: true,
  updateChecks: true,
  validateStatusUpdate: true,
  beginDeletion: true,
  partialUpdates: true,
  bumpsGeneration: true,
} satisfies Record<keyof Strategy<KubeObject>, true>) as readonly (keyof Strategy<KubeObject>)[]

export function defineResource<T extends KubeObject>(particular: Particular<T>): Resource<T> {
  const strategy = withAllFields<Strategy<T>>(particular.strategy, STRATEGY_FIELDS)
  return withAllFields<Resource<T>>({ ...USUAL, ...particular, strategy }, RESOURCE_FIELDS)
}

/** The same, with the fields it lacks there and undefined. */
function withAllFields<T extends object>(given: T, fields: readonly (keyof T)[]): T {
  const all: Partial<Record<keyof T, unknown>> = {}
  for (const field of fields) all[field] = given[field]
  return all as T
}

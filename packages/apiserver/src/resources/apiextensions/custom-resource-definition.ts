// CustomResourceDefinitions: kinds that clients add. What they must look like is in validation/, how their names are accepted
// and how they end is the work of src/definition-controllers.
// Source: apiextensions-apiserver pkg/registry/customresourcedefinition (strategy.go, etcd.go).

import type { CustomResourceDefinition } from '../../objects/index.ts'
import { sameValue } from '../compare.ts'
import { defineResource } from '../define-resource.ts'
import type { Mutable, StrategyContext } from '../resource.ts'
import { customResourceDefinitions } from '../served-types.ts'
import { createdAtColumn, nameColumn } from '../tables/columns.ts'
import { withCondition } from './conditions.ts'
import { defaultDefinition } from './definition-defaults.ts'
import { warnAboutFormats } from './unrecognized-formats.ts'
import { validateChangedDefinition, validateDefinitionStatus, validateNewDefinition } from './validation/definition.ts'

/** Holds a definition until its custom resources are gone. */
export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io'

function storageVersionOf({ spec }: CustomResourceDefinition): string | undefined {
  return (spec.versions ?? []).find(({ storage }) => storage)?.name
}

function prepareForCreate(definition: Mutable<CustomResourceDefinition>): void {
  const stored = storageVersionOf(definition)
  definition.status = {
    acceptedNames: { plural: '', kind: '' },
    ...(stored === undefined ? {} : { storedVersions: [stored] }),
  }
}

/** A new storage version is one more that objects may be stored in. */
function prepareForUpdate(definition: Mutable<CustomResourceDefinition>): void {
  const stored = storageVersionOf(definition)
  const versions = definition.status?.storedVersions ?? []
  if (stored === undefined || versions.includes(stored)) return
  definition.status = { ...definition.status, storedVersions: [...versions, stored] }
}

/** Through /status everything but the status (and metadata) stays; what it does not say is empty. */
function prepareForStatusUpdate(definition: Mutable<CustomResourceDefinition>, old: CustomResourceDefinition): void {
  definition.spec = old.spec as Mutable<CustomResourceDefinition>['spec']
  const stored = storageVersionOf(old)
  const { acceptedNames, storedVersions = [] } = definition.status ?? {}
  definition.status = { ...definition.status, acceptedNames: { plural: '', kind: '', ...acceptedNames } }
  if (storedVersions.length === 0 && stored !== undefined) definition.status.storedVersions = [stored]
}

/** The first DELETE marks it, whatever it says about propagation: the rest is done when its objects are gone. */
function beginDeletion(definition: CustomResourceDefinition, { clock }: StrategyContext): CustomResourceDefinition {
  const now = clock.timestamp()
  const { metadata, status } = definition
  const finalizers = metadata.finalizers ?? []
  return {
    ...definition,
    metadata: {
      ...metadata,
      deletionTimestamp: now,
      finalizers: finalizers.includes(CLEANUP_FINALIZER) ? finalizers : [...finalizers, CLEANUP_FINALIZER],
    },
    status: {
      ...status,
      conditions: withCondition(
        status?.conditions ?? [],
        {
          type: 'Terminating',
          status: 'True',
          reason: 'InstanceDeletionPending',
          message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
        },
        now,
      ),
    },
  }
}

export const customResourceDefinition = defineResource<CustomResourceDefinition>({
  type: customResourceDefinitions,
  singular: 'customresourcedefinition',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  schema: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
  status: true,
  unconditionalUpdate: false,
  anyFinalizer: true,
  columns: [nameColumn(), createdAtColumn()],
  strategy: {
    defaults: defaultDefinition,
    prepareForCreate,
    prepareForUpdate,
    prepareForStatusUpdate,
    validateCreate: validateNewDefinition,
    validateUpdate: validateChangedDefinition,
    validateStatusUpdate: validateDefinitionStatus,
    warn: (definition, context, old) => warnAboutFormats(definition, old, context.warn),
    bumpsGeneration: ({ spec }, { spec: old }) => !sameValue(spec, old),
    beginDeletion,
  },
})

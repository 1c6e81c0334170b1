// How custom objects are created and changed. Source: apiextensions-apiserver pkg/registry/customresource (strategy.go,
// status_strategy.go).

import type { KubeObject } from '../objects/kube-object.ts'
import { sameValue } from '../resources/compare.ts'
import type { Strategy } from '../resources/resource.ts'
import { coerceObject } from './coerce.ts'
import type { CustomKind } from './custom-kind.ts'
import { applyDefaults } from './schema/defaults.ts'
import type { MutableRecord } from './schema/walk.ts'

export function customStrategy(
  custom: CustomKind,
  { hasStatus }: { readonly hasStatus: boolean },
): Strategy<KubeObject> {
  return {
    // Bodies from clients were coerced when they were decoded; writers in process and merged configurations come as they are.
    defaults(object) {
      const record = object as unknown as MutableRecord
      coerceObject(record, custom, { keepsNulls: true })
      if (record['kind'] === custom.kind) applyDefaults(record, custom.schema)
    },
    prepareForStatusUpdate: (object, old) => {
      if (hasStatus) keepAllButStatus(object as unknown as MutableRecord, old)
    },
    bumpsGeneration: (object, old) => !sameValue(withoutMetadata(object), withoutMetadata(old)),
  }
}

/** Everything but the status, and who owns what, is the stored object's. */
function keepAllButStatus(object: MutableRecord, old: KubeObject): void {
  const { status, metadata } = object
  const { managedFields, resourceVersion } = metadata as MutableRecord
  const { managedFields: _, ...kept } = old.metadata
  for (const key of Object.keys(object)) delete object[key]
  Object.assign(object, old, {
    metadata: { ...kept, resourceVersion, ...(managedFields === undefined ? {} : { managedFields }) },
  })
  if (status === undefined) delete object['status']
  else object['status'] = status
}

function withoutMetadata(object: object): object {
  const { metadata: _, ...rest } = object as MutableRecord
  return rest
}

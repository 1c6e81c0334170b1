// Who owns a workload's replicas after its /scale was updated. Source: kubernetes registry/apps/deployment/storage
// (scaleUpdatedObjectInfo).

import { ownersFromScale, ownersOfScale, recordUpdate, scaleEndpoint } from '../managed-fields/index.ts'
import type { Scale } from '../objects/index.ts'
import { apiVersionOf } from '../resources/resource-type.ts'
import { pathParts } from '../custom-resources/custom-kind.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import type { Resource } from '../resources/resource.ts'
import type { WriteOwner } from './owners-step.ts'
import type { ServerState } from './server-state.ts'

interface ScaleWrite {
  readonly resource: Resource
  readonly owner?: WriteOwner | undefined
}

/** @param scale of the object as it is stored */
export function scaleOwner(
  server: ServerState,
  write: ScaleWrite,
  old: KubeObject,
  { scale, next }: { readonly scale: Scale; readonly next: Scale },
): WriteOwner | undefined {
  const { owner, resource } = write
  const stored = old.metadata.managedFields
  if (owner === undefined || 'managedFields' in owner || stored === undefined) return owner
  const path = replicasPathOf(resource)
  const owners = ownersOfScale(stored, path)
  // A Scale whose replicas nobody owns is not recorded, as on the real server.
  const recorded = owners === undefined ? scale : { ...scale, metadata: { ...scale.metadata, managedFields: owners } }
  const now = server.engine.clock.timestamp()
  const entries = recordUpdate(scaleEndpoint, { manager: owner.manager, now, old: recorded, next, sent: undefined })
  return { managedFields: ownersFromScale(stored, entries, apiVersionOf(resource.type), path) }
}

/** Where a custom kind has its replicas; undefined where every workload has them. */
export function replicasPathOf({ custom }: Resource): readonly string[] | undefined {
  return custom?.scale === undefined ? undefined : pathParts(custom.scale.specReplicas)
}

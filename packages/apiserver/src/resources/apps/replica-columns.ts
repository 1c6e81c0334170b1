// The columns ReplicaSets and ReplicationControllers share. Source: kubernetes pkg/printers/internalversion
// (printReplicaSet, printReplicationController).

import type { ReplicaSet, ReplicationController } from '../../objects/index.ts'
import type { Column } from '../resource.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'

/** @param descriptions of spec.replicas, status.replicas and status.readyReplicas */
export function replicaColumns<T extends ReplicaSet | ReplicationController>(descriptions: {
  readonly desired: string
  readonly current: string
  readonly ready: string
}): readonly Column<T>[] {
  const count = (name: string, description: string, of: (object: T) => number | undefined): Column<T> =>
    column<T>(name, { type: 'integer', description }, (object) => of(object) ?? 0)
  return [
    nameColumn<T>(),
    count('Desired', descriptions.desired, ({ spec }) => spec.replicas),
    count('Current', descriptions.current, ({ status }) => status?.replicas),
    count('Ready', descriptions.ready, ({ status }) => status?.readyReplicas),
    ageColumn<T>(),
  ]
}

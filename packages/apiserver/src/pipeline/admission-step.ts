// Admission: nothing is created in a namespace that is missing or going away, and a new node is tainted until somebody has
// seen it ready. Source: apiserver plugin/namespace/lifecycle, kubernetes plugin/pkg/admission/nodetaint.
// Departure: nodes that are created in process, by podwire's own kubelets, are not tainted.

import type { Mutable } from '../resources/resource.ts'
import { namespaces } from '../resources/served-types.ts'
import { forbidden, notFound } from '../status/errors.ts'
import type { Node } from '../objects/index.ts'
import { completed, type Write } from './write.ts'

export function admitNamespace(write: Write): void {
  const { type } = write.resource
  if (!type.namespaced || write.old !== undefined) return
  const namespace = write.server.store.get(namespaces, undefined, write.namespace)
  if (namespace === undefined) throw notFound(namespaces, write.namespace)
  if (namespace.metadata.deletionTimestamp === undefined) return
  throw forbidden(
    type,
    write.askedName,
    `unable to create new content in namespace ${write.namespace} because it is being terminated`,
    [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${write.namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  )
}

const NOT_READY = 'node.kubernetes.io/not-ready'

export function admitNode(write: Write): void {
  const { type } = write.resource
  if (type.resource !== 'nodes' || type.group !== '') return
  if (write.owner === undefined || !('recordsCreation' in write.owner) || !write.owner.recordsCreation) return
  // A Node, by its type.
  const { spec } = completed(write.object) as unknown as Mutable<Node>
  const taints = spec.taints ?? []
  if (taints.some(({ key, effect }) => key === NOT_READY && effect === 'NoSchedule')) return
  spec.taints = [...taints, { key: NOT_READY, effect: 'NoSchedule' }]
}

// Admission that concerns every kind: nothing is created in a namespace that is missing or going away.
// Source: apiserver plugin/namespace/lifecycle.

import { namespaces } from '../resources/served-types.ts'
import { forbidden, notFound } from '../status/errors.ts'
import type { Write } from './write.ts'

export function admitNamespace(write: Write): void {
  const { type } = write.resource
  if (!type.namespaced || write.old !== undefined) return
  const namespace = write.server.store.get(namespaces, undefined, write.namespace)
  if (namespace === undefined) throw notFound(namespaces, write.namespace)
  if (namespace.metadata.deletionTimestamp === undefined) return
  throw forbidden(
    type,
    write.object.metadata.name ?? '',
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

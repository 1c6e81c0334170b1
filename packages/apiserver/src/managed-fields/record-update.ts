// metadata.managedFields after a create, PUT or patch. Source: apimachinery util/managedfields/internal/fieldmanager.go
// (Update), managedfieldsupdater.go, skipnonapplied.go.

import { withOwnedNulls } from '../resources/wire-nulls.ts'
import type { KubeObject, ManagedFieldsEntry } from '../objects/kube-object.ts'
import { capUpdateManagers } from './cap.ts'
import { checkObject } from './check-configuration.ts'
import { emptyObjectOf, storedWithEmptyStructs, withEmptyStructs } from './empty-object.ts'
import type { Endpoint } from './endpoint.ts'
import { isReset, readManagers, writeManagers, type Managers } from './managers.ts'
import { updateOwners } from './updater.ts'

export interface UpdateRecord {
  readonly manager: string
  /** RFC 3339. */
  readonly now: string
  readonly old: KubeObject | undefined
  /** The new object, decoded and with its defaults; its managedFields do not count. */
  readonly next: object
  /** managedFields as the client sent them. */
  readonly sent: readonly ManagedFieldsEntry[] | undefined
}

/** undefined: the object has no managedFields. An object nobody was recorded for stays so until it is applied. */
export function recordUpdate(endpoint: Endpoint, record: UpdateRecord): readonly ManagedFieldsEntry[] | undefined {
  const { sent } = record
  // Nulls that are written are owned like any value.
  const [old, next] =
    endpoint.schema === undefined ? [record.old, record.next] : [written(record.old), written(record.next)]
  const stored = old?.metadata.managedFields
  const known = knownManagers(endpoint, stored, sent)
  if (old !== undefined && known.size === 0) return undefined
  // Objects that no longer fit their schema lose their owners.
  if (endpoint.scope.reconciles === true && old !== undefined && checkObject(endpoint.scope.type, old) !== undefined) {
    return undefined
  }
  if (old === undefined && known.size === 0 && endpoint.creates !== undefined)
    return endpoint.creates.entriesOf(next, record.manager, endpoint.apiVersion, record.now)
  const managers = ownersAfter(endpoint, known, { ...record, old, next })
  return managers === readManagers(stored) ? stored : writeManagers(managers)
}

function written<T extends object | undefined>(object: T): T {
  return object === undefined ? object : (withOwnedNulls(object as Fields) as T)
}

type Fields = Readonly<Record<string, unknown>>

/** Clients may edit managedFields through the object itself; what they send through a subresource does not count. */
function knownManagers(
  { subresource }: Endpoint,
  stored: readonly ManagedFieldsEntry[] | undefined,
  sent: readonly ManagedFieldsEntry[] | undefined,
): Managers {
  if (subresource === '') {
    if (isReset(sent)) return new Map()
    const edited = readManagers(sent)
    if (edited !== undefined && edited.size > 0) return edited
  }
  return readManagers(stored) ?? new Map()
}

export function ownersAfter(
  endpoint: Endpoint,
  managers: Managers,
  { old, next, manager, now }: Pick<UpdateRecord, 'old' | 'next' | 'manager' | 'now'>,
): Managers {
  const { apiVersion, subresource } = endpoint
  const before = old === undefined ? emptyObjectOf(endpoint) : storedWithEmptyStructs(endpoint, old)
  const after = withEmptyStructs(endpoint, next)
  const name = { manager, operation: 'Update', apiVersion, subresource } as const
  return capUpdateManagers(updateOwners(endpoint.scope, managers, name, { before, after, now }))
}

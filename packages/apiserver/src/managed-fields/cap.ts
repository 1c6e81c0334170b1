// At most ten Update entries: the oldest are merged into `ancient-changes`, one bucket a version.
// Source: apimachinery util/managedfields/internal/capmanagers.go.

import { compareText } from '@podwire/engine'
import { union } from './field-set.ts'
import { identityOf, type ManagerRecord, type Managers } from './managers.ts'

export const MAX_UPDATE_MANAGERS = 10
const ANCIENT_CHANGES = 'ancient-changes'

export function capUpdateManagers(managers: Managers): Managers {
  const updates = [...managers].filter(([, record]) => record.operation === 'Update')
  let excess = updates.length - MAX_UPDATE_MANAGERS
  if (excess <= 0) return managers
  updates.sort(([a, left], [b, right]) => compareText(left.time ?? '', right.time ?? '') || compareText(a, b))
  const capped = new Map(managers)
  const firstOfVersion = new Map<string, string>()
  for (const [identity, record] of updates) {
    if (excess === 0) break
    const first = firstOfVersion.get(record.apiVersion)
    if (first === undefined) {
      firstOfVersion.set(record.apiVersion, identity)
      continue
    }
    const bucket = bucketOf(capped, record, first)
    capped.delete(identity)
    capped.set(identityOf(bucket), { ...bucket, time: record.time, fields: union(bucket.fields, record.fields) })
    excess--
  }
  return capped
}

/** The version's bucket; the first record that goes into it is renamed to make it. */
function bucketOf(managers: Map<string, ManagerRecord>, record: ManagerRecord, first: string): ManagerRecord {
  const name = {
    manager: ANCIENT_CHANGES,
    operation: 'Update',
    apiVersion: record.apiVersion,
    subresource: '',
  } as const
  const existing = managers.get(identityOf(name))
  if (existing !== undefined) return existing
  const oldest = managers.get(first) ?? record
  managers.delete(first)
  return { ...oldest, ...name }
}

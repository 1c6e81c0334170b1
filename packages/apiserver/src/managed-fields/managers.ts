// Who owns what: metadata.managedFields read into records, and written back in the server's order.
// Source: apimachinery util/managedfields/internal/managedfields.go.

import { compareText, type Draft } from '@podwire/engine'
import type { ManagedFieldsEntry } from '../objects/kube-object.ts'
import { fromFieldsV1, toFieldsV1, type FieldSet } from './field-set.ts'

export type Operation = 'Apply' | 'Update'

export interface ManagerName {
  readonly manager: string
  readonly operation: Operation
  readonly apiVersion: string
  /** '' for the object itself. */
  readonly subresource: string
}

export interface ManagerRecord extends ManagerName {
  /** Absent until the manager changed something. */
  readonly time: string | undefined
  readonly fields: FieldSet
}

/** Records by identity. */
export type Managers = ReadonlyMap<string, ManagerRecord>

/** What makes two writes the same manager's. The version counts for updates only. */
export function identityOf({ manager, operation, apiVersion, subresource }: ManagerName): string {
  const who = manager === '' ? '' : `"manager":${JSON.stringify(manager)},`
  const version = operation === 'Update' ? `,"apiVersion":${JSON.stringify(apiVersion)}` : ''
  const part = subresource === '' ? '' : `,"subresource":${JSON.stringify(subresource)}`
  return `{${who}"operation":"${operation}"${version}${part}}`
}

const NOBODY: Managers = new Map()
const decoded = new WeakMap<readonly ManagedFieldsEntry[], Managers>()

/** Reads stored entries, or those a client sent; undefined when they are malformed. */
export function readManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers | undefined {
  if (entries === undefined) return NOBODY
  const known = decoded.get(entries)
  if (known !== undefined) return known
  const managers = new Map<string, ManagerRecord>()
  for (const entry of entries) {
    const record = readEntry(entry)
    if (record === undefined) return undefined
    managers.set(identityOf(record), record)
  }
  // Stored entries are frozen, so what was read of them stays true.
  if (Object.isFrozen(entries)) decoded.set(entries, managers)
  return managers
}

function readEntry(entry: ManagedFieldsEntry): ManagerRecord | undefined {
  const { manager = '', operation, apiVersion = '', subresource = '', time, fieldsType, fieldsV1 } = entry
  if (fieldsType !== 'FieldsV1' || apiVersion === '' || (operation !== 'Apply' && operation !== 'Update'))
    return undefined
  const fields = fromFieldsV1(fieldsV1)
  if (fields === undefined) return undefined
  const record: ManagerRecord = { manager, operation, apiVersion, subresource, time, fields }
  if (Object.isFrozen(entry)) sources.set(record, entry)
  return record
}

/** Records that came from a stored entry and were not changed go back as that entry. */
const sources = new WeakMap<ManagerRecord, ManagedFieldsEntry>()

/** undefined when nobody owns anything: then the object has no managedFields. */
export function writeManagers(managers: Managers): readonly ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined
  return [...managers.values()].sort(byOperationTimeAndName).map(entryOf)
}

function entryOf(record: ManagerRecord): ManagedFieldsEntry {
  const source = sources.get(record)
  if (source !== undefined) return source
  const { manager, operation, apiVersion, subresource, time, fields } = record
  const entry: Draft<ManagedFieldsEntry> =
    manager === '' ? { operation, apiVersion } : { manager, operation, apiVersion }
  if (time !== undefined) entry.time = time
  entry.fieldsType = 'FieldsV1'
  entry.fieldsV1 = toFieldsV1(fields)
  if (subresource !== '') entry.subresource = subresource
  return entry
}

function byOperationTimeAndName(a: ManagerRecord, b: ManagerRecord): number {
  return (
    compareText(a.operation, b.operation) ||
    // RFC 3339 in UTC with seconds: the order of the texts is the order of the times; no time comes first.
    compareText(a.time ?? '', b.time ?? '') ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  )
}

/** `[]` or `[{}]` in an update asks the server to forget all owners. */
export function isReset(entries: readonly ManagedFieldsEntry[] | undefined): boolean {
  if (entries === undefined) return false
  const [first] = entries
  if (entries.length === 0) return true
  return entries.length === 1 && first !== undefined && Object.values(first).every((value) => value === '')
}

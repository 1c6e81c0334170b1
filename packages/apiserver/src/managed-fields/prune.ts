// What an apply takes out of an object: what its manager applied last time and now leaves out, unless somebody else owns it.
// Source: structured-merge-diff merge/update.go (prune, addBackOwnedItems, addBackDanglingItems).

import { compareText } from '@podwire/engine'
import { difference, intersection, NO_FIELDS, union, type FieldSet } from './field-set.ts'
import type { ManagerRecord, Managers } from './managers.ts'
import { ownedPaths } from './owned-paths.ts'
import { removePaths, withNamedFields } from './remove.ts'
import type { OwnershipScope } from './updater.ts'
import type { StructType } from './value-type.ts'

/** @param last what the manager applied before, in the version it did so */
export function prune(scope: OwnershipScope, merged: unknown, managers: Managers, last: ManagerRecord): unknown {
  const typeAt = (version: string): StructType | undefined =>
    version === scope.apiVersion ? scope.type : scope.versions?.at(version)?.type
  const convert = (object: unknown, from: string, to: string): unknown =>
    from === to ? object : scope.versions?.convert(object, from, to)
  const type = typeAt(last.apiVersion)
  if (type === undefined || last.fields.size === 0) return merged
  const whole = convert(merged, scope.apiVersion, last.apiVersion)
  const lastNamed = withNamedFields(type, last.fields)
  let pruned = removePaths(type, whole, lastNamed)
  for (const [version, managed] of managedByVersion(managers, last.apiVersion)) {
    const there = typeAt(version)
    if (there === undefined) continue
    const kept = addBackOwned(
      there,
      convert(whole, last.apiVersion, version),
      convert(pruned, last.apiVersion, version),
      managed,
    )
    pruned = convert(kept, version, last.apiVersion)
  }
  // What went with a removed parent, but was never this manager's, comes back.
  const gone = difference(named(type, whole), named(type, pruned))
  return convert(removePaths(type, whole, intersection(gone, lastNamed)), last.apiVersion, scope.apiVersion)
}

function named(type: StructType, object: unknown): FieldSet {
  return withNamedFields(type, ownedPaths(type, object))
}

/** What anybody owns, `first` version first. */
function managedByVersion(managers: Managers, first: string): readonly (readonly [string, FieldSet])[] {
  const sets = new Map<string, FieldSet>([[first, NO_FIELDS]])
  const records = [...managers.values()].sort((a, b) => compareText(a.apiVersion, b.apiVersion))
  for (const { apiVersion, fields } of records) sets.set(apiVersion, union(sets.get(apiVersion) ?? NO_FIELDS, fields))
  return [...sets]
}

function addBackOwned(type: StructType, whole: unknown, pruned: unknown, managed: FieldSet): unknown {
  const kept = union(named(type, pruned), withNamedFields(type, managed))
  return removePaths(type, whole, difference(named(type, whole), kept))
}

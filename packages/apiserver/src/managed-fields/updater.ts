// Moves ownership when an object is updated or a configuration applied. Pure: objects, a type and records in, records out.
// Source: structured-merge-diff merge/update.go.
// Departure: entries of other API versions than the endpoint's are dropped, as the real server drops those of versions it
// no longer serves; podwire converts no field sets between versions. Versions of a custom kind have the same fields.

import { compare, type Comparison } from './compare.ts'
import type { Conflict } from './conflicts.ts'
import { equalJson } from './equal.ts'
import { difference, intersection, NO_FIELDS, union, type FieldSet } from './field-set.ts'
import { identityOf, type ManagerName, type ManagerRecord, type Managers } from './managers.ts'
import { merge } from './merge.ts'
import { ownedPaths } from './owned-paths.ts'
import { removePaths, withNamedFields } from './remove.ts'
import type { StructType } from './value-type.ts'

/** Takes the fields out of a set that the endpoint resets or that nobody can own. */
export type FieldFilter = (fields: FieldSet) => FieldSet

export interface OwnershipScope {
  readonly type: StructType
  readonly apiVersion: string
  /** Other versions whose paths mean the same: those of the same custom kind. */
  readonly siblings: ReadonlySet<string>
  /** What this endpoint can change. */
  readonly reset: FieldFilter
  /** What can be owned at all. */
  readonly strip: FieldFilter
}

/** Ownership after an update by `name`. `now` marks the caller's record when it took fields. */
export function updateOwners(
  scope: OwnershipScope,
  managers: Managers,
  name: ManagerName,
  change: { readonly before: unknown; readonly after: unknown; readonly now: string },
): Managers {
  const comparison = compare(scope.type, change.before, change.after)
  const taken = scope.strip(scope.reset(union(comparison.modified, comparison.added)))
  if (taken.size === 0 && scope.strip(scope.reset(comparison.removed)).size === 0) return managers
  const result = disown(scope, managers, undefined, comparison).managers
  if (taken.size === 0) return result
  const identity = identityOf(name)
  const fields = union(result.get(identity)?.fields ?? NO_FIELDS, taken)
  return new Map(result).set(identity, { ...name, time: change.now, fields })
}

/** Takes from everybody but `keeper` what was changed or removed. */
function disown(
  { apiVersion, siblings, reset }: OwnershipScope,
  managers: Managers,
  keeper: string | undefined,
  comparison: Comparison,
): { readonly managers: Managers; readonly conflicts: readonly Conflict[] } {
  const changed = reset(union(comparison.modified, comparison.added))
  const removed = reset(comparison.removed)
  const result = new Map<string, ManagerRecord>()
  const conflicts: Conflict[] = []
  for (const [identity, record] of managers) {
    if (identity === keeper) {
      if (record.fields.size > 0) result.set(identity, record)
      continue
    }
    if (record.apiVersion !== apiVersion && !siblings.has(record.apiVersion)) continue
    const lost = intersection(record.fields, changed)
    if (lost.size > 0) conflicts.push({ identity, owner: record, fields: lost })
    const fields = difference(difference(record.fields, lost), removed)
    if (fields.size > 0) result.set(identity, fields === record.fields ? record : { ...record, fields })
  }
  return { managers: result, conflicts }
}

export interface Applied {
  /** The live object with the configuration in it; the live object itself when that changes nothing. */
  readonly object: unknown
  readonly managers: Managers
  /** Unless forced, an apply with conflicts must not happen. */
  readonly conflicts: readonly Conflict[]
}

export function applyOwners(
  scope: OwnershipScope,
  managers: Managers,
  name: ManagerName,
  change: { readonly live: unknown; readonly config: unknown; readonly now: string },
): Applied {
  const { live, config } = change
  const identity = identityOf(name)
  const last = managers.get(identity)
  const owned = scope.reset(ownedPaths(scope.type, config))
  const mine: ManagerRecord = { ...name, time: last?.time, fields: owned }
  const claimed = new Map(managers).set(identity, mine)
  const merged = merge(scope.type, live, config)
  const object =
    last === undefined || last.apiVersion !== scope.apiVersion
      ? merged
      : prune(scope.type, merged, claimed, last.fields)
  const outcome = disown(scope, claimed, identity, compare(scope.type, live, object))
  const isNoop = equalJson(live, object)
  const result = new Map(outcome.managers)
  const fields = scope.strip(owned)
  if (fields.size === 0) result.delete(identity)
  else result.set(identity, { ...mine, fields, time: isNoop ? mine.time : change.now })
  return { object: isNoop ? live : object, managers: result, conflicts: outcome.conflicts }
}

/** Removes what the manager applied last time and now leaves out, unless somebody else owns it. */
function prune(type: StructType, merged: unknown, managers: Managers, last: FieldSet): unknown {
  const named = (fields: FieldSet): FieldSet => withNamedFields(type, fields)
  const lastNamed = named(last)
  const bare = removePaths(type, merged, lastNamed)
  let managed = NO_FIELDS
  for (const record of managers.values()) managed = union(managed, record.fields)
  const mergedPaths = named(ownedPaths(type, merged))
  const kept = union(named(ownedPaths(type, bare)), named(managed))
  const pruned = removePaths(type, merged, difference(mergedPaths, kept))
  // What went with a removed parent, but was never this manager's, comes back.
  const gone = difference(mergedPaths, named(ownedPaths(type, pruned)))
  return removePaths(type, merged, intersection(gone, lastNamed))
}

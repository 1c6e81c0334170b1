// Moves ownership when an object is updated or a configuration applied. Pure: objects, a type and records in, records out.
// Every record counts in the version it was written in: objects are converted to it and compared there. Records of versions that
// are no longer served are dropped. Source: structured-merge-diff merge/update.go.

import { compare, type Comparison } from './compare.ts'
import type { Conflict } from './conflicts.ts'
import { equalJson } from './equal.ts'
import { difference, intersection, NO_FIELDS, union, type FieldSet } from './field-set.ts'
import { identityOf, type ManagerName, type ManagerRecord, type Managers } from './managers.ts'
import { merge } from './merge.ts'
import { ownedPaths } from './owned-paths.ts'
import { prune } from './prune.ts'
import { reconcileManagers } from './reconcile.ts'
import type { StructType } from './value-type.ts'

/** Takes the fields out of a set that the endpoint resets or that nobody can own. */
export type FieldFilter = (fields: FieldSet) => FieldSet

export interface OwnershipScope {
  readonly type: StructType
  readonly apiVersion: string
  /** What this endpoint can change. */
  readonly reset: FieldFilter
  /** What can be owned at all. */
  readonly strip: FieldFilter
  /** The kind's other versions; absent: there are none. */
  readonly versions?: Versions
  /** Schemas of the kind change while it is served. */
  readonly reconciles?: boolean
}

/** The versions a kind is served in. */
export interface Versions {
  /** undefined: not served. */
  at(apiVersion: string): Pick<OwnershipScope, 'type' | 'reset'> | undefined
  convert(object: unknown, from: string, to: string): unknown
}

interface Change {
  readonly before: unknown
  readonly after: unknown
}

/** Ownership after an update by `name`. `now` marks the caller's record when it took fields. */
export function updateOwners(
  scope: OwnershipScope,
  stored: Managers,
  name: ManagerName,
  change: { readonly before: unknown; readonly after: unknown; readonly now: string },
): Managers {
  const managers = inThisSchema(scope, stored)
  const comparison = compare(scope.type, change.before, change.after)
  const taken = scope.strip(scope.reset(union(comparison.modified, comparison.added)))
  if (taken.size === 0 && scope.strip(scope.reset(comparison.removed)).size === 0) return withoutIdle(managers)
  const result = disown(scope, managers, undefined, change, comparison).managers
  if (taken.size === 0) return result
  const identity = identityOf(name)
  const fields = union(result.get(identity)?.fields ?? NO_FIELDS, taken)
  const { manager, operation, apiVersion, subresource } = name
  const record = { manager, operation, apiVersion, subresource, time: change.now, fields }
  return new Map(result).set(identity, record)
}

function inThisSchema(scope: OwnershipScope, managers: Managers): Managers {
  if (scope.reconciles !== true) return managers
  return reconcileManagers(managers, (version) =>
    version === scope.apiVersion ? scope.type : scope.versions?.at(version)?.type,
  )
}

/** Whoever owns nothing has no record. */
function withoutIdle(managers: Managers): Managers {
  const isIdle = ({ fields }: ManagerRecord): boolean => fields.size === 0
  if (![...managers.values()].some(isIdle)) return managers
  return new Map([...managers].filter(([, record]) => !isIdle(record)))
}

/** What a change means for the records of one version. */
interface Loss {
  readonly changed: FieldSet
  readonly removed: FieldSet
}

/** The change as seen in each version, compared when it is first asked for. */
function lossesOf(
  scope: OwnershipScope,
  change: Change,
  comparison: Comparison,
): (version: string) => Loss | undefined {
  const lossOf = ({ modified, added, removed }: Comparison, reset: FieldFilter): Loss => ({
    changed: reset(union(modified, added)),
    removed: reset(removed),
  })
  const known = new Map<string, Loss | undefined>([[scope.apiVersion, lossOf(comparison, scope.reset)]])
  return (version) => {
    if (known.has(version)) return known.get(version)
    const view = scope.versions?.at(version)
    const seen = (object: unknown): unknown => scope.versions?.convert(object, scope.apiVersion, version)
    const loss =
      view === undefined ? undefined : lossOf(compare(view.type, seen(change.before), seen(change.after)), view.reset)
    known.set(version, loss)
    return loss
  }
}

/** Takes from everybody but `keeper` what was changed or removed. */
function disown(
  scope: OwnershipScope,
  managers: Managers,
  keeper: string | undefined,
  change: Change,
  comparison: Comparison,
): { readonly managers: Managers; readonly conflicts: readonly Conflict[] } {
  const lossIn = lossesOf(scope, change, comparison)
  const result = new Map<string, ManagerRecord>()
  const conflicts: Conflict[] = []
  for (const [identity, record] of managers) {
    if (identity === keeper) {
      if (record.fields.size > 0) result.set(identity, record)
      continue
    }
    const loss = lossIn(record.apiVersion)
    if (loss === undefined) continue
    const lost = intersection(record.fields, loss.changed)
    if (lost.size > 0) conflicts.push({ identity, owner: record, fields: lost })
    const fields = difference(difference(record.fields, lost), loss.removed)
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
  stored: Managers,
  name: ManagerName,
  change: { readonly live: unknown; readonly config: unknown; readonly now: string },
): Applied {
  const managers = inThisSchema(scope, stored)
  const { live, config } = change
  const identity = identityOf(name)
  const last = managers.get(identity)
  const owned = scope.reset(ownedPaths(scope.type, config))
  const mine: ManagerRecord = { ...name, time: last?.time, fields: owned }
  const claimed = new Map(managers).set(identity, mine)
  const merged = merge(scope.type, live, config)
  const object = last === undefined ? merged : prune(scope, merged, claimed, last)
  const outcome = disown(scope, claimed, identity, { before: live, after: object }, compare(scope.type, live, object))
  const isNoop = equalJson(live, object)
  const result = new Map(outcome.managers)
  const fields = scope.strip(owned)
  if (fields.size === 0) result.delete(identity)
  else result.set(identity, { ...mine, fields, time: isNoop ? mine.time : change.now })
  return { object: isNoop ? live : object, managers: result, conflicts: outcome.conflicts }
}

// What the objects of a namespace use of what a quota tracks: the sum over every kind that uses any of it.
// Source: apiserver quota/v1/resources.go (CalculateUsage), generic/evaluator.go (CalculateUsageStats).

import type { Pod, ResourceQuota } from '../objects/index.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import { groupResourceOf, type ResourceType } from '../resources/resource-type.ts'
import { pods } from '../resources/served-types.ts'
import type { Quantity } from '../validation/quantity.ts'
import { evaluatorOf, IGNORED_BY_QUOTA } from './evaluators.ts'
import { addLists, formatList, maskList, readList, type Resources } from './resource-list.ts'
import { hasDeadline, quotaMatches } from './scopes.ts'

const ZERO: Quantity = { nano: 0n, format: 'decimal' }

/** The kinds whose objects count for a quota. */
export function quotaTypes({ spec }: ResourceQuota, all: readonly ResourceType[]): readonly ResourceType[] {
  const names = Object.keys(spec?.hard ?? {})
  return all.filter((type) => {
    if (!type.namespaced || IGNORED_BY_QUOTA.has(groupResourceOf(type))) return false
    const evaluator = evaluatorOf(type)
    return names.some((name) => evaluator.tracks(name))
  })
}

/** @param objectsOf all objects of a kind in the quota's namespace */
export function quotaUsage(
  quota: ResourceQuota,
  types: readonly ResourceType[],
  objectsOf: (type: ResourceType) => readonly KubeObject[],
  nowMs: number,
): Readonly<Record<string, string>> {
  const names = Object.keys(quota.spec?.hard ?? {})
  let used: Resources = new Map()
  for (const type of types) {
    const evaluator = evaluatorOf(type)
    used = addLists(used, new Map(names.filter((name) => evaluator.tracks(name)).map((name) => [name, ZERO])))
    for (const object of objectsOf(type)) {
      if (quotaMatches(quota, names, evaluator, object)) {
        used = addLists(used, maskList(evaluator.usage(object, nowMs), names))
      }
    }
  }
  return formatList(used)
}

/** Does this change of an object give something back that a quota counted, or bring a pod under other quotas? */
export function freesQuota(
  type: ResourceType,
  object: KubeObject,
  old: KubeObject | undefined,
  nowMs: number,
): boolean {
  if (old === undefined) return true
  if (type === pods && hasDeadline(old as Pod) !== hasDeadline(object as Pod)) return true
  const evaluator = evaluatorOf(type)
  const before = evaluator.usage(old, nowMs)
  const after = evaluator.usage(object, nowMs)
  return [...before].some(([name, { nano }]) => nano > (after.get(name)?.nano ?? 0n))
}

/** As the status prints them: `hard` in canonical form. */
export function canonicalHard({ spec }: ResourceQuota): Readonly<Record<string, string>> {
  return formatList(readList(spec?.hard))
}

// What an aggregated ClusterRole consists of: the rules of the roles its selectors choose, in order of their names, each once.
// Source: kubernetes pkg/controller/clusterroleaggregation.

import type { ClusterRole, PolicyRule } from '../objects/index.ts'
import { sameValue } from '../resources/compare.ts'
import { matchesLabelSelector } from '../selectors/label-selector-object.ts'

interface Aggregated {
  readonly metadata: { readonly name: string }
  readonly aggregationRule?: ClusterRole['aggregationRule']
}

interface Part {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
  readonly rules?: readonly PolicyRule[]
}

const byName = (a: Part, b: Part): number =>
  a.metadata.name === b.metadata.name ? 0 : a.metadata.name < b.metadata.name ? -1 : 1

export function aggregatedRules(role: Aggregated, all: readonly Part[]): readonly PolicyRule[] {
  const rules: PolicyRule[] = []
  const sorted = [...all].sort(byName)
  for (const selector of role.aggregationRule?.clusterRoleSelectors ?? []) {
    for (const part of sorted) {
      if (part.metadata.name === role.metadata.name || !matchesLabelSelector(selector, part.metadata.labels)) continue
      for (const rule of part.rules ?? []) {
        if (!rules.some((known) => sameValue(known, rule))) rules.push(rule)
      }
    }
  }
  return rules
}

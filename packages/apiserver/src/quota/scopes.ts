// Which quotas an object counts for: those that track something of its kind, and whose scopes all hold for it. Only pods have
// scopes. Source: apiserver quota/v1/generic/evaluator.go (Matches), pkg/quota/v1/evaluator/core/pods.go (podMatchesScopeFunc).

import type { Pod, ResourceQuota } from '../objects/index.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import { qosClassOf } from '../resources/pods/pod-qos.ts'
import type { QuotaEvaluator } from './evaluators.ts'

type Requirement = NonNullable<
  NonNullable<NonNullable<ResourceQuota['spec']>['scopeSelector']>['matchExpressions']
>[number]

function requirementsOf({ spec }: ResourceQuota): readonly Requirement[] {
  const scopes = (spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' }))
  return [...scopes, ...(spec?.scopeSelector?.matchExpressions ?? [])]
}

function classMatches(name: string, { operator, values = [] }: Requirement): boolean {
  switch (operator) {
    case 'Exists':
      return name !== ''
    case 'DoesNotExist':
      return name === ''
    case 'In':
      return name !== '' && values.includes(name)
    case 'NotIn':
      return !values.includes(name)
    default:
      return false
  }
}

interface Term {
  readonly namespaces?: readonly string[]
  readonly namespaceSelector?: object
}

/** Affinity to pods of other namespaces. */
function looksElsewhere({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {}
  return [podAffinity, podAntiAffinity].some((affinity) => {
    const terms: readonly Term[] = [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((one) => one.podAffinityTerm),
    ]
    return terms.some(
      ({ namespaces = [], namespaceSelector }) => namespaces.length > 0 || namespaceSelector !== undefined,
    )
  })
}

function podMatches(pod: Pod, requirement: Requirement): boolean {
  const { priorityClassName = '' } = pod.spec
  switch (requirement.scopeName) {
    case 'Terminating':
      return hasDeadline(pod)
    case 'NotTerminating':
      return !hasDeadline(pod)
    case 'BestEffort':
      return qosClassOf(pod.spec) === 'BestEffort'
    case 'NotBestEffort':
      return qosClassOf(pod.spec) !== 'BestEffort'
    case 'PriorityClass':
      return classMatches(priorityClassName, requirement)
    case 'CrossNamespacePodAffinity':
      return looksElsewhere(pod)
    default:
      return false
  }
}

/** @param hard the names the quota tracks */
export function quotaMatches(
  quota: ResourceQuota,
  hard: readonly string[],
  evaluator: QuotaEvaluator,
  object: KubeObject,
): boolean {
  if (!hard.some((name) => evaluator.tracks(name))) return false
  const isPod = object.kind === 'Pod'
  return requirementsOf(quota).every((requirement) => isPod && podMatches(object as Pod, requirement))
}

/** What tells the scope Terminating from NotTerminating. */
export function hasDeadline({ spec: { activeDeadlineSeconds } }: Pod): boolean {
  return activeDeadlineSeconds !== undefined && activeDeadlineSeconds >= 0
}

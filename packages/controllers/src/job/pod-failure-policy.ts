// What spec.podFailurePolicy says about a failed pod: the first rule that matches its containers' exit codes or its conditions.
// Pure. Source: kubernetes pkg/controller/job/pod_failure_policy.go.

import type {
  ContainerStatus,
  Job,
  Pod,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyRule,
} from '@podwire/apiserver'

type PolicyAction = 'FailJob' | 'FailIndex' | 'Ignore' | 'Count'

export interface PolicyVerdict {
  /** Undefined: no rule matched, the failure counts. */
  readonly action: PolicyAction | undefined
  /** Counts towards backoffLimit. */
  readonly counts: boolean
  /** Why the whole Job fails; only with FailJob. */
  readonly failJob: string | undefined
}

const NO_RULE: PolicyVerdict = { action: undefined, counts: true, failJob: undefined }

export function judgeFailure({ spec }: Job, pod: Pod): PolicyVerdict {
  for (const [index, rule] of (spec.podFailurePolicy?.rules ?? []).entries()) {
    const why = matchText(rule, pod)
    if (why === undefined) continue
    const action = rule.action as PolicyAction
    const failJob = action === 'FailJob' ? `${why} matching ${action} rule at index ${index}` : undefined
    return { action, counts: action !== 'Ignore', failJob }
  }
  return NO_RULE
}

/** What of the pod the rule matches, as the Job's condition says it. */
function matchText({ onExitCodes, onPodConditions }: PodFailurePolicyRule, pod: Pod): string | undefined {
  const { namespace, name } = pod.metadata
  if (onExitCodes !== undefined) {
    const container = failedContainer(pod, onExitCodes)
    if (container === undefined) return undefined
    return `Container ${container.name} for pod ${namespace}/${name} failed with exit code ${container.state?.terminated?.exitCode}`
  }
  for (const { type, status } of pod.status?.conditions ?? []) {
    const matches = onPodConditions?.some((pattern) => pattern.type === type && (pattern.status ?? 'True') === status)
    if (matches === true) return `Pod ${namespace}/${name} has condition ${type}`
  }
  return undefined
}

function failedContainer(
  { status }: Pod,
  requirement: PodFailurePolicyOnExitCodesRequirement,
): ContainerStatus | undefined {
  const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]
  return all.find(({ name, state }) => {
    const exitCode = state?.terminated?.exitCode ?? 0
    if (exitCode === 0 || (requirement.containerName ?? name) !== name) return false
    return requirement.values.includes(exitCode) === (requirement.operator === 'In')
  })
}

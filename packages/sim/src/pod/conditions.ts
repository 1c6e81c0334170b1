// The conditions a kubelet writes, in its order. Source: kubernetes pkg/kubelet/status/generate.go. A condition's transition
// time moves only when its status does; conditions of others (readiness gates, DisruptionTarget) are kept behind ours.

import type { Draft } from '@podwire/engine'
import { conditionOf, type Pod, type PodCondition } from '@podwire/apiserver'
import type { ContainerRecord } from './container-record.ts'
import { incompleteInitContainers, type PodPhase } from './phase.ts'

export interface ConditionInput {
  readonly pod: Pod
  readonly records: readonly ContainerRecord[]
  readonly phase: PodPhase
  /** The pod's sandbox exists and has its network. */
  readonly sandboxReady: boolean
  /** As of the present moment: 'YYYY-MM-DDTHH:MM:SSZ' */
  readonly now: string
}

interface Wanted {
  readonly type: string
  readonly status: 'True' | 'False'
  readonly reason?: string
  readonly message?: string
}

const OWNED: readonly string[] = [
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
]

export function podConditions(input: ConditionInput): readonly PodCondition[] {
  const existing = input.pod.status?.conditions ?? []
  const containersReady = containersReadyCondition(input)
  const wanted: Wanted[] = [
    { type: 'PodReadyToStartContainers', status: input.sandboxReady ? 'True' : 'False' },
    initializedCondition(input),
    readyCondition(input, containersReady),
    containersReady,
    { type: 'PodScheduled', status: 'True' },
  ]
  const conditions = wanted.map((condition) => withTransition(condition, existing, input))
  for (const condition of existing) if (!OWNED.includes(condition.type)) conditions.push(condition)
  return conditions
}

function withTransition(wanted: Wanted, existing: readonly PodCondition[], input: ConditionInput): PodCondition {
  const before = conditionOf(existing, wanted.type)
  const generation = input.pod.metadata.generation
  if (before !== undefined && says(before, wanted, generation)) return before
  // Member by member: every status of every pod comes through here, and spreads cost several times as much.
  const condition: Draft<PodCondition> = { type: wanted.type, status: wanted.status }
  if (wanted.reason !== undefined) condition.reason = wanted.reason
  if (wanted.message !== undefined) condition.message = wanted.message
  condition.lastTransitionTime =
    before !== undefined && before.status === wanted.status ? (before.lastTransitionTime ?? input.now) : input.now
  if (generation !== undefined) condition.observedGeneration = generation
  return condition
}

/** Nothing about it has changed. */
function says(before: PodCondition, { status, reason, message }: Wanted, generation: number | undefined): boolean {
  return (
    before.status === status &&
    before.reason === reason &&
    before.message === message &&
    before.observedGeneration === generation &&
    before.lastTransitionTime !== undefined &&
    before.lastProbeTime === undefined
  )
}

function initializedCondition({ records, phase }: ConditionInput): Wanted {
  if (phase === 'Succeeded') return { type: 'Initialized', status: 'True', reason: 'PodCompleted' }
  const incomplete = incompleteInitContainers(records)
  if (incomplete.length === 0) return { type: 'Initialized', status: 'True' }
  return {
    type: 'Initialized',
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${incomplete.join(' ')}]`,
  }
}

function containersReadyCondition({ records, phase }: ConditionInput): Wanted {
  const type = 'ContainersReady'
  if (phase === 'Succeeded') return { type, status: 'False', reason: 'PodCompleted' }
  if (phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' }
  const unready = records
    .filter((record) => (record.role === 'main' || record.role === 'sidecar') && !record.ready)
    .map((record) => record.spec.name)
  if (unready.length === 0) return { type, status: 'True' }
  return {
    type,
    status: 'False',
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${unready.join(' ')}]`,
  }
}

function readyCondition({ pod }: ConditionInput, containersReady: Wanted): Wanted {
  if (containersReady.status === 'False') return { ...containersReady, type: 'Ready' }
  const conditions = pod.status?.conditions ?? []
  const problems: string[] = []
  for (const { conditionType } of pod.spec.readinessGates ?? []) {
    const gate = conditions.find((condition) => condition.type === conditionType)
    if (gate === undefined) {
      problems.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`)
    } else if (gate.status !== 'True') {
      problems.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`)
    }
  }
  if (problems.length === 0) return { type: 'Ready', status: 'True' }
  return { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: problems.join(', ') }
}

/** Did somebody move a condition that the pod's readiness waits for? */
export function gatesMoved(before: Pod, after: Pod): boolean {
  const gates = after.spec.readinessGates
  if (gates === undefined) return false
  const statusOf = (pod: Pod, gate: string): string | undefined =>
    pod.status?.conditions?.find(({ type }) => type === gate)?.status
  return gates.some(({ conditionType }) => statusOf(before, conditionType) !== statusOf(after, conditionType))
}

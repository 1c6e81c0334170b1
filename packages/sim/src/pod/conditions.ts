// The conditions a kubelet writes, in its order. Source: kubernetes pkg/kubelet/status/generate.go. A condition's transition
// time moves only when its status does; conditions of others (readiness gates, DisruptionTarget) are kept behind ours.

import type { Pod, PodCondition } from '@podwire/apiserver'
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
  return [
    ...wanted.map((condition) => withTransition(condition, existing, input)),
    ...existing.filter((condition) => !OWNED.includes(condition.type)),
  ]
}

function withTransition(wanted: Wanted, existing: readonly PodCondition[], input: ConditionInput): PodCondition {
  const before = existing.find((condition) => condition.type === wanted.type)
  const generation = input.pod.metadata.generation
  return {
    ...wanted,
    lastTransitionTime:
      before !== undefined && before.status === wanted.status ? (before.lastTransitionTime ?? input.now) : input.now,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  }
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
  const unready = records.filter((record) => record.role !== 'init' && !record.ready).map((record) => record.spec.name)
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

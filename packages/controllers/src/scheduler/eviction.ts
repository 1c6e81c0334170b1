// What follows a preemption decision: victims get their condition, event and deletion; the pod is nominated.
// Source: kube-scheduler framework/preemption (prepareCandidate), schedule_one.go (handleSchedulingFailure).

import { type Client, type EventSeriesRecorder, isNotFound, isUnreachable, type Pod, pods } from '@podwire/apiserver'
import type { Clock } from '@podwire/engine'
import { isPodDeleting } from '../objects/pod-state.ts'
import type { Preemption } from './preemption.ts'

export interface EvictionTools {
  readonly client: Client
  readonly clock: Clock
  readonly events: EventSeriesRecorder
  readonly schedulerName: string
}

export function evictVictims(tools: EvictionTools, preemptor: Pod, { node, victims }: Preemption): void {
  for (const victim of victims) {
    if (isPodDeleting(victim)) continue
    try {
      markDisrupted(tools, victim)
      tools.client.delete(pods, victim.metadata, { preconditions: { uid: victim.metadata.uid } })
    } catch (error) {
      // Out of reach: the pod is tried again, and then this is, too.
      if (!isNotFound(error) && !isUnreachable(error)) throw error
      continue
    }
    tools.events.event(victim, {
      type: 'Normal',
      reason: 'Preempted',
      action: 'Preempting',
      note: `Preempted by pod ${preemptor.metadata.uid} on node ${node}`,
      related: preemptor,
    })
  }
}

function markDisrupted({ client, clock, schedulerName }: EvictionTools, victim: Pod): void {
  client.modify(
    pods,
    victim.metadata,
    (draft) => {
      const others = (draft.status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget')
      const disruption = {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'PreemptionByScheduler',
        message: `${schedulerName}: preempting to accommodate a higher priority pod`,
        lastTransitionTime: clock.timestamp(),
      }
      draft.status = { ...draft.status, conditions: [...others, disruption] }
    },
    { subresource: 'status' },
  )
}

/** Writes why the pod waits and where room is made for it. Does nothing when its status says so already. */
export function writeFailure(
  { client, clock }: Pick<EvictionTools, 'client' | 'clock'>,
  pod: Pod,
  message: string,
  nominatedNodeName: string | undefined,
): void {
  const known = pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled')
  const sameCondition = known?.status === 'False' && known.message === message
  if (sameCondition && (pod.status?.nominatedNodeName ?? '') === (nominatedNodeName ?? '')) return
  const lastTransitionTime = known?.status === 'False' ? known.lastTransitionTime : clock.timestamp()
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message,
    ...(lastTransitionTime === undefined ? {} : { lastTransitionTime }),
  }
  try {
    client.modify(
      pods,
      pod.metadata,
      (draft) => {
        const conditions = (draft.status?.conditions ?? []).filter((present) => present.type !== 'PodScheduled')
        draft.status = { ...draft.status, conditions: [...conditions, condition] }
        if (nominatedNodeName === undefined) delete draft.status.nominatedNodeName
        else draft.status.nominatedNodeName = nominatedNodeName
      },
      { subresource: 'status' },
    )
  } catch (error) {
    if (!isNotFound(error) && !isUnreachable(error)) throw error
  }
}

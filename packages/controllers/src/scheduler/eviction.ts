// What follows a preemption decision: victims get their condition, event and deletion; the pod is nominated.
// Source: kube-scheduler framework/preemption (prepareCandidate), schedule_one.go (handleSchedulingFailure).

import { type Client, type EventSeriesRecorder, isNotFound, isUnreachable, type Pod, pods } from '@podwire/apiserver'
import type { Clock } from '@podwire/engine'
import { isPodDeleting, withCondition } from '../objects/pod-state.ts'
import type { Preemption } from './preemption.ts'

export interface EvictionTools {
  readonly client: Client
  readonly clock: Clock
  readonly events: EventSeriesRecorder
  readonly schedulerName: string
}

/** Does nothing about victims that are on their way out. Returns whether there were others. */
export function evictVictims(tools: EvictionTools, preemptor: Pod, { node, victims }: Preemption): boolean {
  const staying = victims.filter((victim) => !isPodDeleting(victim))
  for (const victim of staying) {
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
  return staying.length > 0
}

function markDisrupted({ client, clock, schedulerName }: EvictionTools, victim: Pod): void {
  const disruption = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'PreemptionByScheduler',
    message: `${schedulerName}: preempting to accommodate a higher priority pod`,
  }
  writeStatus(client, victim, (live) => ({
    ...live.status,
    conditions: withCondition(live, disruption, clock.timestamp()),
  }))
}

/** Another pod takes the room that was being made for this one. */
export function clearNomination(client: Client, pod: Pod): void {
  ignoringAbsence(() => writeStatus(client, pod, (live) => nominatedTo(live.status, undefined)))
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
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }
  ignoringAbsence(() =>
    writeStatus(client, pod, (live) => ({
      ...nominatedTo(live.status, nominatedNodeName),
      conditions: withCondition(live, condition, clock.timestamp()),
    })),
  )
}

function nominatedTo(status: Pod['status'], node: string | undefined): NonNullable<Pod['status']> {
  const { nominatedNodeName: _, ...rest } = status ?? {}
  return node === undefined ? rest : { ...rest, nominatedNodeName: node }
}

function writeStatus(client: Client, pod: Pod, next: (live: Pod) => NonNullable<Pod['status']>): void {
  const live = client.get(pods, pod.metadata)
  client.update(pods, { ...live, status: next(live) }, { subresource: 'status' })
}

/** The pod is gone, or the server out of reach. */
function ignoringAbsence(write: () => void): void {
  try {
    write()
  } catch (error) {
    if (!isNotFound(error) && !isUnreachable(error)) throw error
  }
}

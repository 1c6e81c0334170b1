// A pod that was to be disrupted and is not being deleted two minutes later: its condition DisruptionTarget becomes False. What a
// kubelet has announced stays. Source: kubernetes pkg/controller/disruption/disruption.go (syncStalePodDisruption).

import {
  createWorkQueue,
  isNotFound,
  objectKey,
  type Pod,
  type PodCondition,
  pods,
  splitObjectKey,
  type WorkQueue,
} from '@podwire/apiserver'
import { MILLISECOND } from '@podwire/engine'
import type { ControllerContext } from '../manager/controller.ts'
import { isPodDeleting, isPodTerminal, podCondition, withCondition } from '../objects/pod-state.ts'

const STALE_AFTER_MS = 120_000

/** The condition that will be stale when nothing happens; undefined: the pod has none. */
function announced(pod: Pod): PodCondition | undefined {
  const condition = podCondition(pod, 'DisruptionTarget')
  if (condition?.status !== 'True' || condition.reason === 'TerminationByKubelet') return undefined
  return isPodDeleting(pod) || isPodTerminal(pod) ? undefined : condition
}

export function watchStaleConditions({ client, engine, informers }: ControllerContext): WorkQueue {
  const leftMs = ({ lastTransitionTime = '' }: PodCondition): number =>
    Date.parse(lastTransitionTime) + STALE_AFTER_MS - engine.clock.wallTimeMs()
  const queue = createWorkQueue({
    engine,
    name: 'disruption-controller: stale conditions',
    process: (key) => {
      const pod = client.find(pods, splitObjectKey(key))
      const stale = pod === undefined ? undefined : announced(pod)
      if (pod === undefined || stale === undefined) return
      if (leftMs(stale) > 0) {
        queue.addAfter(key, leftMs(stale) * MILLISECOND, 'background')
        return
      }
      const over = { type: stale.type, status: 'False' }
      const conditions = withCondition(pod, over, engine.clock.timestamp())
      try {
        client.update(pods, { ...pod, status: { ...pod.status, conditions } }, { subresource: 'status' })
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
    },
  })
  informers.informer(pods).onChange(({ type, object, old }) => {
    if (type === 'deleted' || object.status?.conditions === old?.status?.conditions) return
    const stale = announced(object)
    if (stale !== undefined) queue.addAfter(objectKey(object), Math.max(0, leftMs(stale)) * MILLISECOND, 'background')
  })
  return queue
}

// Deletes finished Jobs when their ttlSecondsAfterFinished is over. Source: kubernetes pkg/controller/ttlafterfinished.

import { createWorkQueue, isNotFound, type Job, jobs, objectKey, splitObjectKey } from '@podwire/apiserver'
import { MILLISECOND } from '@podwire/engine'
import { isJobFinished } from '../job/job-facts.ts'
import type { ControllerDefinition } from '../manager/controller.ts'
import { workloadLatency, workloadWork } from '../manager/latency.ts'

/** Milliseconds since 1970; undefined: the Job stays. */
export function expiryMs(job: Job): number | undefined {
  const ttl = job.spec.ttlSecondsAfterFinished
  if (ttl === undefined || !isJobFinished(job) || job.metadata.deletionTimestamp !== undefined) return undefined
  for (const { type, status, lastTransitionTime } of job.status?.conditions ?? []) {
    const ends = (type === 'Complete' || type === 'Failed') && status === 'True'
    if (ends && lastTransitionTime !== undefined) return Date.parse(lastTransitionTime) + ttl * 1000
  }
  return undefined
}

export const ttlAfterFinishedController: ControllerDefinition = {
  name: 'ttl-after-finished-controller',
  start: ({ engine, client, informers }) => {
    const informer = informers.informer(jobs)
    const queue = createWorkQueue({
      engine,
      name: 'ttl-after-finished-controller',
      latency: workloadLatency,
      work: workloadWork,
      process: (key) => {
        const job = client.find(jobs, splitObjectKey(key))
        const atMs = job === undefined ? undefined : expiryMs(job)
        if (job === undefined || atMs === undefined) return
        const leftMs = atMs - engine.clock.wallTimeMs()
        if (leftMs > 0) {
          queue.addAfter(key, leftMs * MILLISECOND, 'background')
          return
        }
        const { uid } = job.metadata
        try {
          client.delete(jobs, job.metadata, { propagationPolicy: 'Foreground', preconditions: { uid } })
        } catch (error) {
          if (!isNotFound(error)) throw error
        }
      },
    })
    informer.onChange(({ type, object }) => {
      if (type !== 'deleted' && expiryMs(object) !== undefined) queue.add(objectKey(object))
    })
    return queue
  },
}

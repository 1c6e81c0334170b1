// Takes the tracking finalizer off pods: counted ones, and those whose Job no longer exists or no longer owns them.
// Source: kubernetes pkg/controller/job/job_controller.go (removeTrackingFinalizer, syncOrphanPod).

import {
  type Client,
  createWorkQueue,
  isNotFound,
  jobs,
  objectKey,
  type Pod,
  pods,
  type WorkQueue,
} from '@podwire/apiserver'
import type { ControllerContext } from '../manager/controller.ts'
import type { FreshView } from '../manager/fresh-view.ts'
import { workloadLatency, workloadWork } from '../manager/latency.ts'
import { controllerOf } from '../objects/owner.ts'
import { isTracked, TRACKING_FINALIZER } from './job-facts.ts'

/** Lets a pod go. Returns it as stored, or undefined when that was all that held it. */
export function untrack(client: Client, view: FreshView<Pod>, pod: Pod): Pod | undefined {
  const live = client.find(pods, pod.metadata)
  if (live === undefined || live.metadata.uid !== pod.metadata.uid) {
    view.removed(pod)
    return undefined
  }
  if (!isTracked(live)) return live
  const finalizers = (live.metadata.finalizers ?? []).filter((finalizer) => finalizer !== TRACKING_FINALIZER)
  try {
    const change = { metadata: { uid: live.metadata.uid, finalizers: finalizers.length === 0 ? null : finalizers } }
    const written = client.patch(pods, live.metadata, 'merge', change)
    if (client.find(pods, live.metadata) !== undefined) return view.wrote(written)
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
  view.removed(pod)
  return undefined
}

/** Watches for tracked pods that no Job will count. */
export function freeOrphans(context: ControllerContext, view: FreshView<Pod>): WorkQueue {
  const { client, engine, informers } = context
  const isOrphan = (pod: Pod): boolean => {
    const controller = controllerOf(pod)
    if (controller?.kind !== 'Job') return true
    const job = client.find(jobs, { namespace: pod.metadata.namespace, name: controller.name })
    return job?.metadata.uid !== controller.uid
  }
  const queue = createWorkQueue({
    engine,
    name: 'job-controller: orphan pods',
    latency: workloadLatency,
    work: workloadWork,
    process: (key) => {
      const pod = view.byKey(key)
      if (pod !== undefined && isTracked(pod) && isOrphan(pod)) untrack(client, view, pod)
    },
  })
  informers.informer(pods).onChange(({ type, object }) => {
    if (type !== 'deleted' && isTracked(object) && isOrphan(object)) queue.add(objectKey(object))
  })
  informers.informer(jobs).onChange(({ type, object }) => {
    if (type !== 'deleted') return
    for (const pod of view.byIndex('controller-uid', object.metadata.uid)) {
      if (isTracked(pod)) queue.add(objectKey(pod))
    }
  })
  return queue
}

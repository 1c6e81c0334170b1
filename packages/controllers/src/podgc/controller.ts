// Removes pods whose node no longer exists. Source: kubernetes pkg/controller/podgc (gcOrphaned). Departures: it looks when
// a pod's quarantine ends, not every 20 s; finished pods are never too many here, so none are removed for their number.

import { createWorkQueue, isNotFound, nodes, objectKey, pods } from '@podwire/apiserver'
import { SECOND } from '@podwire/engine'
import type { ControllerDefinition } from '../manager/controller.ts'
import { isPodTerminal } from '../objects/pod-state.ts'

/** How long a node has to be missing. */
const QUARANTINE_US = 40 * SECOND

export const podGarbageCollector: ControllerDefinition = {
  name: 'pod-garbage-collector-controller',
  start: ({ engine, client, informers }) => {
    const known = informers.informer(nodes)
    const placed = informers.informer(pods)
    placed.addIndex('node', (pod) => (pod.spec.nodeName === undefined ? [] : [pod.spec.nodeName]))
    const queue = createWorkQueue({
      engine,
      name: 'pod-garbage-collector',
      process: (key) => {
        const slash = key.indexOf('/')
        const pod = placed.get(key.slice(0, slash), key.slice(slash + 1))
        const nodeName = pod?.spec.nodeName
        if (pod === undefined || nodeName === undefined || client.find(nodes, { name: nodeName }) !== undefined) return
        const disruption = {
          type: 'DisruptionTarget',
          status: 'True',
          reason: 'DeletionByPodGC',
          message: 'PodGC: node no longer exists',
          lastTransitionTime: engine.clock.timestamp(),
        }
        try {
          if (!isPodTerminal(pod)) {
            client.modify(
              pods,
              pod.metadata,
              (draft) => {
                const others = (draft.status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget')
                draft.status = { ...draft.status, phase: 'Failed', conditions: [...others, disruption] }
              },
              { subresource: 'status' },
            )
          }
          client.delete(pods, pod.metadata, { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } })
        } catch (error) {
          if (!isNotFound(error)) throw error
        }
      },
    })
    known.onChange(({ type, object }) => {
      if (type !== 'deleted') return
      for (const pod of placed.byIndex('node', object.metadata.name)) queue.addAfter(objectKey(pod), QUARANTINE_US)
    })
    placed.onChange(({ type, object, old }) => {
      const { nodeName } = object.spec
      if (type === 'deleted' || nodeName === undefined || nodeName === old?.spec.nodeName) return
      if (known.get(undefined, nodeName) === undefined) queue.addAfter(objectKey(object), QUARANTINE_US, 'background')
    })
    return queue
  },
}

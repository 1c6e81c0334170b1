// Writes on each Node how long its kubelet may keep Secrets and ConfigMaps: the annotation node.alpha.kubernetes.io/ttl.
// Source: kubernetes pkg/controller/ttl/ttl_controller.go. A Node gets it when it is told of next; a change of the cluster's size
// does not visit the others.

import { createWorkQueue, isConflict, isNotFound, nodes, RetryLater } from '@podwire/apiserver'
import type { ControllerDefinition } from '../manager/controller.ts'
import { accountLatency } from '../manager/latency.ts'
import { TtlOfClusterSize } from './ttl.ts'

const ANNOTATION = 'node.alpha.kubernetes.io/ttl'

export const ttlController: ControllerDefinition = {
  name: 'ttl-controller',
  start: ({ engine, client, informers }) => {
    const size = new TtlOfClusterSize()
    let count = 0
    const queue = createWorkQueue({
      engine,
      name: 'ttl-controller',
      latency: accountLatency,
      process: (name) => {
        const node = client.find(nodes, { name })
        const wanted = String(size.seconds)
        if (node === undefined || node.metadata.annotations?.[ANNOTATION] === wanted) return
        try {
          client.patch(nodes, { name }, 'merge', {
            metadata: { uid: node.metadata.uid, annotations: { [ANNOTATION]: wanted } },
          })
        } catch (error) {
          if (isConflict(error)) throw new RetryLater()
          if (!isNotFound(error)) throw error
        }
      },
    })
    informers.informer(nodes).onChange(({ type, object }) => {
      if (type === 'added') size.grown(++count)
      if (type === 'deleted') size.shrunk(--count)
      else if (object.metadata.annotations?.[ANNOTATION] !== String(size.seconds)) queue.add(object.metadata.name)
    })
    return queue
  },
}

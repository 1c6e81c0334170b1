// A pod that is being deleted goes when its grace period is over: nothing but a finalizer, or a node that does not hear of it, keeps it.
// Source: kubernetes pkg/kubelet/kubelet_pods.go, pod lifecycle.

import { pods, type Pod } from '@podwire/apiserver'
import { SECOND, type Microseconds } from '@podwire/engine'
import type { Composition } from '../sdk/composition.ts'
import { inTouch } from './in-touch.ts'
import type { Invariant } from './invariant.ts'

/** For the kubelet's and the server's own steps after the grace period. */
const PATIENCE: Microseconds = 5 * SECOND

export const deletionsFinish: Invariant = {
  name: 'deletions-finish',
  watch({ composition, engine }, changes) {
    const going = new Map<string, Pod>()
    return () => {
      for (const { key, object } of changes.of(pods)) {
        if (object?.metadata.deletionTimestamp === undefined) going.delete(key)
        else going.set(key, object)
      }
      const nowMs = engine.clock.wallTimeMs()
      return [...going].flatMap(([key, pod]) => {
        const { deletionTimestamp = '', finalizers = [] } = pod.metadata
        const overdue = nowMs - Date.parse(deletionTimestamp) > PATIENCE / 1000
        const kept = finalizers.length > 0 || !isHeard(composition, pod.spec.nodeName)
        return overdue && !kept ? [`${key} was to be gone at ${deletionTimestamp}`] : []
      })
    }
  },
}

/** Is there somebody on the pod's node who hears that it is to go? */
function isHeard(composition: Composition, node: string | undefined): boolean {
  if (node === undefined || !composition.kubelets.has(node)) return false
  return inTouch(composition, `kubelet/${node}`)
}

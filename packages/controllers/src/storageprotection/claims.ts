// Keeps claims that pods use from going: a deleted claim stays Terminating until its last pod is gone.
// Source: kubernetes pkg/controller/volume/pvcprotection/pvc_protection_controller.go.

import { createWorkQueue, objectKey, persistentVolumeClaims, type Pod, pods, splitObjectKey } from '@podwire/apiserver'
import type { ControllerDefinition } from '../manager/controller.ts'
import { workloadLatency, workloadWork } from '../manager/latency.ts'
import { isPodActive } from '../objects/pod-state.ts'
import { claimsOf, holdsClaim } from './claim-usage.ts'
import { isUnsettled, settled } from './protected-object.ts'

const FINALIZER = 'kubernetes.io/pvc-protection'

export const claimProtectionController: ControllerDefinition = {
  name: 'persistentvolumeclaim-protection-controller',
  start: ({ engine, client, informers }) => {
    const users = informers.informer(pods)
    users.addIndex('claim', claimsOf)
    const queue = createWorkQueue({
      engine,
      name: 'persistentvolumeclaim-protection-controller',
      latency: workloadLatency,
      work: workloadWork,
      process: (key) => {
        const { namespace, name } = splitObjectKey(key)
        const claim = client.find(persistentVolumeClaims, { namespace, name })
        if (claim === undefined) return
        const holds = (pod: Pod): boolean => holdsClaim(pod, claim)
        // What the view does not know yet is asked for, before a claim is let go.
        const isUsed = (): boolean =>
          users.byIndex('claim', key).some(holds) || client.list(pods, { namespace }).items.some(holds)
        const next = settled(claim, FINALIZER, isUsed)
        if (next !== undefined) client.update(persistentVolumeClaims, next)
      },
    })
    informers.informer(persistentVolumeClaims).onChange(({ type, object }) => {
      if (type !== 'deleted' && isUnsettled(object, FINALIZER)) queue.add(objectKey(object))
    })
    users.onChange(({ type, object, old }) => {
      if (old !== undefined && old.metadata.uid !== object.metadata.uid) for (const key of claimsOf(old)) queue.add(key)
      // A pod that waits or runs holds what it held.
      if (type !== 'deleted' && isPodActive(object) && (object.spec.nodeName ?? '') !== '') return
      for (const key of claimsOf(object)) queue.add(key)
    })
    return queue
  },
}

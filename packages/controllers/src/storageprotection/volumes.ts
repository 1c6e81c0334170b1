// Keeps volumes that are bound to a claim from going: a deleted one stays Terminating until its phase says otherwise.
// Source: kubernetes pkg/controller/volume/pvprotection/pv_protection_controller.go.

import { createWorkQueue, persistentVolumes } from '@podwire/apiserver'
import type { ControllerDefinition } from '../manager/controller.ts'
import { workloadLatency, workloadWork } from '../manager/latency.ts'
import { isUnsettled, settled } from './protected-object.ts'

const FINALIZER = 'kubernetes.io/pv-protection'

export const volumeProtectionController: ControllerDefinition = {
  name: 'persistentvolume-protection-controller',
  start: ({ engine, client, informers }) => {
    const queue = createWorkQueue({
      engine,
      name: 'persistentvolume-protection-controller',
      latency: workloadLatency,
      work: workloadWork,
      process: (name) => {
        const volume = client.find(persistentVolumes, { name })
        if (volume === undefined) return
        const next = settled(volume, FINALIZER, () => volume.status?.phase === 'Bound')
        if (next !== undefined) client.update(persistentVolumes, next)
      },
    })
    informers.informer(persistentVolumes).onChange(({ type, object }) => {
      if (type !== 'deleted' && isUnsettled(object, FINALIZER)) queue.add(object.metadata.name)
    })
    return queue
  },
}

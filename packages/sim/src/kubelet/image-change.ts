// The image is what may change in a running pod: its container is ended and starts anew, whatever its restart policy. In between the
// status says what it said, as the kubelet reports nothing while it replaces a container. Source: kubernetes
// pkg/kubelet/kuberuntime (computePodActions, containerChanged).

import type { PodWorker } from './pod-worker.ts'

export function takeNewImages(worker: PodWorker): void {
  const { initContainers = [], containers } = worker.pod.spec
  for (const spec of [...initContainers, ...containers]) {
    const slot = worker.slot(spec.name)
    if (slot === undefined || slot.record.spec.image === spec.image) continue
    slot.record = { ...slot.record, spec }
    slot.restartBackOff = slot.pullBackOff = undefined
    if (slot.record.role === 'init' || slot.running === undefined) continue
    slot.replaced = 'ending'
    const sidecar = slot.record.role === 'sidecar'
    worker.stopContainer(
      slot,
      sidecar
        ? `Init container ${slot.name} definition changed`
        : `Container ${slot.name} definition changed, will be restarted`,
    )
  }
}

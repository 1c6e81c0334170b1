// Where the probes and hooks of a container go: the node's network, the pod's address, the container's shell.

import { executeInContainer } from '../../container/index.ts'
import type { ContainerSlot } from '../container-slot.ts'
import type { PodWorker } from '../pod-worker.ts'
import type { ProbeTarget } from './probe-outcome.ts'

export function probeTarget(worker: PodWorker, slot: ContainerSlot): ProbeTarget {
  const { engine, network, version } = worker.runtime
  return {
    engine,
    network: network.node,
    podIP: () => worker.podIPs[0] ?? '',
    container: slot.record.spec,
    version,
    exec: async (command, timeoutUs) => {
      const container = slot.running
      if (container === undefined) return { exitCode: 1, output: 'container not running' }
      return executeInContainer(container, command, timeoutUs)
    },
  }
}

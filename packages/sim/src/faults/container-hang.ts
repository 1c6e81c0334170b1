// A container's program hangs: its kernel still accepts connections, and nobody answers them; signals wait, but for SIGKILL. Liveness
// probes find it and have it restarted: the new run is well. Departure: network commands exec'd into it hang with it.

import { PodwireError } from '@podwire/engine'
import type { ContainerTarget } from './container-target.ts'
import type { FaultParts } from './fault-parts.ts'

export function containerHang(parts: FaultParts, { key, container }: ContainerTarget): () => void {
  const running = parts.containerOf(key, container.name)
  if (running === undefined) {
    throw new PodwireError(`hang container ${container.name} of ${key}`, 'it is not running', 'Settle first.')
  }
  running.hang()
  return () => running.wake()
}

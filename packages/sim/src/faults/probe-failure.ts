// A probe of a pod fails whatever the program says. What follows is the kubelet's: after failureThreshold attempts the pod is not ready
// and leaves its endpoints (readiness), or its container is restarted (liveness, startup). Departure: no request is sent meanwhile.

import { PodwireError } from '@podwire/engine'
import type { ProbeKind } from '../kubelet/probes/probe-verdict.ts'
import type { ContainerTarget } from './container-target.ts'
import type { FaultParts } from './fault-parts.ts'

export function probeFailure({ nodes }: FaultParts, kind: ProbeKind, { key, container }: ContainerTarget): () => void {
  const probe = {
    readiness: container.readinessProbe,
    liveness: container.livenessProbe,
    startup: container.startupProbe,
  }
  if (probe[kind] === undefined) {
    throw new PodwireError(
      `fail the ${kind} probe of ${key}`,
      `its container ${container.name} has none`,
      `Give it a ${kind}Probe, or name another container.`,
    )
  }
  return nodes.podFaults.failProbe({ kind, pod: key, container: container.name })
}

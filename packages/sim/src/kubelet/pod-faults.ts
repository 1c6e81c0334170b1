// What faults make of a cluster's containers: probes that fail whatever the program says, and programs that end as soon as they
// start. The kubelets ask here; nothing else of theirs knows of faults.

import type { ProbeKind } from './probes/probe-verdict.ts'

interface ContainerRef {
  /** `default/web-0` */
  readonly pod: string
  /** undefined: every container of the pod. */
  readonly container: string | undefined
}

interface FailingProbe extends ContainerRef {
  readonly kind: ProbeKind
}

interface CrashingContainer extends ContainerRef {
  readonly exitCode: number
}

export class PodFaults {
  readonly #probes = new Set<FailingProbe>()
  readonly #crashes = new Set<CrashingContainer>()

  failProbe(probe: FailingProbe): () => void {
    this.#probes.add(probe)
    return () => void this.#probes.delete(probe)
  }

  /** @returns what ends it */
  crashAtStart(crash: CrashingContainer): () => void {
    this.#crashes.add(crash)
    return () => void this.#crashes.delete(crash)
  }

  failsProbe(kind: ProbeKind, pod: string, container: string): boolean {
    for (const probe of this.#probes) if (probe.kind === kind && isMeant(probe, pod, container)) return true
    return false
  }

  /** With which exit code it ends when it starts; undefined: it runs. */
  exitAtStart(pod: string, container: string): number | undefined {
    for (const crash of this.#crashes) if (isMeant(crash, pod, container)) return crash.exitCode
    return undefined
  }
}

function isMeant(ref: ContainerRef, pod: string, container: string): boolean {
  return ref.pod === pod && (ref.container === undefined || ref.container === container)
}

// The verdict of a probe from its results: equal results in a row reach a threshold. Source: kubernetes pkg/kubelet/prober
// (worker.go). A pure step function.

import type { Probe } from '@podwire/apiserver'

export type ProbeKind = 'startup' | 'liveness' | 'readiness'

export interface ProbeVerdict {
  /** undefined: startup probes know nothing at first. */
  readonly passing: boolean | undefined
  readonly lastResult: boolean | undefined
  /** How many equal results came in a row, until they decided. */
  readonly run: number
}

/** Before the first result: not ready, alive, start unknown. */
export function initialVerdict(kind: ProbeKind): ProbeVerdict {
  return {
    passing: kind === 'readiness' ? false : kind === 'liveness' ? true : undefined,
    lastResult: undefined,
    run: 0,
  }
}

export function nextVerdict(verdict: ProbeVerdict, success: boolean, probe: Probe): ProbeVerdict {
  // What is known is known, however often it is said.
  if (verdict.lastResult === success && verdict.passing === success) return verdict
  const run = verdict.lastResult === success ? verdict.run + 1 : 1
  const threshold = success ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3)
  return { passing: run >= threshold ? success : verdict.passing, lastResult: success, run }
}

/** True while further results may still change something soon: the verdict and the latest result disagree. */
export function undecided(verdict: ProbeVerdict): boolean {
  return verdict.lastResult !== verdict.passing
}

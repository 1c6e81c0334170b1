// Runs one probe of one container: first attempt at once, then one a period, until stopped. Attempts that only repeat what
// is known are background work: settling does not wait for them. Source: kubernetes pkg/kubelet/prober (worker.go).

import type { Probe } from '@podwire/apiserver'
import { SECOND, type Engine, type Microseconds, type ScheduledTask } from '@podwire/engine'
import type { ProbeOutcome } from './prober.ts'
import { initialVerdict, nextVerdict, undecided, type ProbeKind, type ProbeVerdict } from './probe-verdict.ts'

export interface ProbeWorkerOptions {
  readonly engine: Engine
  readonly kind: ProbeKind
  readonly probe: Probe
  /** When the container started. */
  readonly startedUs: Microseconds
  readonly attempt: () => Promise<ProbeOutcome>
  /** True when attempts make sense: running, started (for readiness and liveness) or not yet (for startup). */
  readonly enabled: () => boolean
  /** Called for each outcome that is worth an event. */
  readonly onOutcome: (outcome: ProbeOutcome) => void
  /** The verdict changed, or a liveness or startup probe failed for good. */
  readonly onVerdict: (passing: boolean) => void
}

// A failing probe is waited for this many attempts more than its threshold: an application may need a moment to come up.
const PATIENCE = 3

export class ProbeWorker {
  readonly kind: ProbeKind
  readonly #options: ProbeWorkerOptions
  #verdict: ProbeVerdict
  #failures = 0
  #task: ScheduledTask | undefined
  #stopped = false
  /** A liveness failure or startup verdict is final for this run of the container. */
  #held = false

  constructor(options: ProbeWorkerOptions) {
    this.#options = options
    this.kind = options.kind
    this.#verdict = initialVerdict(options.kind)
    this.#schedule(this.#firstDelay())
  }

  get passing(): boolean {
    return this.#verdict.passing === true
  }

  stop(): void {
    this.#stopped = true
    this.#options.engine.cancel(this.#task)
  }

  #firstDelay(): Microseconds {
    const { engine, probe, startedUs } = this.#options
    const initial = startedUs + (probe.initialDelaySeconds ?? 0) * SECOND - engine.clock.now()
    if (initial <= 0) return 0
    // Ticks come once a period: the first one after the initial delay.
    const period = this.#period()
    return Math.ceil(initial / period) * period
  }

  #period(): Microseconds {
    return (this.#options.probe.periodSeconds ?? 10) * SECOND
  }

  #schedule(delayUs: Microseconds): void {
    const { engine, kind, probe } = this.#options
    const patient = this.#failures < (probe.failureThreshold ?? 3) + PATIENCE
    // A liveness probe matters only once it fails; the others until they have said their word.
    const important = (undecided(this.#verdict) && this.#verdict.lastResult !== undefined) || kind !== 'liveness'
    const steady = this.#verdict.passing === true && !undecided(this.#verdict)
    const taskKind = steady || !important || !patient ? 'background' : 'foreground'
    this.#task = engine.schedule(delayUs, `${kind} probe`, () => this.#tick(), taskKind)
  }

  #tick(): void {
    if (this.#stopped || this.#held) return
    if (!this.#options.enabled()) {
      this.#schedule(this.#period())
      return
    }
    this.#options.engine.touchAsync()
    void this.#options.attempt().then((outcome) => this.#finish(outcome))
  }

  #finish(outcome: ProbeOutcome): void {
    if (this.#stopped) return
    const { probe, kind, onOutcome, onVerdict } = this.#options
    if (!outcome.success || outcome.warning !== undefined) onOutcome(outcome)
    this.#failures = outcome.success ? 0 : this.#failures + 1
    const before = this.#verdict.passing
    this.#verdict = nextVerdict(this.#verdict, outcome.success, probe)
    const { passing } = this.#verdict
    if (passing !== before && passing !== undefined) {
      this.#held = (kind === 'liveness' && !passing) || kind === 'startup'
      onVerdict(passing)
    }
    if (!this.#held && !this.#stopped) this.#schedule(this.#period())
  }
}

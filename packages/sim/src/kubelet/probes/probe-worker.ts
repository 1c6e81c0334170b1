// Runs one probe of one container: an attempt a period, on ticks that began when the pod's probing did, until stopped. Readiness is
// asked at once when it may be, and its ticks begin anew then. Attempts that only repeat what is known are background work: settling
// does not wait for them. Source: kubernetes pkg/kubelet/prober (worker.go, prober_manager.go).

import type { Probe } from '@podwire/apiserver'
import { SECOND, type Engine, type Microseconds, type ScheduledTask } from '@podwire/engine'
import type { Check, ProbeOutcome } from './probe-outcome.ts'
import { initialVerdict, nextVerdict, undecided, type ProbeKind, type ProbeVerdict } from './probe-verdict.ts'

export interface ProbeWorkerOptions {
  readonly engine: Engine
  readonly kind: ProbeKind
  readonly probe: Probe
  /** When the probing of the pod began, before its containers: ticks count from here. */
  readonly ticksSinceUs: Microseconds
  /** When the container started. */
  readonly startedUs: Microseconds
  readonly check: Check
  /** True when attempts make sense: running, started (for readiness and liveness) or not yet (for startup). */
  readonly enabled: () => boolean
  /** Called for each outcome but a plain pass. */
  readonly onOutcome: (outcome: ProbeOutcome) => void
  /** The verdict changed, or a liveness or startup probe failed for good. */
  readonly onVerdict: (passing: boolean) => void
}

// A failing probe is waited for this many attempts more than its threshold: an application may need a moment to come up.
const PATIENCE = 3

export class ProbeWorker {
  readonly kind: ProbeKind
  readonly #options: ProbeWorkerOptions
  readonly #periodUs: Microseconds
  readonly #label: string
  #verdict: ProbeVerdict
  #failures = 0
  #task: ScheduledTask | undefined
  /** When the next attempt is due. */
  #tickUs: Microseconds
  #stopped = false
  /** A liveness failure or startup verdict is final for this run of the container. */
  #held = false

  constructor(options: ProbeWorkerOptions) {
    this.#options = options
    this.kind = options.kind
    this.#label = `${options.kind} probe`
    this.#verdict = initialVerdict(options.kind)
    this.#periodUs = (options.probe.periodSeconds ?? 10) * SECOND
    this.#tickUs = this.#firstTick()
    this.#schedule()
  }

  get passing(): boolean {
    return this.#verdict.passing === true
  }

  stop(): void {
    this.#stopped = true
    this.#options.engine.cancel(this.#task)
  }

  /** The first tick after the initial delay; of readiness, now, or ticks that begin now. */
  #firstTick(): Microseconds {
    const { engine, probe, startedUs, kind, ticksSinceUs } = this.#options
    const now = engine.clock.now()
    const earliestUs = Math.max(now, startedUs + (probe.initialDelaySeconds ?? 0) * SECOND)
    const originUs = kind === 'readiness' ? now : ticksSinceUs
    return originUs + Math.ceil((earliestUs - originUs) / this.#periodUs) * this.#periodUs
  }

  #schedule(): void {
    const { engine, kind, probe } = this.#options
    const patient = this.#failures < (probe.failureThreshold ?? 3) + PATIENCE
    // A liveness probe matters only once it fails; the others until they have said their word.
    const important = (undecided(this.#verdict) && this.#verdict.lastResult !== undefined) || kind !== 'liveness'
    const steady = this.#verdict.passing === true && !undecided(this.#verdict)
    const taskKind = steady || !important || !patient ? 'background' : 'foreground'
    const delayUs = this.#tickUs - engine.clock.now()
    if (this.#task === undefined) this.#task = engine.schedule(delayUs, this.#label, this.#tick, taskKind)
    else engine.scheduleAgain(this.#task, delayUs, taskKind)
  }

  readonly #tick = (): void => {
    if (this.#stopped || this.#held) return
    if (this.#options.enabled()) this.#options.check(this.#finish)
    else this.#next()
  }

  readonly #finish = (outcome: ProbeOutcome): void => {
    if (this.#stopped) return
    const { probe, kind, onOutcome, onVerdict } = this.#options
    if (outcome.kind !== 'passed') onOutcome(outcome)
    const success = outcome.kind === 'passed' || outcome.kind === 'warned'
    this.#failures = success ? 0 : this.#failures + 1
    if (outcome.kind !== 'errored') {
      const before = this.#verdict.passing
      this.#verdict = nextVerdict(this.#verdict, success, probe)
      const { passing } = this.#verdict
      if (passing !== before && passing !== undefined) {
        this.#held = (kind === 'liveness' && !passing) || kind === 'startup'
        onVerdict(passing)
      }
    }
    if (!this.#held && !this.#stopped) this.#next()
  }

  /** Ticks that passed while an attempt took long are one tick, as a Go ticker has it. */
  #next(): void {
    const now = this.#options.engine.clock.now()
    this.#tickUs += this.#periodUs
    while (this.#tickUs + this.#periodUs <= now) this.#tickUs += this.#periodUs
    this.#schedule()
  }
}

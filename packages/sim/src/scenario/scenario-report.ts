// What became of a scenario, as data: the same for the same seed, in any process. Times are the cluster's, not the host's.

export type StepStatus = 'passed' | 'failed' | 'skipped'

export interface StepReport {
  readonly title: string
  /** Where it stands: `file.yaml:12`; empty when that is unknown. */
  readonly at: string
  readonly status: StepStatus
  /** Of virtual time: when it began, and how long it took. */
  readonly startedUs: number
  readonly durationUs: number
  /** What was looked at or done, in sentences. */
  readonly facts: readonly string[]
  /** Why it failed; empty when it did not. */
  readonly failure: string
  /** The way of the packets behind a failure; empty when none were sent. */
  readonly explanation: string
}

export interface ScenarioReport {
  readonly file: string
  readonly title: string
  readonly seed: number
  readonly status: 'passed' | 'failed'
  readonly steps: readonly StepReport[]
  readonly durationUs: number
  readonly traceHash: string
  /** The command that does it again. */
  readonly repeat: string
}

export type ReportFormat = 'text' | 'json' | 'junit'

// The kubelet's place for one container of a pod: its record, the run that is going on, the logs of this run and the one
// before, its back-off.

import type { Microseconds, ScheduledTask } from '@podwire/engine'
import type { LogBuffer, RunningContainer } from '../container/index.ts'
import type { ContainerRecord, TerminatedState } from '../pod/index.ts'
import type { BackOffEntry } from './back-off.ts'
import type { ContainerStop } from './container-stop.ts'
import type { ProbeWorker } from './probes/probe-worker.ts'

const FIELDS: Readonly<Record<ContainerRecord['role'], string>> = {
  init: 'initContainers',
  sidecar: 'initContainers',
  main: 'containers',
  ephemeral: 'ephemeralContainers',
}

const NO_PROBES: readonly ProbeWorker[] = []

export class ContainerSlot {
  record: ContainerRecord
  running: RunningContainer | undefined
  log: LogBuffer | undefined
  previousLog: LogBuffer | undefined
  /** How the last run ended, until the kubelet notices. */
  unseenExit: { readonly code: number; readonly atUs: Microseconds } | undefined
  startedUs: Microseconds = 0
  finishedUs: Microseconds = 0
  restartBackOff: BackOffEntry | undefined
  pullBackOff: BackOffEntry | undefined
  pullFailedUs: Microseconds = 0
  /** A wait before the next try to start. */
  retry: ScheduledTask | undefined
  /** Set while it is being ended. */
  stop: ContainerStop | undefined
  probes: readonly ProbeWorker[] = NO_PROBES
  /** Its image changed: the run that makes room for another is being ended, or how it ended. */
  replaced: 'ending' | TerminatedState | undefined

  constructor(record: ContainerRecord) {
    this.record = record
  }

  get name(): string {
    return this.record.spec.name
  }

  /** For events: `spec.containers{web}`. */
  get fieldPath(): string {
    return `spec.${FIELDS[this.record.role]}{${this.name}}`
  }

  stopProbes(): void {
    for (const probe of this.probes) probe.stop()
    this.probes = NO_PROBES
  }
}

// Starts the probes of a container and turns their verdicts into its state: ready, started, or ended and restarted.

import type { Probe } from '@podwire/apiserver'
import type { ContainerSlot } from '../container-slot.ts'
import type { PodWorker } from '../pod-worker.ts'
import { ProbeWorker } from './probe-worker.ts'
import { checkOf } from './check.ts'
import { type Check, failed, type ProbeOutcome } from './probe-outcome.ts'
import { probeTarget } from './probe-target.ts'
import type { ProbeKind } from './probe-verdict.ts'

const TITLE: Readonly<Record<ProbeKind, string>> = { startup: 'Startup', liveness: 'Liveness', readiness: 'Readiness' }

export function startProbes(worker: PodWorker, slot: ContainerSlot): void {
  const { startupProbe, livenessProbe, readinessProbe } = slot.record.spec
  if (startupProbe !== undefined && !slot.record.started) {
    slot.probes = [startProbe(worker, slot, 'startup', startupProbe)]
    return
  }
  slot.probes = [
    ...(livenessProbe === undefined ? [] : [startProbe(worker, slot, 'liveness', livenessProbe)]),
    ...(readinessProbe === undefined ? [] : [startProbe(worker, slot, 'readiness', readinessProbe)]),
  ]
}

function startProbe(worker: PodWorker, slot: ContainerSlot, kind: ProbeKind, probe: Probe): ProbeWorker {
  const { engine } = worker.runtime
  return new ProbeWorker({
    engine,
    kind,
    probe,
    ticksSinceUs: worker.ticksSinceUs,
    startedUs: slot.startedUs,
    check: faultyCheck(worker, slot, kind, probe),
    enabled: () => slot.running !== undefined && slot.unseenExit === undefined,
    onOutcome: (outcome) => report(worker, slot, kind, outcome),
    onVerdict: (passing) => decide(worker, slot, kind, passing, probe),
  })
}

/** The probe as it is, unless a fault lets it fail: then nothing is sent. */
function faultyCheck(worker: PodWorker, slot: ContainerSlot, kind: ProbeKind, probe: Probe): Check {
  const check = checkOf(probe, probeTarget(worker, slot))
  const { namespace = '', name } = worker.pod.metadata
  const pod = `${namespace}/${name}`
  const outcome = failed(failureOf(probe, worker))
  return (done) => (worker.runtime.faults.failsProbe(kind, pod, slot.name) ? done(outcome) : check(done))
}

/** What the kubelet says of a program that is up and not well. */
function failureOf({ httpGet, tcpSocket, grpc }: Probe, worker: PodWorker): string {
  if (httpGet !== undefined) return 'HTTP probe failed with statuscode: 503'
  if (tcpSocket !== undefined)
    return `dial tcp ${worker.podIPs[0] ?? ''}:${tcpSocket.port}: connect: connection refused`
  return grpc === undefined ? '' : 'service unhealthy (responded with "NOT_SERVING")'
}

function report(worker: PodWorker, slot: ContainerSlot, kind: ProbeKind, outcome: ProbeOutcome): void {
  if (outcome.kind === 'passed') return
  const { message } = outcome
  if (outcome.kind === 'warned') {
    worker.event('Warning', 'ProbeWarning', `${TITLE[kind]} probe warning: ${message}`, slot)
    return
  }
  const what = outcome.kind === 'failed' ? 'failed' : 'errored and resulted in unknown state'
  worker.event('Warning', 'Unhealthy', `${TITLE[kind]} probe ${what}: ${message}`, slot)
}

function decide(worker: PodWorker, slot: ContainerSlot, kind: ProbeKind, passing: boolean, probe: Probe): void {
  if (kind === 'readiness') {
    slot.record = { ...slot.record, ready: passing }
    worker.publish()
    return
  }
  if (!passing) {
    const sidecar = slot.record.role === 'sidecar'
    const again = worker.pod.spec.restartPolicy === 'Never' && !sidecar ? '' : ', will be restarted'
    const what = sidecar
      ? `Init container ${slot.name} failed ${kind} probe`
      : `Container ${slot.name} failed ${kind} probe${again}`
    worker.stopContainer(slot, what, probe.terminationGracePeriodSeconds)
    return
  }
  if (kind === 'startup') {
    slot.stopProbes()
    slot.record = { ...slot.record, started: true, ready: slot.record.spec.readinessProbe === undefined }
    worker.publish()
    startProbes(worker, slot)
    // A sidecar that has started lets the next init container begin.
    worker.resume()
  }
}

// What to do next with a pod's containers: a pure function of their records, asked whenever something changed.
// Source: kubernetes pkg/kubelet/kuberuntime (computePodActions, computeInitContainerActions), with sidecars.

import type { Pod } from '@podwire/apiserver'
import { mayRestart, type ContainerRecord } from '../pod/index.ts'

export interface NextSteps {
  /** Containers to start now, in this order. Ones that stopped before are subject to back-off. */
  readonly start: readonly string[]
  /** Sidecars to end: all main containers are done for good. */
  readonly stop: readonly string[]
  /** Nothing runs and nothing will: the pod is Succeeded or Failed. */
  readonly finished: boolean
}

const NOTHING: NextSteps = { start: [], stop: [], finished: false }

export function nextSteps(pod: Pod, records: readonly ContainerRecord[]): NextSteps {
  // Ephemeral containers wait for nobody, and nobody waits for them.
  for (const { role, state, spec } of records) {
    if (role !== 'ephemeral' || state.kind !== 'waiting') continue
    const { start, ...rest } = regularSteps(pod, records)
    return { ...rest, start: [spec.name, ...start] }
  }
  return regularSteps(pod, records)
}

function regularSteps(pod: Pod, records: readonly ContainerRecord[]): NextSteps {
  const mains = records.filter((record) => record.role === 'main')
  const before = records.filter(({ role }) => role === 'init' || role === 'sidecar')
  // Once a main container ran, init containers are history; sidecars are still looked after.
  const mainStarted = mains.some((record) => record.containerID !== '')
  const start: string[] = []
  for (const record of before) {
    const { state, role } = record
    if (role === 'init' && mainStarted) continue
    if (state.kind === 'waiting') {
      start.push(record.spec.name)
      if (!mainStarted) return { ...NOTHING, start }
    } else if (state.kind === 'running') {
      if (!mainStarted && !(role === 'sidecar' && record.started)) return { ...NOTHING, start }
    } else if (role === 'init' && state.exitCode === 0) continue
    else if (mayRestart(pod, record, state.exitCode)) {
      if (role === 'init' || !allDone(pod, mains)) start.push(record.spec.name)
      if (!mainStarted) return { ...NOTHING, start }
    } else return { start: [], stop: runningSidecars(before), finished: nothingRuns(records) }
  }
  for (const record of mains) {
    const { state } = record
    if (state.kind === 'waiting') start.push(record.spec.name)
    if (state.kind === 'terminated' && mayRestart(pod, record, state.exitCode)) start.push(record.spec.name)
  }
  if (!allDone(pod, mains)) return { ...NOTHING, start }
  return { start: [], stop: runningSidecars(before), finished: nothingRuns(records) }
}

function allDone(pod: Pod, mains: readonly ContainerRecord[]): boolean {
  return mains.every((record) => record.state.kind === 'terminated' && !mayRestart(pod, record, record.state.exitCode))
}

function runningSidecars(before: readonly ContainerRecord[]): readonly string[] {
  const names = before.filter((record) => record.role === 'sidecar' && record.state.kind === 'running')
  // The one declared last stops first.
  return names.map((record) => record.spec.name).reverse()
}

function nothingRuns(records: readonly ContainerRecord[]): boolean {
  return records.every(({ role, state }) => role === 'ephemeral' || state.kind !== 'running')
}

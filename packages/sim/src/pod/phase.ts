// A pod's phase from its containers. Source: kubernetes pkg/kubelet/kubelet_pods.go (getPhase). Terminal phases never change;
// the caller holds on to them.

import type { Pod } from '@podwire/apiserver'
import { mayRestart, type ContainerRecord } from './container-record.ts'

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed'

export function podPhase(pod: Pod, records: readonly ContainerRecord[], terminating: boolean): PodPhase {
  const init = initPhase(pod, records)
  if (init !== undefined && !terminating) return init
  let running = 0
  let waiting = 0
  let succeeded = 0
  let stopped = 0
  let mayComeBack = 0
  for (const record of records) {
    if (record.role !== 'main') continue
    const ended = record.state.kind === 'terminated' ? record.state : record.last
    if (record.state.kind === 'running') running++
    else if (ended === undefined) waiting++
    else {
      stopped++
      if (ended.exitCode === 0) succeeded++
      if (!terminating && mayRestart(pod, record, ended.exitCode)) mayComeBack++
    }
  }
  if (waiting > 0) return terminating ? 'Failed' : 'Pending'
  if (running > 0 || mayComeBack > 0) return 'Running'
  return succeeded === stopped ? 'Succeeded' : 'Failed'
}

/** Failed or Pending when init containers decide, undefined when they are done. */
function initPhase(pod: Pod, records: readonly ContainerRecord[]): PodPhase | undefined {
  for (const record of records) {
    if (record.role === 'main') break
    const { state } = record
    if (record.role === 'sidecar') {
      if (!record.started && record.restartCount === 0 && state.kind !== 'terminated') return 'Pending'
      continue
    }
    const ended = state.kind === 'terminated' ? state : undefined
    if (ended === undefined) return 'Pending'
    if (ended.exitCode !== 0) return mayRestart(pod, record, ended.exitCode) ? 'Pending' : 'Failed'
  }
  return undefined
}

/** Init containers that are not done and sidecars that have not started, by name. */
export function incompleteInitContainers(records: readonly ContainerRecord[]): readonly string[] {
  const names: string[] = []
  for (const { role, state, started, spec } of records) {
    if (role === 'init' && !(state.kind === 'terminated' && state.exitCode === 0)) names.push(spec.name)
    if (role === 'sidecar' && !started) names.push(spec.name)
  }
  return names
}

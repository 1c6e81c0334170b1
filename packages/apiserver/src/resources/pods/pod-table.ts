// The pod's table cells: READY, STATUS, RESTARTS. Source: kubernetes pkg/printers/internalversion printPod; recorded rows.

import type { Clock } from '@podwire/engine'
import type { ContainerStatus, Pod } from '../../objects/index.ts'
import { columnDescriptions } from '../../schema/generated/column-descriptions.ts'
import type { Column } from '../resource.ts'
import { NONE } from '../tables/cells.ts'
import { ageColumn, column, nameColumn } from '../tables/columns.ts'
import { humanDuration } from '../tables/human-duration.ts'

interface PodSummary {
  readonly ready: number
  readonly total: number
  readonly status: string
  readonly restarts: number
  /** RFC 3339 of the latest restart; empty when there was none. */
  readonly lastRestart: string
}

/** What `kubectl get pods` says of a pod. */
function summarizePod(pod: Pod): PodSummary {
  const init = summarizeInit(pod)
  const main = init.undecided || isTrue(pod, 'Initialized') ? summarizeMain(pod, init) : undefined
  const counts = main ?? init
  return {
    ready: counts.ready,
    total: pod.spec.containers.length + sidecarNames(pod).size,
    status: withDeletion(pod, counts.status),
    restarts: counts.restarts,
    lastRestart: counts.lastRestart,
  }
}

interface Counts {
  readonly status: string
  readonly ready: number
  readonly restarts: number
  readonly lastRestart: string
}

function isTrue(pod: Pod, type: string): boolean {
  return pod.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true
}

function sidecarNames(pod: Pod): ReadonlySet<string> {
  const sidecars = (pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === 'Always')
  return new Set(sidecars.map((container) => container.name))
}

function initialStatus(pod: Pod): string {
  const { status } = pod
  const gated = status?.conditions?.some(
    (condition) => condition.type === 'PodScheduled' && condition.reason === 'SchedulingGated',
  )
  if (gated === true) return 'SchedulingGated'
  return status?.reason || status?.phase || ''
}

interface InitCounts extends Counts {
  readonly undecided: boolean
  /** Of the sidecars alone: once initialized, the other init containers count no more. */
  readonly sidecarRestarts: number
  readonly sidecarLastRestart: string
}

/** Init containers in order, until one that is not done decides the status. */
function summarizeInit(pod: Pod): InitCounts {
  const sidecars = sidecarNames(pod)
  let status = initialStatus(pod)
  let [ready, restarts, sidecarRestarts, undecided] = [0, 0, 0, true]
  let [lastRestart, sidecarLastRestart] = ['', '']
  for (const [index, container] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const sidecar = sidecars.has(container.name)
    restarts += container.restartCount
    lastRestart = later(lastRestart, container)
    if (sidecar) {
      sidecarRestarts += container.restartCount
      sidecarLastRestart = later(sidecarLastRestart, container)
    }
    if (container.state?.terminated?.exitCode === 0) continue
    if (sidecar && container.started === true) {
      if (container.ready) ready++
      continue
    }
    status = initStatus(container, index, (pod.spec.initContainers ?? []).length)
    undecided = false
    break
  }
  return { status, ready, restarts, lastRestart, undecided, sidecarRestarts, sidecarLastRestart }
}

function initStatus({ state }: ContainerStatus, index: number, total: number): string {
  if (state?.terminated !== undefined) {
    const { reason = '', signal = 0, exitCode } = state.terminated
    if (reason !== '') return `Init:${reason}`
    return signal === 0 ? `Init:ExitCode:${exitCode}` : `Init:Signal:${signal}`
  }
  const waiting = state?.waiting?.reason ?? ''
  return waiting !== '' && waiting !== 'PodInitializing' ? `Init:${waiting}` : `Init:${index}/${total}`
}

/** Main containers from the last to the first: the first one has the last word. */
function summarizeMain(pod: Pod, init: InitCounts): Counts {
  let { status, ready, sidecarRestarts: restarts, sidecarLastRestart: lastRestart } = init
  let running = false
  const containers = pod.status?.containerStatuses ?? []
  for (const container of [...containers].reverse()) {
    restarts += container.restartCount
    lastRestart = later(lastRestart, container)
    const { waiting, terminated } = container.state ?? {}
    if (waiting?.reason !== undefined && waiting.reason !== '') status = waiting.reason
    else if (terminated !== undefined) status = terminatedStatus(terminated)
    else if (container.ready && container.state?.running !== undefined) {
      running = true
      ready++
    }
  }
  if (status === 'Completed' && running) status = isTrue(pod, 'Ready') ? 'Running' : 'NotReady'
  return { status, ready, restarts, lastRestart }
}

function terminatedStatus({
  reason,
  signal = 0,
  exitCode,
}: NonNullable<NonNullable<ContainerStatus['state']>['terminated']>): string {
  if (reason !== undefined && reason !== '') return reason
  return signal === 0 ? `ExitCode:${exitCode}` : `Signal:${signal}`
}

function later(known: string, container: ContainerStatus): string {
  const finished = container.lastState?.terminated?.finishedAt ?? ''
  return finished > known ? finished : known
}

function withDeletion(pod: Pod, status: string): string {
  if (pod.metadata.deletionTimestamp === undefined) return status
  if (pod.status?.reason === 'NodeLost') return 'Unknown'
  const { phase } = pod.status ?? {}
  return phase === 'Succeeded' || phase === 'Failed' ? status : 'Terminating'
}

function restartsText({ restarts, lastRestart }: PodSummary, clock: Clock): string {
  if (restarts === 0 || lastRestart === '') return String(restarts)
  return `${restarts} (${humanDuration((clock.wallTimeMs() - Date.parse(lastRestart)) / 1000)} ago)`
}

function gatesText(pod: Pod): string {
  const gates = pod.spec.readinessGates ?? []
  if (gates.length === 0) return NONE
  return `${gates.filter((gate) => isTrue(pod, gate.conditionType)).length}/${gates.length}`
}

// The cells of one row ask for the same summary; stored objects never change.
const summaries = new WeakMap<Pod, PodSummary>()

function summaryOf(pod: Pod): PodSummary {
  let summary = summaries.get(pod)
  if (summary === undefined) {
    summary = summarizePod(pod)
    if (Object.isFrozen(pod)) summaries.set(pod, summary)
  }
  return summary
}

export const podColumns: readonly Column<Pod>[] = [
  nameColumn(),
  column('Ready', { description: 'The aggregate readiness state of this pod for accepting traffic.' }, (pod) => {
    const { ready, total } = summaryOf(pod)
    return `${ready}/${total}`
  }),
  column(
    'Status',
    { description: 'The aggregate status of the containers in this pod.' },
    (pod) => summaryOf(pod).status,
  ),
  column(
    'Restarts',
    {
      description:
        'The number of times the containers in this pod have been restarted and when the last container in this pod has ' +
        'restarted.',
    },
    (pod, { clock }) => restartsText(summaryOf(pod), clock),
  ),
  ageColumn(),
  column(
    'IP',
    { description: columnDescriptions['PodStatus.podIP'], wide: true },
    (pod) => pod.status?.podIPs?.[0]?.ip || pod.status?.podIP || NONE,
  ),
  column(
    'Node',
    { description: columnDescriptions['PodSpec.nodeName'], wide: true },
    (pod) => pod.spec.nodeName || NONE,
  ),
  column(
    'Nominated Node',
    { description: columnDescriptions['PodStatus.nominatedNodeName'], wide: true },
    (pod) => pod.status?.nominatedNodeName || NONE,
  ),
  column('Readiness Gates', { description: columnDescriptions['PodSpec.readinessGates'], wide: true }, gatesText),
]

/** Rows of finished pods carry a condition kubectl greys them out by. */
export function podRowConditions(pod: Pod): readonly unknown[] {
  const { phase } = pod.status ?? {}
  if (phase === 'Succeeded') {
    return [{ type: 'Completed', status: 'True', reason: 'Succeeded', message: 'The pod has completed successfully.' }]
  }
  if (phase === 'Failed') return [{ type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' }]
  return []
}

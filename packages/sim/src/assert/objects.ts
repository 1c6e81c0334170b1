// Checks of what the API says: is a pod or node ready, which endpoints has a Service; and of a load: was anything lost.

import { endpointSlices, pods, services, type Client, type Pod } from '@podwire/apiserver'
import { ENDPOINTS, LOST_NOTHING, READY } from '../arguments/functions.ts'
import { checkArguments } from '../arguments/signature.ts'
import type { Cluster } from '../sdk/cluster.ts'
import type { LoadReport } from '../sdk/load-report.ts'
import type { Verdict } from './verdict.ts'

/** A pod's or a node's handle. */
export interface ReadyPlace {
  readonly title: string
  readonly ready: boolean
  readonly object: {
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status?: string }[] }
  }
}

export function isReady(place: ReadyPlace): Verdict {
  checkArguments('look whether a place is ready', READY, [place])
  const pass = place.ready
  const conditions = place.object.status?.conditions ?? []
  const lines = [...conditions.map(conditionLine), ...containerLines(place.object as Partial<Pod>)]
  return {
    pass,
    summary: `${place.title} is ${pass ? '' : 'not '}ready`,
    details: lines.map((line) => `  ${line}`).join('\n'),
  }
}

interface EndpointState {
  readonly address: string
  readonly pod: string
  readonly ready: boolean
}

/** @param expected how many are ready, or the names of their pods in any order */
export function hasEndpoints(cluster: Cluster, service: string, expected: number | readonly string[]): Verdict {
  checkArguments('look at the endpoints of a Service', ENDPOINTS, [cluster, service, expected])
  const { client } = cluster
  const [namespace, name] = service.includes('/') ? (service.split('/') as [string, string]) : ['default', service]
  const title = `Service ${namespace}/${name}`
  if (client.find(services, { namespace, name }) === undefined) {
    return { pass: false, summary: `${title} has no endpoints: there is no such Service`, details: '' }
  }
  const states = endpointStates(client, namespace, name)
  const ready = states.filter((one) => one.ready).map((one) => one.pod)
  const isCount = typeof expected === 'number'
  const pass = isCount ? ready.length === expected : list(ready) === list(expected)
  const got = isCount
    ? `${ready.length} ready endpoint${ready.length === 1 ? '' : 's'}`
    : `the ready endpoints ${list(ready)}`
  const summary = `${title} has ${got}${pass ? '' : `, not ${isCount ? expected : list(expected)}`}`
  const details = states.map(
    ({ address, pod, ready: isUp }) => `  ${address}  ${pod}  ${isUp ? 'ready' : notReady(client, namespace, pod)}`,
  )
  return { pass, summary, details: details.join('\n') }
}

export function hasLostNothing(report: LoadReport): Verdict {
  checkArguments('look what a load lost', LOST_NOTHING, [report])
  const pass = report.lost.length === 0
  const summary = pass
    ? `the load lost none of its ${report.requests} requests`
    : `the load lost ${report.lost.length} of its ${report.requests} requests`
  return { pass, summary, details: report.explain().trimEnd() }
}

function endpointStates(client: Client, namespace: string, service: string): readonly EndpointState[] {
  const labelSelector = `kubernetes.io/service-name=${service}`
  return client.list(endpointSlices, { namespace, labelSelector }).items.flatMap((slice) =>
    (slice.endpoints ?? []).map(({ addresses, targetRef, conditions }) => ({
      address: addresses[0] ?? '',
      pod: targetRef?.name ?? addresses[0] ?? '',
      ready: conditions?.ready !== false,
    })),
  )
}

function notReady(client: Client, namespace: string, name: string): string {
  const pod = client.find(pods, { namespace, name })
  const why = pod?.status?.conditions?.find(({ type }) => type === 'Ready')?.message
  return why === undefined ? 'not ready' : `not ready: ${why}`
}

function conditionLine(condition: {
  readonly type: string
  readonly status?: string
  readonly message?: string
}): string {
  const { type, status, message } = condition
  return `${type}=${status ?? 'Unknown'}${message === undefined || message === '' ? '' : `: ${message}`}`
}

function containerLines({ status }: Partial<Pod>): readonly string[] {
  return (status?.containerStatuses ?? []).flatMap(({ name, state, restartCount }) => {
    const reason = state?.waiting?.reason ?? state?.terminated?.reason
    if (reason === undefined) return []
    return [
      `container ${name}: ${reason}${state?.waiting?.message === undefined ? '' : `, ${state.waiting.message}`}; ${restartCount} restarts`,
    ]
  })
}

const list = (names: readonly string[]): string => [...names].sort((a, b) => (a < b ? -1 : 1)).join(', ') || 'none'

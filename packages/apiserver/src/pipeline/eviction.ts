// pods/eviction: a DELETE that disruption budgets may refuse, and that leaves a note in the pod's conditions.
// Source: kubernetes registry/core/pod/storage/eviction.go.

import type { Pod, PodDisruptionBudget } from '../objects/index.ts'
import { podDisruptionBudgets, pods } from '../resources/served-types.ts'
import { matchesLabelSelector } from '../selectors/label-selector-object.ts'
import { badRequest, plainError } from '../status/errors.ts'
import { StatusError, type Status } from '../status/status-error.ts'
import { checkDeleteOptions, type RawDeleteOptions } from './delete-options.ts'
import { deleteObject } from './deletion.ts'
import type { ServerState } from './server-state.ts'
import type { SubresourceWrite } from './subresources.ts'

const SUCCESS: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }

export function evictPod(server: ServerState, request: SubresourceWrite, pod: Pod): Status {
  const { resource, namespace, name, body } = request
  if (body.metadata.name !== name) throw badRequest('name in URL does not match name in Eviction object')
  const { deleteOptions = {} } = body as unknown as { deleteOptions?: RawDeleteOptions }
  const options = checkDeleteOptions(deleteOptions)
  const dryRun = options.dryRun || request.dryRun === true
  if (needsBudget(pod)) takeFromBudget(server, pod, dryRun)
  if (!dryRun) server.store.put(pods, withNote(server, pod))
  deleteObject(server, { resource, namespace, name, ...options, dryRun })
  return SUCCESS
}

/** Pods that have ended, wait for a node or are going anyway disturb nobody. */
function needsBudget({ metadata, status }: Pod): boolean {
  const phase = status?.phase ?? ''
  return metadata.deletionTimestamp === undefined && phase !== 'Succeeded' && phase !== 'Failed' && phase !== 'Pending'
}

function takeFromBudget(server: ServerState, pod: Pod, dryRun: boolean): void {
  const { namespace, name, labels } = pod.metadata
  const budgets = server.store
    .list(podDisruptionBudgets, namespace)
    .filter(({ spec }) => matchesLabelSelector(spec.selector, labels))
  const [budget] = budgets
  if (budget === undefined) return
  if (budgets.length > 1) {
    throw plainError('This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.')
  }
  const { status = {}, metadata } = budget
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
    throw refused(`The disruption budget ${metadata.name} is still being processed by the server.`)
  }
  const { disruptionsAllowed = 0, desiredHealthy = 0, currentHealthy = 0 } = status
  if (disruptionsAllowed <= 0) {
    throw refused(
      `The disruption budget ${metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
    )
  }
  if (dryRun) return
  const disruptedPods = { ...status.disruptedPods, [name]: server.engine.clock.timestamp() }
  const next: PodDisruptionBudget = {
    ...budget,
    status: { ...status, disruptionsAllowed: disruptionsAllowed - 1, disruptedPods },
  }
  server.store.put(podDisruptionBudgets, next)
}

function refused(why: string): StatusError {
  const message = "Cannot evict pod as it would violate the pod's disruption budget."
  return new StatusError(429, 'TooManyRequests', message, {
    causes: [{ reason: 'DisruptionBudget', message: why }],
  })
}

function withNote(server: ServerState, pod: Pod): Pod {
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget')
  const note = {
    type: 'DisruptionTarget',
    status: 'True',
    lastTransitionTime: server.engine.clock.timestamp(),
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  }
  return { ...pod, status: { ...pod.status, conditions: [...others, note] } }
}

// pods/eviction: a DELETE that disruption budgets may refuse, and that leaves a note in the pod's conditions.
// Source: kubernetes registry/core/pod/storage/eviction.go.

import type { Condition, Pod, PodDisruptionBudget } from '../objects/index.ts'
import type { ResourceType } from '../resources/resource-type.ts'
import { podDisruptionBudgets, pods } from '../resources/served-types.ts'
import { matchesLabelSelector } from '../selectors/label-selector-object.ts'
import { badRequest, notFound, plainError } from '../status/errors.ts'
import { StatusError, type Status } from '../status/status-error.ts'
import { mutableCopy } from '../store/share.ts'
import { checkDeleteOptions, type RawDeleteOptions } from './delete-options.ts'
import { checkPreconditions, deleteObject } from './deletion.ts'
import { updateObject } from './pipeline.ts'
import type { ServerState } from './server-state.ts'
import type { SubresourceWrite } from './subresources.ts'
import type { MutableObject } from './write.ts'

const STATUS = { kind: 'Status', apiVersion: 'v1', metadata: {} } as const
const SUCCESS: Status = { ...STATUS, status: 'Success', code: 201 }
const SEVERAL_BUDGETS =
  'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.'

export function evictPod(server: ServerState, request: SubresourceWrite): Status {
  const { resource, namespace, name, body } = request
  if (body.metadata.name !== name) throw badRequest('name in URL does not match name in Eviction object')
  const { deleteOptions = {} } = body as unknown as { deleteOptions?: RawDeleteOptions }
  const asked = (deleteOptions.dryRun ?? []).join(' ')
  if (request.dryRun === true && asked !== '' && asked !== 'All')
    throw plainError(`Non-matching dry-run options in request and content: [All] and [${asked}]`)
  const pod = server.store.get(pods, namespace, name)
  if (pod === undefined) throw notFound(pods, name)
  const dryRun = (deleteOptions.dryRun ?? []).length > 0 || request.dryRun === true
  if (needsBudget(pod)) {
    const [budget, ...others] = budgetsOf(server, pod)
    if (others.length > 0) throw new StatusError(500, '', SEVERAL_BUDGETS)
    if (budget !== undefined && !isSpare(pod, budget)) takeFromBudget(server, budget, name, dryRun)
  }
  if (dryRun) {
    deleteObject(server, { resource, namespace, name, ...checkDeleteOptions(deleteOptions), dryRun })
    return SUCCESS
  }
  checkPreconditions({ resource, preconditions: deleteOptions.preconditions }, pod)
  server.store.put(pods, withNote(server, pod))
  // Only the DELETE looks at the other options: when it refuses them, the note stays.
  const { preconditions: _checked, ...rest } = checkDeleteOptions(deleteOptions)
  deleteObject(server, { resource, namespace, name, ...rest })
  return SUCCESS
}

/** Pods that have ended, wait for a node or are going anyway disturb nobody. */
function needsBudget({ metadata, status }: Pod): boolean {
  const phase = status?.phase ?? ''
  return metadata.deletionTimestamp === undefined && phase !== 'Succeeded' && phase !== 'Failed' && phase !== 'Pending'
}

function budgetsOf(server: ServerState, { metadata: { namespace, labels } }: Pod): readonly PodDisruptionBudget[] {
  const budgets = server.store.list(podDisruptionBudgets, namespace)
  return budgets.filter(({ spec }) => matchesLabelSelector(spec.selector, labels))
}

/** One that is not ready counts for nothing: it may always go where the budget says so, else where enough others are healthy. */
function isSpare({ status: { conditions = [] } = {} }: Pod, { spec, status = {} }: PodDisruptionBudget): boolean {
  if (conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True')) return false
  if (spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true
  const { desiredHealthy = 0, currentHealthy = 0 } = status
  return desiredHealthy > 0 && currentHealthy >= desiredHealthy
}

const MAX_DISRUPTED_PODS = 2000

function takeFromBudget(server: ServerState, budget: PodDisruptionBudget, pod: string, dryRun: boolean): void {
  const { status = {}, metadata } = budget
  const { disruptionsAllowed = 0, disruptedPods = {} } = status
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
    throw refused(`The disruption budget ${metadata.name} is still being processed by the server.`, 10)
  }
  if (disruptionsAllowed < 0) throw forbiddenBy(budget, 'pdb disruptions allowed is negative')
  if (Object.keys(disruptedPods).length > MAX_DISRUPTED_PODS) {
    const why = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller'
    throw forbiddenBy(budget, why)
  }
  if (disruptionsAllowed === 0) throw refused(`The disruption budget ${metadata.name} ${whyNot(budget)}`)
  if (dryRun) return
  const now = server.engine.clock.timestamp()
  const next: PodDisruptionBudget = {
    ...budget,
    status: {
      ...status,
      ...(disruptionsAllowed === 1 ? { conditions: usedUp(status, now) } : {}),
      disruptionsAllowed: disruptionsAllowed - 1,
      disruptedPods: { ...disruptedPods, [pod]: now },
    },
  }
  // The server writes to itself here, and is recorded for it.
  const type: ResourceType = podDisruptionBudgets
  const place = { resource: server.registry.byType(type), namespace: metadata.namespace ?? '' }
  const owner = { manager: 'kube-apiserver', recordsCreation: true }
  const write = { ...place, name: metadata.name, subresource: 'status', owner }
  updateObject(server, write, mutableCopy(next) as unknown as MutableObject)
}

function whyNot({ status = {} }: PodDisruptionBudget): string {
  const { desiredHealthy = 0, currentHealthy = 0, conditions = [] } = status
  const found = conditions.find(({ type }) => type === 'DisruptionAllowed')
  const told = found?.status === 'False' && found.message !== '' ? found : undefined
  const not = 'does not allow evicting pods currently'
  if (told?.reason === 'SyncFailed') return `${not} because it failed sync: ${told.message}`
  if (currentHealthy <= desiredHealthy)
    return `needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`
  return told === undefined ? not : `${not} (${told.reason}): ${told.message}`
}

/** As the controller will write it. */
function usedUp({ conditions = [], observedGeneration }: StatusOf<PodDisruptionBudget>, now: string): Condition[] {
  const known = conditions.find(({ type }) => type === 'DisruptionAllowed')
  const condition: Condition = {
    type: 'DisruptionAllowed',
    status: 'False',
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
    lastTransitionTime: known?.status === 'False' ? known.lastTransitionTime : now,
    reason: 'InsufficientPods',
    message: '',
  }
  return replaced(conditions, condition)
}

type StatusOf<T extends { readonly status?: unknown }> = NonNullable<T['status']>

/** In the place of the one of its type, else behind the others. */
function replaced<T extends { readonly type: string }>(conditions: readonly T[], condition: T): T[] {
  const index = conditions.findIndex(({ type }) => type === condition.type)
  return index === -1 ? [...conditions, condition] : conditions.with(index, condition)
}

function refused(why: string, retryAfterSeconds?: number): StatusError {
  const message = "Cannot evict pod as it would violate the pod's disruption budget."
  return new StatusError(429, 'TooManyRequests', message, {
    causes: [{ reason: 'DisruptionBudget', message: why }],
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  })
}

/** The server names the resource in the singular. */
function forbiddenBy({ metadata: { name } }: PodDisruptionBudget, why: string): StatusError {
  const kind = 'poddisruptionbudget'
  const message = `${kind}.policy "${name}" is forbidden: ${why}`
  return new StatusError(403, 'Forbidden', message, { name, group: 'policy', kind })
}

function withNote(server: ServerState, pod: Pod): Pod {
  const { conditions = [] } = pod.status ?? {}
  const known = conditions.find(({ type }) => type === 'DisruptionTarget')
  const since = known?.status === 'True' ? known.lastTransitionTime : server.engine.clock.timestamp()
  const note = {
    type: 'DisruptionTarget',
    status: 'True',
    ...(since === undefined ? {} : { lastTransitionTime: since }),
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  }
  return { ...pod, status: { ...pod.status, conditions: replaced(conditions, note) } }
}

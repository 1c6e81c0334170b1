// ResourceQuota: a write may not use more than the quotas of its namespace leave, and what it uses is booked at once. Limits are
// those the resourcequota controller has put into the status; a quota it has not seen yet stops nothing.
// Source: apiserver admission/plugin/resourcequota/controller.go (CheckRequest).

import { compareText } from '@podwire/engine'
import { endpointOf, recordUpdate } from '../managed-fields/index.ts'
import type { ResourceQuota } from '../objects/index.ts'
import type { KubeObject } from '../objects/kube-object.ts'
import { completed, type Write } from '../pipeline/write.ts'
import {
  addLists,
  equalLists,
  evaluatorOf,
  exceeded,
  formatList,
  IGNORED_BY_QUOTA,
  listText,
  maskList,
  nonZero,
  quotaMatches,
  readList,
  subtractToZero,
  type QuotaEvaluator,
  type Resources,
} from '../quota/index.ts'
import { groupResourceOf, type ResourceType } from '../resources/resource-type.ts'
import { resourceQuotas } from '../resources/served-types.ts'
import { knownObjects } from '../store/known-objects.ts'
import { refusedAfterValidation, type AdmissionPlugin } from './plugin.ts'

interface Booking {
  readonly quota: ResourceQuota
  readonly used: Resources
}

function checkQuota(write: Write, quota: ResourceQuota, evaluator: QuotaEvaluator, nowMs: number): Booking | undefined {
  const hard = readList(quota.status?.hard)
  const used = readList(quota.status?.used)
  const object = completed(write.object)
  const names = [...hard.keys()]
  if (!quotaMatches(quota, names, evaluator, object)) return undefined
  const tracked = names.filter((name) => evaluator.tracks(name))
  const { name } = quota.metadata
  const problem = evaluator.problem?.(object, tracked)
  if (problem !== undefined) throw refusedAfterValidation(write, `failed quota: ${name}: ${problem}`)
  if (tracked.some((one) => !used.has(one))) {
    const unknown = [...tracked].sort(compareText).join(',')
    throw refusedAfterValidation(write, `status unknown for quota: ${name}, resources: ${unknown}`)
  }
  const delta = maskList(nonZero(deltaOf(write, quota, evaluator, nowMs)), names)
  if (delta.size === 0) return undefined
  const after = addLists(used, delta)
  const over = exceeded(maskList(after, delta.keys()), hard)
  if (over.length > 0) {
    const texts = [delta, used, hard].map((list) => listText(maskList(list, over)))
    const why = `exceeded quota: ${name}, requested: ${texts[0]}, used: ${texts[1]}, limited: ${texts[2]}`
    throw refusedAfterValidation(write, why)
  }
  return equalLists(after, used) ? undefined : { quota, used: after }
}

/** What the write adds; all of it, when the old object did not count for this quota. */
function deltaOf(write: Write, quota: ResourceQuota, evaluator: QuotaEvaluator, nowMs: number): Resources {
  const usage = evaluator.usage(completed(write.object), nowMs)
  const { old } = write
  if (old === undefined) return usage
  const names = Object.keys(quota.status?.hard ?? {})
  return quotaMatches(quota, names, evaluator, old) ? subtractToZero(usage, evaluator.usage(old, nowMs)) : usage
}

const QUOTAS: ResourceType = resourceQuotas

/** The server writes the status as a client of its own. */
function book({ server }: Write, { quota, used }: Booking): void {
  const next = { ...quota, status: { ...quota.status, used: formatList(used) } }
  const endpoint = endpointOf(server.registry, server.registry.byType(QUOTAS), 'status')
  const now = server.engine.clock.timestamp()
  const managedFields = recordUpdate(endpoint, { manager: 'kube-apiserver', now, old: quota, next, sent: undefined })
  const metadata = { ...quota.metadata, ...(managedFields === undefined ? {} : { managedFields }) }
  server.store.put(resourceQuotas, { ...next, metadata })
}

/** Nothing is booked for an object that will be refused because its name is taken. */
function isTaken({ server, resource, namespace, object, old }: Write): boolean {
  const found: KubeObject | undefined = server.store.get(resource.type, namespace, object.metadata.name ?? '')
  return old === undefined && found !== undefined
}

export const resourceQuota: AdmissionPlugin = {
  name: 'ResourceQuota',
  validate: (write) => {
    const { type } = write.resource
    if (!type.namespaced) return
    const quotas = knownObjects(write.server.store, resourceQuotas, write.namespace)
    if (quotas.length === 0 || IGNORED_BY_QUOTA.has(groupResourceOf(type)) || isTaken(write)) return
    const evaluator = evaluatorOf(type)
    if (write.old !== undefined && !evaluator.countsUpdates) return
    const nowMs = write.server.engine.clock.wallTimeMs()
    const bookings = quotas.flatMap((quota) => checkQuota(write, quota, evaluator, nowMs) ?? [])
    if (!write.dryRun) for (const booking of bookings) book(write, booking)
  },
}

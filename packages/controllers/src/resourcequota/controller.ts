// Keeps the status of ResourceQuotas: the limits in force, and what the namespace uses of them. New and changed quotas are counted;
// what goes away, or stops to count, is given back. What is added was booked by admission. Kinds are watched only once a quota
// counts them. Source: kubernetes pkg/controller/resourcequota/{resource_quota_controller,resource_quota_monitor}.go.

import {
  canonicalHard,
  createWorkQueue,
  freesQuota,
  isConflict,
  isNotFound,
  type KubeObject,
  objectKey,
  quotaTypes,
  quotaUsage,
  type ResourceQuota,
  resourceQuotas,
  type ResourceType,
  splitObjectKey,
} from '@podwire/apiserver'
import type { ControllerContext, ControllerDefinition, RunningController } from '../manager/controller.ts'
import { accountLatency } from '../manager/latency.ts'
import { sameMap } from '../objects/semantic-equal.ts'

export const resourceQuotaController: ControllerDefinition = {
  name: 'resourcequota-controller',
  start: (context) => new ResourceQuotaController(context),
}

class ResourceQuotaController implements RunningController {
  readonly #context: ControllerContext
  readonly #queue: ReturnType<typeof createWorkQueue>
  readonly #watched = new Set<ResourceType>()

  constructor(context: ControllerContext) {
    this.#context = context
    const { engine, informers } = context
    this.#queue = createWorkQueue({
      engine,
      name: 'resourcequota-controller',
      latency: accountLatency,
      process: (key) => this.#sync(key),
    })
    informers.informer(resourceQuotas).onChange(({ type, object }) => {
      if (type === 'deleted') return
      this.#watch(object)
      if (!sameMap(object.status?.hard, canonicalHard(object))) this.#queue.add(objectKey(object))
    })
  }

  stop(): void {
    this.#queue.stop()
  }

  #watch(quota: ResourceQuota): void {
    const { informers, types } = this.#context
    for (const type of quotaTypes(quota, types)) {
      if (this.#watched.has(type)) continue
      this.#watched.add(type)
      informers.informer(type).onChange((change) => {
        if (change.type !== 'added') this.#changed(type, change.object, change.old)
      })
    }
  }

  /** Every quota of the namespace that counts such objects is counted anew. */
  #changed(type: ResourceType, object: KubeObject, old: KubeObject | undefined): void {
    const { informers, engine } = this.#context
    if (!freesQuota(type, object, old, engine.clock.wallTimeMs())) return
    for (const quota of informers.informer(resourceQuotas).inNamespace(object.metadata.namespace ?? '')) {
      if (quotaTypes(quota, [type]).length > 0) this.#queue.add(objectKey(quota))
    }
  }

  #sync(key: string): void {
    const { client, engine, types } = this.#context
    const { namespace, name } = splitObjectKey(key)
    const quota = client.find(resourceQuotas, { namespace, name })
    if (quota === undefined) return
    const counted = quotaTypes(quota, types)
    const objectsOf = (type: ResourceType): readonly KubeObject[] => client.list(type, { namespace }).items
    const hard = canonicalHard(quota)
    const used = quotaUsage(quota, counted, objectsOf, engine.clock.wallTimeMs())
    if (sameMap(quota.status?.hard, hard) && sameMap(quota.status?.used, used)) return
    try {
      client.update(resourceQuotas, { ...quota, status: { hard, used } }, { subresource: 'status' })
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error
    }
  }
}

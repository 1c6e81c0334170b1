// Keeps ServiceCIDRs: a finalizer and the Ready condition; a deleted one stays while addresses were allocated from it.
// Source: kubernetes pkg/controller/servicecidrs.

import { createWorkQueue, ipAddresses, isNotFound, type ServiceCIDR, serviceCidrs } from '@podwire/apiserver'
import { MILLISECOND } from '@podwire/engine'
import type { ControllerContext, ControllerDefinition, RunningController } from '../manager/controller.ts'
import { accountLatency } from '../manager/latency.ts'
import { canDelete, IN_USE, READY, type ReadyCondition, SERVICE_CIDR_FINALIZER } from './reconcile.ts'

/** Allocators may not have seen the deletion yet. */
const DELETION_GRACE_MS = 10_000

export const serviceCidrController: ControllerDefinition = {
  name: 'service-cidr-controller',
  start: (context) => new ServiceCidrController(context),
}

class ServiceCidrController implements RunningController {
  readonly #context: ControllerContext
  readonly #queue: ReturnType<typeof createWorkQueue>

  constructor(context: ControllerContext) {
    const { engine, informers } = context
    this.#context = context
    this.#queue = createWorkQueue({
      engine,
      name: 'service-cidr-controller',
      latency: accountLatency,
      process: (name) => this.#sync(name),
    })
    informers.informer(serviceCidrs).onChange(({ type, object }) => {
      if (type === 'deleted') this.#wakeLeaving()
      else this.#queue.add(object.metadata.name)
    })
    informers.informer(ipAddresses).onChange(({ type }) => {
      if (type === 'deleted') this.#wakeLeaving()
    })
  }

  stop(): void {
    this.#queue.stop()
  }

  #wakeLeaving(): void {
    for (const { metadata } of this.#context.informers.informer(serviceCidrs).list()) {
      if (metadata.deletionTimestamp !== undefined) this.#queue.add(metadata.name)
    }
  }

  #sync(name: string): void {
    const range = this.#context.client.find(serviceCidrs, { name })
    if (range === undefined) return
    try {
      if (range.metadata.deletionTimestamp === undefined) this.#keep(range)
      else this.#leave(range, Date.parse(range.metadata.deletionTimestamp))
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }

  #keep(range: ServiceCIDR): void {
    const { finalizers = [], name } = range.metadata
    if (!finalizers.includes(SERVICE_CIDR_FINALIZER)) this.#setFinalizers(name, [...finalizers, SERVICE_CIDR_FINALIZER])
    this.#setReady(name, READY)
  }

  #leave(range: ServiceCIDR, deletedAtMs: number): void {
    const { engine, informers } = this.#context
    const { finalizers = [], name } = range.metadata
    const all = informers.informer(serviceCidrs).list()
    if (!canDelete(range, all, informers.informer(ipAddresses).list())) {
      this.#setReady(name, IN_USE)
      return
    }
    const leftMs = deletedAtMs + DELETION_GRACE_MS - engine.clock.wallTimeMs()
    const others = finalizers.filter((finalizer) => finalizer !== SERVICE_CIDR_FINALIZER)
    if (leftMs > 0) this.#queue.addAfter(name, leftMs * MILLISECOND)
    else if (others.length < finalizers.length) this.#setFinalizers(name, others)
  }

  #setFinalizers(name: string, finalizers: readonly string[]): void {
    this.#context.client.patch(serviceCidrs, { name }, 'merge', { metadata: { finalizers } })
  }

  #setReady(name: string, condition: ReadyCondition): void {
    const { client, engine } = this.#context
    const known = client.get(serviceCidrs, { name }).status?.conditions ?? []
    const before = known.find(({ type }) => type === 'Ready')
    if (before?.status === condition.status && before.message === condition.message) return
    const since = before?.status === condition.status ? before.lastTransitionTime : engine.clock.timestamp()
    const others = known.filter(({ type }) => type !== 'Ready')
    const conditions = [...others, { ...condition, lastTransitionTime: since }]
    client.patch(serviceCidrs, { name }, 'merge', { status: { conditions } }, { subresource: 'status' })
  }
}

// Empties a namespace that is being deleted: pods first, then everything else, then its own finalizer.
// Source: kubernetes pkg/controller/namespace/namespace_controller.go and deletion/. Departure: besides looking again on a
// timer, it looks as soon as the last pod is gone.

import {
  createWorkQueue,
  customResourceDefinitions,
  groupResourceOf,
  isConflict,
  isNotFound,
  type KubeObject,
  type Namespace,
  namespaces,
  pods,
  type ResourceType,
  RetryLater,
} from '@podwire/apiserver'
import { SECOND } from '@podwire/engine'
import type { ControllerContext, ControllerDefinition, RunningController } from '../manager/controller.ts'
import { customTypeOf } from '../manager/custom-types.ts'
import { collectorLatency } from '../manager/latency.ts'
import { semanticEqual } from '../objects/semantic-equal.ts'
import {
  FINALIZER_ESTIMATE_SECONDS,
  longestGraceSeconds,
  nextLookSeconds,
  type Remaining,
  remainingOf,
  terminationConditions,
} from './reconcile.ts'

const FINALIZER = 'kubernetes'
/** Upstream does not look at a namespace for as long. */
const SILENT_MS = 5000

export const namespaceController: ControllerDefinition = {
  name: 'namespace-controller',
  start: (context) => new NamespaceController(context),
}

class NamespaceController implements RunningController {
  readonly #context: ControllerContext
  /** Every namespaced kind but pods. */
  readonly #otherTypes: readonly ResourceType[]
  readonly #queue: ReturnType<typeof createWorkQueue>

  constructor(context: ControllerContext) {
    const { engine, informers, types } = context
    this.#context = context
    this.#otherTypes = types.filter((type) => type.namespaced && groupResourceOf(type) !== groupResourceOf(pods))
    this.#queue = createWorkQueue({
      engine,
      name: 'namespace-controller',
      latency: collectorLatency,
      process: (name) => this.#sync(name),
    })
    const informer = informers.informer(namespaces)
    informer.onChange(({ type, object }) => {
      if (type !== 'deleted' && isTerminating(object)) this.#queue.add(object.metadata.name)
    })
    informers.informer(pods).onChange(({ type, object }) => {
      if (type !== 'deleted') return
      const home = informer.get(undefined, object.metadata.namespace ?? '')
      if (home !== undefined && isTerminating(home)) this.#queue.add(home.metadata.name)
    })
  }

  stop(): void {
    this.#queue.stop()
  }

  #sync(name: string): void {
    const { client } = this.#context
    const namespace = client.find(namespaces, { name })
    if (namespace === undefined || !isTerminating(namespace)) return
    if (!(namespace.spec.finalizers ?? []).includes(FINALIZER)) return
    const leftPods = this.#empty(pods, name)
    if (leftPods.length > 0) {
      // As long as pods are left nothing is said about what remains, and nothing at all in upstream's time of grace.
      const deletedMs = Date.parse(namespace.metadata.deletionTimestamp ?? '')
      if (this.#context.engine.clock.wallTimeMs() - deletedMs >= SILENT_MS) this.#report(namespace, [])
      const { finalizers } = remainingOf(pods.resource, pods.group, leftPods)
      this.#lookAgain(name, finalizers.size > 0 ? FINALIZER_ESTIMATE_SECONDS : longestGraceSeconds(leftPods))
      return
    }
    const remaining: Remaining[] = []
    for (const type of [...this.#otherTypes, ...this.#customTypes()]) {
      const left = this.#empty(type, name)
      if (left.length > 0) remaining.push(remainingOf(type.resource, type.group, left))
    }
    const reported = this.#report(namespace, remaining)
    if (remaining.length === 0) this.#finalize(reported)
    else this.#lookAgain(name, FINALIZER_ESTIMATE_SECONDS)
  }

  /** Namespaced kinds that are defined now. */
  #customTypes(): readonly ResourceType[] {
    const { items } = this.#context.client.list(customResourceDefinitions)
    return items.flatMap((definition) => customTypeOf(definition)?.type ?? []).filter((type) => type.namespaced)
  }

  /** Deletes all objects of a kind; returns what stays for now. */
  #empty<T extends KubeObject>(type: ResourceType<T>, namespace: string): readonly T[] {
    const { client } = this.#context
    const present = client.list(type, { namespace }).items
    if (present.length === 0) return present
    client.deleteCollection(type, { namespace, propagationPolicy: 'Background' })
    return client.list(type, { namespace }).items
  }

  /** A namespace held by somebody's finalizer may stay for ever: settling does not wait for that. */
  #lookAgain(name: string, seconds: number): void {
    const held = seconds === FINALIZER_ESTIMATE_SECONDS
    this.#queue.addAfter(name, nextLookSeconds(seconds) * SECOND, held ? 'background' : 'foreground')
  }

  /** Returns the namespace as stored. */
  #report(namespace: Namespace, remaining: readonly Remaining[]): Namespace {
    const { client, engine } = this.#context
    const conditions = terminationConditions(namespace.status?.conditions, remaining, engine.clock.timestamp())
    if (semanticEqual(conditions, namespace.status?.conditions)) return namespace
    return client.update(
      namespaces,
      { ...namespace, status: { ...namespace.status, conditions } },
      { subresource: 'status' },
    )
  }

  #finalize(namespace: Namespace): void {
    const { client } = this.#context
    const finalizers = (namespace.spec.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER)
    try {
      client.update(namespaces, { ...namespace, spec: { ...namespace.spec, finalizers } }, { subresource: 'finalize' })
      if (client.find(namespaces, namespace.metadata) !== undefined) client.delete(namespaces, namespace.metadata)
    } catch (error) {
      if (isConflict(error)) throw new RetryLater()
      if (!isNotFound(error)) throw error
    }
  }
}

function isTerminating(namespace: Namespace): boolean {
  return namespace.metadata.deletionTimestamp !== undefined
}

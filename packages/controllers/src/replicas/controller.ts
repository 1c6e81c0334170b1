// The replica manager's shell, for ReplicaSets and ReplicationControllers: pod and owner changes → queue → claim, create or
// delete, status. Source: kubernetes pkg/controller/replicaset/replica_set.go. Departure: no expectations; the view
// already contains the manager's own writes (fresh-view.ts), so it never creates twice.

import {
  createWorkQueue,
  type InformerChange,
  isNotFound,
  type KubeObject,
  matchesLabelSelector,
  objectKey,
  objectKeyOf,
  type Pod,
  pods,
} from '@podwire/apiserver'
import { MILLISECOND } from '@podwire/engine'
import type { ControllerContext, ControllerDefinition, RunningController } from '../manager/controller.ts'
import { FreshView } from '../manager/fresh-view.ts'
import { workloadLatency, workloadWork } from '../manager/latency.ts'
import { controllerOf, controllerReference, controllerUidKeys, orphanKeys } from '../objects/owner.ts'
import { isPodActive } from '../objects/pod-state.ts'
import { semanticEqual } from '../objects/semantic-equal.ts'
import { type Claim, claimObjects } from './claim.ts'
import { adopt, release } from './ownership.ts'
import {
  countReplicas,
  failureConditions,
  planCreates,
  planReplicas,
  type ReplicaCounts,
  type ReplicaFailure,
  type ReplicaPlan,
} from './reconcile.ts'
import type { ReplicaKind, ReplicaStatus } from './replica-kind.ts'
import { ReplicaTallies } from './replica-tally.ts'
import { ReplicaWriter } from './writer.ts'

const NO_LABELS: Readonly<Record<string, string>> = {}

/** What a sync has found out: the numbers for the status, and what to create and delete; undefined: the owner goes away. */
interface Intent {
  readonly counts: ReplicaCounts
  readonly plan: ReplicaPlan | undefined
}

export function replicaController<T extends KubeObject & { readonly spec: unknown }>(
  kind: ReplicaKind<T>,
): ControllerDefinition {
  return { name: kind.name, start: (context) => new ReplicaManager(context, kind) }
}

class ReplicaManager<T extends KubeObject & { readonly spec: unknown }> implements RunningController {
  readonly #context: ControllerContext
  readonly #kind: ReplicaKind<T>
  readonly #owners: FreshView<T>
  readonly #tallies = new ReplicaTallies<T>(
    (owner, pod) => this.#matches(owner, pod),
    (owner) => this.#templateLabels(owner),
  )
  readonly #pods: FreshView<Pod>
  readonly #writer: ReplicaWriter<T>
  readonly #queue: ReturnType<typeof createWorkQueue>
  /** The owner whose selector (which never changes) was found to match these labels. */
  readonly #matched = new WeakMap<object, unknown>()
  readonly #ownersInNamespace: (namespace: string) => readonly T[]

  constructor(context: ControllerContext, kind: ReplicaKind<T>) {
    const { engine, informers } = context
    this.#context = context
    this.#kind = kind
    const ownerInformer = informers.informer(kind.type)
    const podInformer = informers.informer(pods)
    this.#owners = new FreshView(ownerInformer)
    this.#owners.addIndex('controller-uid', controllerUidKeys)
    this.#pods = new FreshView(podInformer, (before, after) => this.#tallies.changed(before, after))
    this.#pods.addIndex('controller-uid', controllerUidKeys)
    this.#pods.addIndex('orphans', orphanKeys)
    this.#writer = new ReplicaWriter(context, kind, this.#pods)
    const ownersInNamespace = (namespace: string): readonly T[] => ownerInformer.inNamespace(namespace)
    this.#ownersInNamespace = ownersInNamespace
    this.#queue = createWorkQueue({
      engine,
      name: kind.component,
      latency: workloadLatency,
      work: workloadWork,
      process: (key) => this.#sync(key),
    })
    ownerInformer.onChange((change) => {
      if (change.type === 'deleted') this.#tallies.forget(change.object.metadata.uid)
      this.#queue.add(objectKey(change.object))
    })
    podInformer.onChange((change) => this.#podChanged(change))
  }

  stop(): void {
    this.#queue.stop()
  }

  #podChanged(change: InformerChange<Pod>): void {
    const pod = change.object
    const controller = controllerOf(pod)
    const before = change.old === undefined ? undefined : controllerOf(change.old)
    if (before !== undefined && before.uid !== controller?.uid) this.#enqueueOwner(change.old ?? pod)
    if (controller !== undefined) {
      this.#enqueueOwner(pod)
      return
    }
    if (change.type === 'deleted') return
    const labelsSame = change.old !== undefined && semanticEqual(change.old.metadata.labels, pod.metadata.labels)
    if (labelsSame && before === undefined) return
    for (const owner of this.#ownersInNamespace(pod.metadata.namespace ?? '')) {
      if (this.#matches(owner, pod)) this.#queue.add(objectKey(owner))
    }
  }

  #enqueueOwner(pod: Pod): void {
    const controller = controllerOf(pod)
    if (controller?.kind !== this.#kind.kind) return
    this.#queue.add(objectKeyOf(pod.metadata.namespace, controller.name))
  }

  #matches(owner: T, pod: Pod): boolean {
    const selector = this.#kind.selector(owner)
    if (selector === undefined) return false
    // Labels objects are shared by the versions of a pod that do not change them, and specs by those of their owner: matched once,
    // matched for good.
    const { labels = NO_LABELS } = pod.metadata
    if (this.#matched.get(labels) === owner.spec) return true
    if (!matchesLabelSelector(selector, labels)) return false
    this.#matched.set(labels, owner.spec)
    return true
  }

  #sync(key: string): void {
    const owner = this.#owners.byKey(key)
    if (owner === undefined) return
    const nowMs = this.#context.engine.clock.wallTimeMs()
    const { counts, plan } = this.#fromTally(owner) ?? this.#fromPods(owner, nowMs)
    const outcome = plan === undefined ? undefined : this.#writer.apply(owner, plan)
    this.#writeStatus(owner, counts, outcome?.failure)
    if (counts.nextAvailableMs !== undefined) {
      this.#queue.addAfter(key, Math.max(1, counts.nextAvailableMs - nowMs) * MILLISECOND)
    }
    if (outcome?.retry !== undefined) throw outcome.retry
  }

  /** Where numbers say it all: nothing to adopt, to release, to delete or to wait for. */
  #fromTally(owner: T): Intent | undefined {
    if (this.#kind.minReadySeconds(owner) > 0) return undefined
    const { uid, namespace = '' } = owner.metadata
    const orphans = this.#pods.byIndex('orphans', namespace)
    if (orphans.length > 0 && this.#split(owner, orphans).adopt.length > 0) return undefined
    const counts = this.#tallies.countsOf(owner, () => this.#pods.byIndex('controller-uid', uid))
    if (counts === undefined) return undefined
    if (owner.metadata.deletionTimestamp !== undefined) return { counts, plan: undefined }
    const missing = this.#kind.replicas(owner) - counts.replicas
    return missing < 0 ? undefined : { counts, plan: planCreates(missing) }
  }

  #fromPods(owner: T, nowMs: number): Intent {
    const kind = this.#kind
    const claimed = this.#claim(owner)
    const leaves = owner.metadata.deletionTimestamp !== undefined
    return {
      plan: leaves ? undefined : planReplicas(kind.replicas(owner), claimed, () => this.#related(owner), nowMs),
      counts: countReplicas(claimed, this.#templateLabels(owner), kind.minReadySeconds(owner), nowMs),
    }
  }

  #templateLabels(owner: T): Readonly<Record<string, string>> {
    return this.#kind.template(owner)?.metadata?.labels ?? NO_LABELS
  }

  #split(owner: T, candidates: readonly Pod[]): Claim<Pod> {
    return claimObjects(owner, candidates, (pod) => this.#matches(owner, pod))
  }

  /** The pods of `owner`, after adopting and releasing. */
  #claim(owner: T): readonly Pod[] {
    const { client } = this.#context
    const { uid, namespace } = owner.metadata
    const own = this.#pods.byIndex('controller-uid', uid)
    const orphans = this.#pods.byIndex('orphans', namespace ?? '')
    const candidates = orphans.length === 0 ? own : [...own, ...orphans]
    const claim = this.#split(owner, candidates)
    // Pods that have ended or are on their way stay whose they were.
    for (const pod of claim.release) {
      const released = isPodActive(pod) ? release(client, pods, pod, uid) : undefined
      if (released !== undefined) this.#pods.wrote(released)
    }
    const adoptable = claim.adopt.filter(isPodActive)
    if (adoptable.length === 0) return claim.owned
    const reference = controllerReference(owner, this.#kind.apiVersion, this.#kind.kind)
    if (client.find(this.#kind.type, owner.metadata)?.metadata.uid !== uid) return claim.owned
    const adopted: Pod[] = []
    for (const pod of adoptable) {
      const taken = adopt(client, pods, pod, reference)
      if (taken !== undefined) adopted.push(this.#pods.wrote(taken))
    }
    return [...claim.owned, ...adopted]
  }

  /**
   * Active pods of every replica set with the same controller: what crowds a node for the deletion order. An owner that
   * nobody controls has no such siblings, and its own pods do not count either.
   */
  #related(owner: T): readonly Pod[] {
    const controller = controllerOf(owner)
    if (controller === undefined) return []
    const siblings = this.#owners.byIndex('controller-uid', controller.uid)
    const related: Pod[] = []
    for (const sibling of siblings) {
      for (const pod of this.#pods.byIndex('controller-uid', sibling.metadata.uid)) {
        if (isPodActive(pod)) related.push(pod)
      }
    }
    return related
  }

  #writeStatus(owner: T, counts: ReplicaCounts, failure: ReplicaFailure | undefined): void {
    const kind = this.#kind
    const current = kind.status(owner)
    const conditions = failureConditions(current?.conditions, failure, this.#context.engine.clock.timestamp())
    const next = statusOf(counts, owner.metadata.generation ?? 0, conditions, kind.reportsTerminating)
    if (current !== undefined && sameStatus(current, next)) return
    try {
      const written = this.#context.client.update(kind.type, kind.withStatus(owner, next), { subresource: 'status' })
      this.#owners.wrote(written)
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
}

function statusOf(
  counts: ReplicaCounts,
  observedGeneration: number,
  conditions: NonNullable<ReplicaStatus['conditions']>,
  reportsTerminating: boolean,
): ReplicaStatus {
  return {
    replicas: counts.replicas,
    ...(counts.fullyLabeledReplicas > 0 ? { fullyLabeledReplicas: counts.fullyLabeledReplicas } : {}),
    ...(counts.readyReplicas > 0 ? { readyReplicas: counts.readyReplicas } : {}),
    ...(counts.availableReplicas > 0 ? { availableReplicas: counts.availableReplicas } : {}),
    ...(reportsTerminating ? { terminatingReplicas: counts.terminatingReplicas } : {}),
    ...(observedGeneration > 0 ? { observedGeneration } : {}),
    ...(conditions.length > 0 ? { conditions } : {}),
  }
}

/** Zero and absent differ in terminatingReplicas alone: it is always written. */
function sameStatus(a: ReplicaStatus, b: ReplicaStatus): boolean {
  return (
    a.replicas === b.replicas &&
    (a.fullyLabeledReplicas ?? 0) === (b.fullyLabeledReplicas ?? 0) &&
    (a.readyReplicas ?? 0) === (b.readyReplicas ?? 0) &&
    (a.availableReplicas ?? 0) === (b.availableReplicas ?? 0) &&
    a.terminatingReplicas === b.terminatingReplicas &&
    (a.observedGeneration ?? 0) === (b.observedGeneration ?? 0) &&
    semanticEqual(a.conditions, b.conditions)
  )
}

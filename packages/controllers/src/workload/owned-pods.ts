// The pods of DaemonSets, StatefulSets and Jobs: whose queue key a pod's change belongs to, and which pods an owner has after
// adopting and releasing. Source: kubernetes pkg/controller/controller_ref_manager.go (PodControllerRefManager).

import {
  type InformerChange,
  type KubeObject,
  matchesLabelSelector,
  objectKey,
  objectKeyOf,
  type Pod,
  pods,
} from '@podwire/apiserver'
import type { ControllerContext } from '../manager/controller.ts'
import { FreshView } from '../manager/fresh-view.ts'
import { controllerOf, controllerReference, controllerUidKeys, orphanKeys } from '../objects/owner.ts'
import { semanticEqual } from '../objects/semantic-equal.ts'
import { claimObjects } from '../replicas/claim.ts'
import { adopt, release } from '../replicas/ownership.ts'
import type { OwnerKind } from './owner-kind.ts'

const NO_LABELS: Readonly<Record<string, string>> = {}

export class OwnedPods<T extends KubeObject & { readonly spec?: unknown }> {
  readonly view: FreshView<Pod>
  readonly #context: ControllerContext
  readonly #kind: OwnerKind<T>
  readonly #enqueue: (ownerKey: string) => void
  /** The owner whose selector (which never changes) was found to match these labels. */
  readonly #matched = new WeakMap<object, unknown>()

  /** @param enqueue called with the key of each owner a changed pod concerns */
  constructor(context: ControllerContext, kind: OwnerKind<T>, enqueue: (ownerKey: string) => void) {
    this.#context = context
    this.#kind = kind
    this.#enqueue = enqueue
    const informer = context.informers.informer(pods)
    this.view = new FreshView(informer)
    this.view.addIndex('controller-uid', controllerUidKeys)
    this.view.addIndex('orphans', orphanKeys)
  }

  /** Begins to listen; the queue behind `enqueue` has to exist by then. */
  start(): void {
    this.#context.informers.informer(pods).onChange((change) => this.#changed(change))
  }

  /** The pods of `owner`, finished and terminating ones included. */
  claim(owner: T): readonly Pod[] {
    const { client } = this.#context
    const { uid, namespace } = owner.metadata
    const own = this.view.byIndex('controller-uid', uid)
    const orphans = this.view.byIndex('orphans', namespace ?? '')
    const candidates = orphans.length === 0 ? own : [...own, ...orphans]
    const claim = claimObjects(owner, candidates, (pod) => this.#matches(owner, pod))
    for (const pod of claim.release) {
      const released = release(client, pods, pod, uid)
      if (released !== undefined) this.view.wrote(released)
    }
    if (claim.adopt.length === 0) return claim.owned
    const live = client.find(this.#kind.type, owner.metadata)
    if (live?.metadata.uid !== uid || live.metadata.deletionTimestamp !== undefined) return claim.owned
    const reference = controllerReference(owner, this.#kind.apiVersion, this.#kind.kind)
    const adopted: Pod[] = []
    for (const pod of claim.adopt) {
      const taken = adopt(client, pods, pod, reference, this.#kind.finalizer)
      if (taken !== undefined) adopted.push(this.view.wrote(taken))
    }
    return [...claim.owned, ...adopted]
  }

  #matches(owner: T, pod: Pod): boolean {
    return this.#selects(owner, pod) && this.#kind.isForeign?.(owner, pod) !== true
  }

  #selects(owner: T, { metadata: { labels = NO_LABELS } }: Pod): boolean {
    // Labels objects are shared by the versions of a pod that do not change them, and specs by those of their owner: matched once,
    // matched for good.
    if (this.#matched.get(labels) === owner.spec) return true
    const selector = this.#kind.selector(owner)
    if (selector === undefined || !matchesLabelSelector(selector, labels)) return false
    this.#matched.set(labels, owner.spec)
    return true
  }

  #changed(change: InformerChange<Pod>): void {
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
    const owners = this.#context.informers.informer(this.#kind.type)
    for (const owner of owners.inNamespace(pod.metadata.namespace ?? '')) {
      if (this.#matches(owner, pod)) this.#enqueue(objectKey(owner))
    }
  }

  #enqueueOwner(pod: Pod): void {
    const controller = controllerOf(pod)
    if (controller?.kind !== this.#kind.kind) return
    this.#enqueue(objectKeyOf(pod.metadata.namespace, controller.name))
  }
}

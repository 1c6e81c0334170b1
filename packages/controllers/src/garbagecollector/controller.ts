// The garbage collector's shell: every kind's informer → ownership graph → queue of uids → deletes, unlinks, finalizers.
// Source: kubernetes pkg/controller/garbagecollector. Nothing is queued while all owners are known and alive.

import {
  apiVersionOf,
  type Client,
  createWorkQueue,
  customResourceDefinitions,
  type EventRecorder,
  groupResourceOf,
  type InformerFactory,
  isConflict,
  isNotFound,
  type KubeObject,
  type OwnerReference,
  type ResourceType,
} from '@podwire/apiserver'
import type { ControllerContext, ControllerDefinition, RunningController } from '../manager/controller.ts'
import { type CustomType, customTypeOf } from '../manager/custom-types.ts'
import { collectorLatency } from '../manager/latency.ts'
import { type GraphNode, ownersOf, OwnershipGraph } from './ownership-graph.ts'
import {
  blocksDeletionOf,
  FOREGROUND,
  hasFinalizer,
  isDeleting,
  judge,
  ORPHAN,
  unblockedOwners,
  waitsForDependents,
} from './reconcile.ts'

export const garbageCollector: ControllerDefinition = {
  name: 'garbage-collector-controller',
  start: (context) => new GarbageCollector(context),
}

class GarbageCollector implements RunningController {
  readonly #client: Client
  readonly #events: EventRecorder
  readonly #graph = new OwnershipGraph()
  readonly #typesByKind: Map<string, ResourceType>
  readonly #queue: ReturnType<typeof createWorkQueue>
  /** Custom kinds that are watched: a watch outlives its definition, and serves one that comes back. */
  readonly #monitored = new Set<string>()

  constructor(context: ControllerContext) {
    const { engine, client, informers, types } = context
    this.#client = client
    this.#events = context.recorder('garbage-collector-controller')
    // Events name no owners and nothing is owned by one: they would only fill the graph.
    const watched = types.filter((type) => type.kind !== 'Event')
    this.#typesByKind = new Map(watched.map((type) => [`${apiVersionOf(type)}/${type.kind}`, type]))
    this.#queue = createWorkQueue({
      engine,
      name: 'garbage-collector-controller',
      latency: collectorLatency,
      process: (uid) => this.#process(uid),
    })
    for (const type of watched) this.#monitor(informers, type)
    informers.informer(customResourceDefinitions).onChange(({ type, object }) => {
      const custom = customTypeOf(object)
      if (custom === undefined) return
      if (type === 'deleted') for (const kind of custom.kinds) this.#typesByKind.delete(kind)
      else this.#add(informers, custom)
    })
  }

  #add(informers: InformerFactory, { type, kinds }: CustomType): void {
    const isNew = kinds.every((kind) => !this.#typesByKind.has(kind))
    for (const kind of kinds) this.#typesByKind.set(kind, type)
    const name = groupResourceOf(type)
    if (!isNew || this.#monitored.has(name)) return
    this.#monitored.add(name)
    this.#monitor(informers, type)
  }

  #monitor(informers: InformerFactory, type: ResourceType): void {
    informers.informer(type).onChange((change) => {
      if (change.type === 'deleted') this.#gone(change.object)
      else this.#seen(type, change.object)
    })
  }

  stop(): void {
    this.#queue.stop()
  }

  #seen(type: ResourceType, object: KubeObject): void {
    const { uid } = object.metadata
    const before = this.#graph.get(uid)?.object
    this.#graph.set(type, object)
    // An owner deleted in the foreground may have waited for this reference.
    for (const owner of unblockedOwners(before, object)) this.#queue.add(owner)
    if (isDeleting(object) && (hasFinalizer(object, FOREGROUND) || hasFinalizer(object, ORPHAN))) {
      this.#queue.add(uid)
      return
    }
    if (isDeleting(object)) return
    for (const owner of ownersOf(object)) {
      const known = this.#graph.get(owner.uid)
      if (known === undefined || waitsForDependents(known.object) || !isMeant(object, owner, known))
        this.#queue.add(uid)
    }
  }

  #gone(object: KubeObject): void {
    const { uid } = object.metadata
    this.#graph.delete(object)
    for (const dependent of this.#graph.dependentsOf(uid)) this.#queue.add(dependent)
    // An owner deleted in the foreground may have waited for this one.
    for (const owner of ownersOf(object)) {
      const known = this.#graph.get(owner.uid)
      if (known !== undefined && waitsForDependents(known.object)) this.#queue.add(owner.uid)
    }
  }

  #process(uid: string): void {
    const node = this.#graph.get(uid)
    if (node === undefined) return
    const live = this.#client.find(node.type, node.object.metadata)
    if (live === undefined || live.metadata.uid !== uid) return
    try {
      if (isDeleting(live) && hasFinalizer(live, ORPHAN)) this.#orphanDependents(node.type, live)
      else if (waitsForDependents(live)) this.#deleteDependents(node.type, live)
      else this.#deleteIfUnowned(node.type, live)
    } catch (error) {
      // Gone or replaced since it was read: nothing is left to do about it.
      if (!isNotFound(error) && !isConflict(error)) throw error
    }
  }

  #deleteIfUnowned(type: ResourceType, live: KubeObject): void {
    // A kind nobody here knows may well have an owner of that uid.
    if (ownersOf(live).some((reference) => this.#typeOf(reference) === undefined)) return
    this.#warnAboutNamespaces(live)
    const { uid, namespace } = live.metadata
    // An owner inside a namespace is none for what is outside of all: that is never collected.
    if (namespace === undefined && ownersOf(live).some((reference) => this.#typeOf(reference)?.namespaced)) return
    const dependents = this.#dependents(uid).map(({ object }) => object)
    const verdict = judge(live, (reference) => this.#findOwner(live, reference), dependents)
    if (verdict.do === 'unlink') this.#unlink(type, live, verdict.owners)
    if (verdict.do === 'delete') {
      if (verdict.unblock === true) this.#unblock(type, live)
      const propagationPolicy = verdict.propagation
      this.#client.delete(type, live.metadata, { propagationPolicy, preconditions: { uid } })
    }
  }

  #typeOf(reference: OwnerReference): ResourceType | undefined {
    return this.#typesByKind.get(`${reference.apiVersion}/${reference.kind}`)
  }

  #findOwner(dependent: KubeObject, reference: OwnerReference): KubeObject | undefined {
    const type = this.#typeOf(reference)
    if (type === undefined) return undefined
    const namespace = type.namespaced ? dependent.metadata.namespace : undefined
    const found = this.#client.find(type, { namespace, name: reference.name })
    return found?.metadata.uid === reference.uid ? found : undefined
  }

  #unlink(type: ResourceType, object: KubeObject, owners: readonly OwnerReference[]): void {
    const gone = new Set(owners.map((owner) => owner.uid))
    const kept = ownersOf(object).filter((owner) => !gone.has(owner.uid))
    const ownerReferences = kept.length === 0 ? null : kept
    this.#client.patch(type, object.metadata, 'merge', { metadata: { uid: object.metadata.uid, ownerReferences } })
  }

  /** Its owners no longer wait for it. */
  #unblock(type: ResourceType, object: KubeObject): void {
    const ownerReferences = ownersOf(object).map((owner) => ({ ...owner, blockOwnerDeletion: false }))
    this.#client.patch(type, object.metadata, 'merge', { metadata: { uid: object.metadata.uid, ownerReferences } })
  }

  /** Foreground: dependents go first; when none holds it any more, the owner follows. */
  #deleteDependents(type: ResourceType, owner: KubeObject): void {
    const { uid } = owner.metadata
    let blocked = false
    for (const { object } of this.#dependents(uid)) {
      blocked ||= blocksDeletionOf(object, uid)
      if (!isDeleting(object)) this.#queue.add(object.metadata.uid)
    }
    if (!blocked) this.#removeFinalizer(type, owner, FOREGROUND)
  }

  #orphanDependents(type: ResourceType, owner: KubeObject): void {
    const { uid } = owner.metadata
    for (const { type: dependentType, object } of this.#dependents(uid)) {
      const live = this.#client.find(dependentType, object.metadata)
      if (live === undefined) continue
      this.#unlink(
        dependentType,
        live,
        ownersOf(live).filter((reference) => reference.uid === uid),
      )
    }
    this.#removeFinalizer(type, owner, ORPHAN)
  }

  #dependents(uid: string): readonly GraphNode[] {
    return [...this.#graph.dependentsOf(uid)].flatMap((dependent) => this.#graph.get(dependent) ?? [])
  }

  #removeFinalizer(type: ResourceType, object: KubeObject, finalizer: string): void {
    const finalizers = (object.metadata.finalizers ?? []).filter((entry) => entry !== finalizer)
    this.#client.patch(type, object.metadata, 'merge', {
      metadata: { uid: object.metadata.uid, finalizers: finalizers.length === 0 ? null : finalizers },
    })
  }

  /** An owner has to live in the dependent's namespace: elsewhere it is not found. */
  #warnAboutNamespaces(object: KubeObject): void {
    const { namespace } = object.metadata
    for (const reference of ownersOf(object)) {
      const owner = this.#graph.get(reference.uid)?.object
      if (owner === undefined || owner.metadata.namespace === undefined) continue
      if (owner.metadata.namespace === namespace) continue
      const { apiVersion, kind, name, uid } = reference
      const message = `ownerRef [${apiVersion}/${kind}, namespace: ${namespace ?? ''}, name: ${name}, uid: ${uid}] does not exist in namespace "${namespace ?? ''}"`
      this.#events.event(object, 'Warning', 'OwnerRefInvalidNamespace', message)
    }
  }
}

/** Does the reference name the object of its uid rightly? If not, there may be no such owner. */
function isMeant(dependent: KubeObject, reference: OwnerReference, { type, object }: GraphNode): boolean {
  if (type.kind !== reference.kind || object.metadata.name !== reference.name) return false
  return !type.namespaced || object.metadata.namespace === dependent.metadata.namespace
}

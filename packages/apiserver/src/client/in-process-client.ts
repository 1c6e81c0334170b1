// The Client that controllers, kubelets and the SDK use: calls straight into the pipeline.

import { produce } from 'immer'
import { invariant } from '@podwire/engine'
import type { KubeObject, NewObject, ObjectMeta } from '../objects/kube-object.ts'
import { deleteObject } from '../pipeline/deletion.ts'
import type { WriteOwner } from '../pipeline/owners-step.ts'
import { applyPatch, asObject } from '../pipeline/patching.ts'
import { createObject, updateObject } from '../pipeline/pipeline.ts'
import { compileSelector, type CompiledSelector } from '../pipeline/selection.ts'
import type { ServerState } from '../pipeline/server-state.ts'
import { createSubresource, readSubresource, updateSubresource } from '../pipeline/subresources.ts'
import { startWatch } from '../pipeline/watching.ts'
import type { MutableObject } from '../pipeline/write.ts'
import { asWritten } from '../pipeline/written-form.ts'
import type { Mutable, Resource } from '../resources/resource.ts'
import { apiVersionOf, type ResourceType } from '../resources/resource-type.ts'
import { notFound } from '../status/errors.ts'
import { copyUnlessFrozen, mutableCopy } from '../store/share.ts'
import type {
  Client,
  DeleteOptions,
  ListOptions,
  ObjectList,
  ObjectRef,
  PatchType,
  Watch,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from './client.ts'

export class InProcessClient implements Client {
  readonly #server: ServerState
  readonly #name: string

  /** @param name who changed what, in managedFields of objects that have them */
  constructor(server: ServerState, name = 'podwire') {
    this.#server = server
    this.#name = name
  }

  get<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef): T {
    const found = this.find(type, ref)
    if (found === undefined) throw notFound(type, ref.name)
    return found
  }

  find<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef): T | undefined {
    return this.#server.store.get(type, ref.namespace, ref.name)
  }

  list<T extends KubeObject>(type: ResourceType<T>, options: ListOptions = {}): ObjectList<T> {
    const { store } = this.#server
    const selector = this.#selector(type, options)
    const items = store.list(type, options.namespace)
    return {
      items: selector === undefined ? items : items.filter((item) => selector.matches(item)),
      resourceVersion: String(store.revision),
    }
  }

  create<T extends KubeObject>(type: ResourceType<T>, object: NewObject<T>, options: WriteOptions = {}): T {
    const resource = this.#resource(type)
    const namespace = object.metadata.namespace ?? (type.namespaced ? 'default' : '')
    const body = newBody(type, object)
    if (options.subresource !== undefined) {
      const name = object.metadata.name ?? ''
      const { subresource } = options
      return createSubresource(this.#server, { resource, namespace, name, subresource, body }) as T
    }
    return createObject(
      this.#server,
      { resource, namespace, dryRun: options.dryRun, owner: this.#owner(options) },
      body,
      () => newBody(type, object),
    ) as T
  }

  update<T extends KubeObject>(type: ResourceType<T>, object: T, options: WriteOptions = {}): T {
    return this.#replace(
      type,
      object.metadata,
      options.subresource === 'status' ? statusBody(object) : newBody(type, object),
      options,
    )
  }

  modify<T extends KubeObject>(
    type: ResourceType<T>,
    ref: ObjectRef,
    change: (draft: Mutable<T>) => void,
    options: WriteOptions = {},
  ): T {
    const old = this.get(type, ref)
    const next = produce(old, (draft: unknown) => {
      change(draft as Mutable<T>)
    })
    if (next === old) return old
    return this.update(type, next, options)
  }

  patch<T extends KubeObject>(
    type: ResourceType<T>,
    ref: ObjectRef,
    patchType: PatchType,
    patch: unknown,
    options: WriteOptions = {},
  ): T {
    const resource = this.#resource(type)
    const { subresource } = options
    const old =
      subresource === undefined || subresource === 'status'
        ? asWritten(this.get(type, ref))
        : readSubresource(this.#server, { resource, namespace: ref.namespace ?? '', name: ref.name, subresource })
    const patched = asObject(applyPatch(resource, patchType, old, patch))
    return this.#replace(type, ref, patched, options)
  }

  delete<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef, options: DeleteOptions = {}): T | undefined {
    const resource = this.#resource(type)
    const outcome = deleteObject(this.#server, { resource, namespace: ref.namespace ?? '', name: ref.name, ...options })
    return outcome.removed ? undefined : (outcome.object as T)
  }

  deleteCollection<T extends KubeObject>(
    type: ResourceType<T>,
    options: ListOptions & DeleteOptions = {},
  ): readonly T[] {
    const { items } = this.list(type, options)
    for (const item of items) this.delete(type, item.metadata, options)
    return items
  }

  watch<T extends KubeObject>(
    type: ResourceType<T>,
    options: WatchOptions,
    onEvent: (event: WatchEvent<T>) => void,
  ): Watch {
    const watch = startWatch(
      this.#server,
      {
        resource: this.#resource(type),
        namespace: options.namespace,
        selector: this.#selector(type, options),
        resourceVersion: options.resourceVersion,
      },
      // The store holds only objects of the type under its prefix.
      (event) => onEvent(event as WatchEvent<T>),
    )
    return watch
  }

  #replace<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef, body: MutableObject, options: WriteOptions): T {
    const resource = this.#resource(type)
    const namespace = ref.namespace ?? ''
    const { subresource, dryRun } = options
    const { name } = ref
    const owner = this.#owner(options)
    if (subresource !== undefined && subresource !== 'status') {
      return updateSubresource(this.#server, { resource, namespace, name, dryRun, owner, subresource, body }) as T
    }
    return updateObject(this.#server, { resource, namespace, name, dryRun, owner, subresource }, body).object as T
  }

  #owner({ fieldManager }: WriteOptions): WriteOwner {
    return { manager: fieldManager ?? this.#name, recordsCreation: fieldManager !== undefined }
  }

  #resource(type: ResourceType): Resource {
    const resource = this.#server.registry.byType(type)
    invariant(resource !== undefined, `the registry serves ${type.group}/${type.version} ${type.resource}`)
    return resource
  }

  #selector(type: ResourceType, options: ListOptions): CompiledSelector | undefined {
    return compileSelector(this.#resource(type), options.labelSelector, options.fieldSelector)
  }
}

/** What the pipeline may edit: a copy with the kind first, where readers of raw JSON look for it. */
function newBody(type: ResourceType, object: object): MutableObject {
  const copy: MutableObject & Record<string, unknown> = {
    apiVersion: apiVersionOf(type),
    kind: type.kind,
    metadata: {},
  }
  const fields = object as Readonly<Record<string, unknown>>
  for (const key of Object.keys(fields)) {
    const field = fields[key]
    // A subresource's body (Binding, Eviction) keeps the kind it says.
    if (field !== undefined && key !== 'metadata') copy[key] = mutableCopy(field)
  }
  if (fields['metadata'] !== undefined) copy.metadata = metadataBody(fields['metadata'] as ObjectMeta)
  return copy
}

/**
 * Without managedFields: they follow from the write. Labels, owners and the like that come from a stored object are taken as they are:
 * the pipeline replaces them and never edits them, and what is still the stored object's needs no comparing and no checking. What was
 * never stored has nothing of that kind.
 */
function metadataBody(metadata: ObjectMeta): MutableObject['metadata'] {
  if (metadata.resourceVersion === undefined) return mutableCopy(metadata) as MutableObject['metadata']
  if (metadata.managedFields === undefined) return copyUnlessFrozen(metadata) as MutableObject['metadata']
  const { managedFields: _, ...rest } = metadata
  return copyUnlessFrozen(rest) as MutableObject['metadata']
}

/** Through /status only metadata and status count: the rest is not copied. */
function statusBody(object: KubeObject): MutableObject {
  const body: MutableObject = {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: metadataBody(object.metadata),
  }
  if ('status' in object) body.status = copyOfStatus(object.status)
  return body
}

/** Most writers move one condition and hand the others on as they are stored: those need no copying and no comparing. */
function copyOfStatus(status: unknown): unknown {
  if (typeof status !== 'object' || status === null || Array.isArray(status)) return mutableCopy(status)
  const copy: Record<string, unknown> = { ...status }
  for (const key of Object.keys(copy)) {
    const field = copy[key]
    if (field === undefined) delete copy[key]
    else if (key === 'conditions' && Array.isArray(field)) copy[key] = field.map(unlessFrozen)
    else if (typeof field === 'object') copy[key] = mutableCopy(field)
  }
  return copy
}

function unlessFrozen(part: unknown): unknown {
  return Object.isExtensible(part) ? mutableCopy(part) : part
}

// The client of one component: another client's calls, through the component's connection to the API server.

import type { KubeObject, NewObject } from '../objects/kube-object.ts'
import type { Mutable } from '../resources/resource.ts'
import type { ResourceType } from '../resources/resource-type.ts'
import type { ApiConnection } from './api-connection.ts'
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

export class ConnectedClient implements Client {
  readonly #connection: ApiConnection
  readonly #client: Client

  constructor(connection: ApiConnection, client: Client) {
    this.#connection = connection
    this.#client = client
  }

  get<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef): T {
    this.#connection.check()
    return this.#client.get(type, ref)
  }

  find<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef): T | undefined {
    this.#connection.check()
    return this.#client.find(type, ref)
  }

  list<T extends KubeObject>(type: ResourceType<T>, options?: ListOptions): ObjectList<T> {
    this.#connection.check()
    return this.#client.list(type, options)
  }

  create<T extends KubeObject>(type: ResourceType<T>, object: NewObject<T>, options?: WriteOptions): T {
    this.#connection.check()
    return this.#client.create(type, object, options)
  }

  update<T extends KubeObject>(type: ResourceType<T>, object: T, options?: WriteOptions): T {
    this.#connection.check()
    return this.#client.update(type, object, options)
  }

  modify<T extends KubeObject>(
    type: ResourceType<T>,
    ref: ObjectRef,
    change: (draft: Mutable<T>) => void,
    options?: WriteOptions,
  ): T {
    this.#connection.check()
    return this.#client.modify(type, ref, change, options)
  }

  patch<T extends KubeObject>(
    type: ResourceType<T>,
    ref: ObjectRef,
    patchType: PatchType,
    patch: unknown,
    options?: WriteOptions,
  ): T {
    this.#connection.check()
    return this.#client.patch(type, ref, patchType, patch, options)
  }

  delete<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef, options?: DeleteOptions): T | undefined {
    this.#connection.check()
    return this.#client.delete(type, ref, options)
  }

  deleteCollection<T extends KubeObject>(type: ResourceType<T>, options?: ListOptions & DeleteOptions): readonly T[] {
    this.#connection.check()
    return this.#client.deleteCollection(type, options)
  }

  watch<T extends KubeObject>(
    type: ResourceType<T>,
    options: WatchOptions,
    onEvent: (event: WatchEvent<T>) => void,
  ): Watch {
    this.#connection.check()
    return this.#connection.watch((tell) => this.#client.watch(type, options, tell), onEvent)
  }
}

// The indexed collection behind an informer. Lists are made when asked for and kept until something in them changes.

import { compareText } from '@podwire/engine'
import type { KubeObject } from '../objects/kube-object.ts'

const NOTHING: readonly never[] = []

class Bucket<T> {
  readonly objects = new Map<string, T>()
  #list: readonly T[] | undefined
  /** The map's own order is that of the keys, so far. */
  #inOrder = true
  #greatest = ''

  set(key: string, object: T): void {
    if (this.#inOrder && key > this.#greatest) this.#greatest = key
    else if (this.#inOrder && !this.objects.has(key)) this.#inOrder = false
    this.objects.set(key, object)
    this.#list = undefined
  }

  delete(key: string): void {
    this.objects.delete(key)
    this.#list = undefined
  }

  /** In order of keys: namespace, then name. */
  list(): readonly T[] {
    if (!this.#inOrder) this.#sort()
    this.#list ??= [...this.objects.values()]
    return this.#list
  }

  /** Changes of objects keep their places, so this is for new keys alone. */
  #sort(): void {
    const entries = [...this.objects].sort(([a], [b]) => compareText(a, b))
    this.objects.clear()
    for (const [key, object] of entries) this.objects.set(key, object)
    this.#greatest = entries.at(-1)?.[0] ?? ''
    this.#inOrder = true
  }
}

class CacheIndex<T> {
  readonly #keys: (object: T) => readonly string[]
  readonly #buckets = new Map<string, Bucket<T>>()

  constructor(keys: (object: T) => readonly string[]) {
    this.#keys = keys
  }

  replace(key: string, old: T | undefined, object: T | undefined): void {
    const wanted = object === undefined ? NOTHING : this.#keys(object)
    if (old !== undefined) {
      for (const value of this.#keys(old)) if (!wanted.includes(value)) this.#remove(value, key)
    }
    if (object === undefined) return
    for (const value of wanted) {
      let bucket = this.#buckets.get(value)
      if (bucket === undefined) this.#buckets.set(value, (bucket = new Bucket()))
      bucket.set(key, object)
    }
  }

  list(value: string): readonly T[] {
    return this.#buckets.get(value)?.list() ?? NOTHING
  }

  #remove(value: string, key: string): void {
    const bucket = this.#buckets.get(value)
    bucket?.delete(key)
    if (bucket?.objects.size === 0) this.#buckets.delete(value)
  }
}

export class ObjectCache<T extends KubeObject> {
  readonly #all = new Bucket<T>()
  readonly #indexes = new Map<string, CacheIndex<T>>()
  /** Most views are never asked for one namespace. */
  #byNamespace: CacheIndex<T> | undefined

  get(key: string): T | undefined {
    return this.#all.objects.get(key)
  }

  /** Returns what was there before. */
  set(key: string, object: T): T | undefined {
    const old = this.#all.objects.get(key)
    this.#all.set(key, object)
    this.#reindex(key, old, object)
    return old
  }

  /** Returns what was there. */
  delete(key: string): T | undefined {
    const old = this.#all.objects.get(key)
    this.#all.delete(key)
    this.#reindex(key, old, undefined)
    return old
  }

  list(): readonly T[] {
    return this.#all.list()
  }

  inNamespace(namespace: string): readonly T[] {
    this.#byNamespace ??= this.#indexed((object) => [object.metadata.namespace ?? ''])
    return this.#byNamespace.list(namespace)
  }

  /** Adding an index of a name that exists does nothing: the first definition stays. */
  addIndex(name: string, keys: (object: T) => readonly string[]): void {
    if (!this.#indexes.has(name)) this.#indexes.set(name, this.#indexed(keys))
  }

  byIndex(name: string, value: string): readonly T[] {
    return this.#indexes.get(name)?.list(value) ?? NOTHING
  }

  #indexed(keys: (object: T) => readonly string[]): CacheIndex<T> {
    const index = new CacheIndex(keys)
    for (const [key, object] of this.#all.objects) index.replace(key, undefined, object)
    return index
  }

  #reindex(key: string, old: T | undefined, object: T | undefined): void {
    this.#byNamespace?.replace(key, old, object)
    for (const index of this.#indexes.values()) index.replace(key, old, object)
  }
}

// Who owns whom, by uid: filled from every kind's informer. Pure bookkeeping; the decisions are in reconcile.ts.
// Source: kubernetes pkg/controller/garbagecollector/graph_builder.go.

import type { KubeObject, OwnerReference, ResourceType } from '@podwire/apiserver'

export interface GraphNode {
  readonly type: ResourceType
  readonly object: KubeObject
}

const NOBODY: ReadonlySet<string> = new Set()

export class OwnershipGraph {
  readonly #nodes = new Map<string, GraphNode>()
  readonly #dependents = new Map<string, Set<string>>()

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid)
  }

  /** Uids of the objects that name `uid` as an owner. */
  dependentsOf(uid: string): ReadonlySet<string> {
    return this.#dependents.get(uid) ?? NOBODY
  }

  set(type: ResourceType, object: KubeObject): void {
    const { uid, ownerReferences } = object.metadata
    const before = this.#nodes.get(uid)
    this.#nodes.set(uid, { type, object })
    // Versions share what they have in common: few updates touch the owners.
    if (before !== undefined && before.object.metadata.ownerReferences === ownerReferences) return
    const owners = ownersOf(object)
    if (before !== undefined) this.#unlink(uid, ownersOf(before.object), owners)
    for (const owner of owners) {
      const dependents = this.#dependents.get(owner.uid)
      if (dependents === undefined) this.#dependents.set(owner.uid, new Set([uid]))
      else dependents.add(uid)
    }
  }

  delete(object: KubeObject): void {
    const { uid } = object.metadata
    const known = this.#nodes.get(uid)
    this.#nodes.delete(uid)
    this.#unlink(uid, ownersOf(known?.object ?? object), [])
  }

  #unlink(uid: string, owners: readonly OwnerReference[], kept: readonly OwnerReference[]): void {
    for (const owner of owners) {
      if (kept.some((reference) => reference.uid === owner.uid)) continue
      const dependents = this.#dependents.get(owner.uid)
      dependents?.delete(uid)
      if (dependents?.size === 0) this.#dependents.delete(owner.uid)
    }
  }
}

export function ownersOf(object: KubeObject): readonly OwnerReference[] {
  return object.metadata.ownerReferences ?? []
}

// Old states of the store that unfinished lists still read. A snapshot costs nothing to take; the oldest is forgotten when
// too many lists are under way, and its token then gets 410 Expired, as after etcd's compaction.

import type { KubeObject } from '../objects/kube-object.ts'
import type { ResourceType } from '../resources/resource-type.ts'
import { Store, type StoreSnapshot } from '../store/store.ts'

const KEPT_SNAPSHOTS = 64

export class PageSnapshots {
  readonly #store: Store
  readonly #snapshots = new Map<number, StoreSnapshot>()

  constructor(store: Store) {
    this.#store = store
  }

  /** Keeps the present state for later pages; does nothing when `revision` is an older one that is kept already. */
  keep(revision: number): void {
    if (revision !== this.#store.revision || this.#snapshots.has(revision)) return
    this.#snapshots.set(revision, this.#store.snapshot())
    if (this.#snapshots.size <= KEPT_SNAPSHOTS) return
    for (const oldest of this.#snapshots.keys()) {
      this.#snapshots.delete(oldest)
      break
    }
  }

  at(revision: number): Pick<Store, 'scan' | 'revision'> | undefined {
    const snapshot = this.#snapshots.get(revision)
    if (snapshot === undefined) return undefined
    const past = new Store()
    past.restore(snapshot)
    return {
      revision,
      scan: <T extends KubeObject>(type: ResourceType<T>, namespace?: string, startKey?: string) =>
        past.scan(type, namespace, startKey),
    }
  }
}

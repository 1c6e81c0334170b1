// Events are kept for an hour after their last write. As in etcd, those of one minute hang on one lease, so they go together
// and up to a minute late. Source: kubernetes registry/core/event/strategy.go (--event-ttl), apiserver
// storage/etcd3/lease_manager.go.

import { MINUTE, type Engine } from '@podwire/engine'
import type { ObjectMeta } from '../objects/kube-object.ts'
import { events } from '../resources/served-types.ts'
import type { StoreEvent } from '../store/history.ts'
import { typePrefix } from '../store/store-key.ts'
import type { Store } from '../store/store.ts'

const TTL_US = 60 * MINUTE
const LEASE_SHARED_US = MINUTE
const LEASE_OBJECTS = 1_000

interface Lease {
  readonly sharedUntilUs: number
  /** The last write of each object that hangs on it, by key: the stored metadata itself, which is there anyway. */
  readonly written: Map<string, ObjectMeta>
}

export class EventExpiry {
  readonly #engine: Engine
  readonly #store: () => Store
  readonly #prefix = typePrefix(events)
  #lease: Lease | undefined

  constructor(engine: Engine, store: () => Store) {
    this.#engine = engine
    this.#store = store
  }

  /** Told of every write. */
  note(event: StoreEvent): void {
    if (event.type === 'DELETED' || !event.key.startsWith(this.#prefix)) return
    const now = this.#engine.clock.now()
    if (this.#lease === undefined || now >= this.#lease.sharedUntilUs || this.#lease.written.size >= LEASE_OBJECTS) {
      this.#lease = this.#grant(now)
    }
    this.#lease.written.set(event.key, event.object.metadata)
  }

  #grant(nowUs: number): Lease {
    const lease: Lease = { sharedUntilUs: nowUs + LEASE_SHARED_US, written: new Map() }
    this.#engine.schedule(TTL_US + LEASE_SHARED_US, 'event lease', () => this.#expire(lease), 'background')
    return lease
  }

  #expire({ written }: Lease): void {
    const store = this.#store()
    for (const { namespace, name, resourceVersion } of written.values()) {
      const stored = store.get(events, namespace, name)
      // Written again since, it hangs on a later lease.
      if (stored?.metadata.resourceVersion === resourceVersion) store.remove(events, stored)
    }
  }
}

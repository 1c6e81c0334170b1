// The mirroring controller's shell: Endpoints, Services and mirror slices → queue → slice writes.
// Source: kubernetes pkg/controller/endpointslicemirroring/endpointslicemirroring_controller.go.

import {
  createWorkQueue,
  endpoints,
  type Endpoints,
  type EndpointSlice,
  endpointSlices,
  type EventRecorder,
  type Informer,
  isNamespaceTerminating,
  isNotFound,
  objectKey,
  type Service,
  services,
} from '@podwire/apiserver'
import { SECOND } from '@podwire/engine'
import { type SliceWrites } from '../endpointslice/reconcile.ts'
import { SliceCache } from '../endpointslice/slice-cache.ts'
import type { ControllerContext, ControllerDefinition, RunningController } from '../manager/controller.ts'
import { endpointsLatency } from '../manager/latency.ts'
import {
  isMirrored,
  MAX_ENDPOINTS_PER_SUBSET,
  MIRRORING_CONTROLLER,
  reconcileMirror,
  skippedAddresses,
} from './reconcile.ts'

const NAME = 'endpoint-slice-mirroring-controller'

export const endpointSliceMirroringController: ControllerDefinition = {
  name: 'endpointslice-mirroring-controller',
  start: (context) => new MirroringController(context),
}

class MirroringController implements RunningController {
  readonly #context: ControllerContext
  readonly #endpoints: Informer<Endpoints>
  readonly #services: Informer<Service>
  readonly #slices: SliceCache
  readonly #events: EventRecorder
  readonly #queue: ReturnType<typeof createWorkQueue>

  constructor(context: ControllerContext) {
    const { engine, informers } = context
    this.#context = context
    this.#events = context.recorder(NAME)
    this.#queue = createWorkQueue({
      engine,
      name: NAME,
      latency: endpointsLatency,
      retryBaseUs: SECOND,
      retryMaxUs: 100 * SECOND,
      process: (key) => this.#sync(key),
    })
    this.#endpoints = informers.informer(endpoints)
    this.#services = informers.informer(services)
    this.#slices = new SliceCache(informers.informer(endpointSlices), MIRRORING_CONTROLLER, (key) =>
      this.#queue.addAfter(key, SECOND),
    )
    // Services with a selector are the other controllers' business, unless they once had none.
    this.#endpoints.onChange((change) => this.#queueIfMirrored(objectKey(change.object)))
    this.#services.onChange((change) => this.#queueIfMirrored(objectKey(change.object)))
  }

  stop(): void {
    this.#queue.stop()
  }

  #queueIfMirrored(key: string): void {
    const { source, service } = this.#find(key)
    if (this.#slices.of(key).length > 0 || isMirrored(source, service)) this.#queue.add(key)
  }

  #find(key: string): { source: Endpoints | undefined; service: Service | undefined } {
    return { source: this.#endpoints.byKey(key), service: this.#services.byKey(key) }
  }

  #sync(key: string): void {
    const { source, service } = this.#find(key)
    const existing = this.#slices.of(key)
    if (!isMirrored(source, service)) {
      this.#write({ create: [], update: [], delete: existing })
      return
    }
    const skipped = skippedAddresses(source)
    if (skipped > 0) {
      const message = `A max of ${MAX_ENDPOINTS_PER_SUBSET} addresses can be mirrored to EndpointSlices per Endpoints subset. ${skipped} addresses were skipped`
      this.#events.event(source, 'Warning', 'TooManyAddressesToMirror', message)
    }
    // Slices of an earlier Endpoints object of this name do not belong to this one.
    const own = existing.filter((slice) => isOwnedBy(slice, source))
    const writes = reconcileMirror(source, own)
    this.#write({ ...writes, delete: [...writes.delete, ...existing.filter((slice) => !own.includes(slice))] })
  }

  #write(writes: SliceWrites): void {
    const { client } = this.#context
    try {
      for (const slice of writes.create) this.#slices.wrote(client.create(endpointSlices, slice))
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error
    }
    for (const slice of writes.update) {
      try {
        this.#slices.wrote(client.update(endpointSlices, slice))
      } catch (error) {
        if (isNotFound(error)) this.#slices.removed(slice)
        throw error
      }
    }
    for (const slice of writes.delete) {
      try {
        client.delete(endpointSlices, slice.metadata, { preconditions: { uid: slice.metadata.uid } })
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
      this.#slices.removed(slice)
    }
  }
}

function isOwnedBy(slice: EndpointSlice, source: Endpoints): boolean {
  const owners = slice.metadata.ownerReferences ?? []
  return owners.length === 0 || owners.some((owner) => owner.uid === source.metadata.uid)
}

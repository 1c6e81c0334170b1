// The slices of each Service as this controller last wrote or saw them. It tells an echo of an own write from a change made by
// somebody else, which has to be repaired.

import { type EndpointSlice, type Informer, type InformerChange, objectKeyOf } from '@podwire/apiserver'
import { MANAGED_BY, SERVICE_NAME } from './metadata.ts'

const revisionOf = (slice: EndpointSlice): number => Number(slice.metadata.resourceVersion)

export class SliceCache {
  readonly #byService = new Map<string, Map<string, EndpointSlice>>()
  readonly #manager: string
  readonly #changedByOthers: (serviceKey: string) => void

  constructor(informer: Informer<EndpointSlice>, manager: string, changedByOthers: (serviceKey: string) => void) {
    this.#manager = manager
    this.#changedByOthers = changedByOthers
    informer.onChange((change) => this.#delivered(change))
  }

  of(serviceKey: string): readonly EndpointSlice[] {
    return [...(this.#byService.get(serviceKey)?.values() ?? [])]
  }

  wrote(slice: EndpointSlice): void {
    const key = serviceKeyOf(slice)
    const known = this.#byService.get(key)
    if (known === undefined) this.#byService.set(key, new Map([[slice.metadata.name, slice]]))
    else known.set(slice.metadata.name, slice)
  }

  removed(slice: EndpointSlice): void {
    this.#byService.get(serviceKeyOf(slice))?.delete(slice.metadata.name)
  }

  #delivered(change: InformerChange<EndpointSlice>): void {
    const slice = change.object
    const before = change.old ?? slice
    if (!this.#isManaged(slice) && !this.#isManaged(before)) return
    const known = this.#byService.get(serviceKeyOf(before))?.get(slice.metadata.name)
    if (known !== undefined && revisionOf(known) >= revisionOf(slice)) return
    // Gone because this controller removed it: already forgotten.
    if (known === undefined && change.type !== 'added') return
    if (change.type === 'deleted' || !this.#isManaged(slice)) this.removed(before)
    else this.wrote(slice)
    this.#changedByOthers(serviceKeyOf(before))
  }

  #isManaged(slice: EndpointSlice): boolean {
    return slice.metadata.labels?.[MANAGED_BY] === this.#manager
  }
}

function serviceKeyOf(slice: EndpointSlice): string {
  const name = slice.metadata.labels?.[SERVICE_NAME] ?? ''
  return objectKeyOf(slice.metadata.namespace, name)
}

// Feeds record indexes from informers. One index per selection of objects, shared by all server blocks that select alike and
// kept over Corefile reloads. Pods are watched only when `pods verified` asks for them.

import {
  endpointSlices,
  namespaces,
  parseLabelSelector,
  pods,
  services,
  type Informer,
  type InformerFactory,
  type KubeObject,
} from '@podwire/apiserver'
import type { Clock } from '@podwire/engine'
import type { IndexSelection } from '../plugins/plugin.ts'
import { RecordIndex } from '../records/index.ts'

export class IndexSource {
  readonly #informers: InformerFactory
  readonly #clock: Clock
  readonly #indexes = new Map<string, RecordIndex>()

  constructor(informers: InformerFactory, clock: Clock) {
    this.#informers = informers
    this.#clock = clock
  }

  index(selection: IndexSelection): RecordIndex {
    const key = JSON.stringify([selection.labels, selection.namespaceLabels, selection.pods, selection.endpoints])
    let index = this.#indexes.get(key)
    if (index === undefined) {
      index = this.#fill(selection)
      this.#indexes.set(key, index)
    }
    return index
  }

  #fill(selection: IndexSelection): RecordIndex {
    const index = new RecordIndex()
    const touch = (): void => index.touch(Math.floor(this.#clock.wallTimeMs() / 1000))
    const informers = this.#informers
    follow(informers.informer(namespaces), selection.namespaceLabels, {
      put: (namespace) => index.putNamespace(namespace),
      remove: (namespace) => index.removeNamespace(namespace),
    })
    follow(informers.informer(services), selection.labels, {
      put: (service) => (index.putService(service), touch()),
      remove: (service) => (index.removeService(service), touch()),
    })
    if (selection.endpoints) {
      follow(informers.informer(endpointSlices), selection.labels, {
        put: (slice) => (index.putSlice(slice), touch()),
        remove: (slice) => (index.removeSlice(slice), touch()),
      })
    }
    if (selection.pods) {
      const fieldSelector = 'status.phase!=Succeeded,status.phase!=Failed,status.phase!=Unknown'
      follow(informers.informer(pods, { fieldSelector }), selection.labels, {
        put: (pod) => index.putPod(pod),
        remove: (pod) => index.removePod(pod),
      })
    }
    return index
  }
}

interface Sink<T> {
  put(object: T): void
  remove(object: T): void
}

/** Objects that stop matching the selector are removed like deleted ones. */
function follow<T extends KubeObject>(informer: Informer<T>, selectorText: string, sink: Sink<T>): void {
  const matches = labelMatcher(selectorText)
  informer.onChange((change) => {
    if (change.type !== 'deleted' && matches(change.object)) sink.put(change.object)
    else sink.remove(change.object)
  })
}

function labelMatcher(selectorText: string): (object: KubeObject) => boolean {
  if (selectorText === '') return () => true
  const selector = parseLabelSelector(selectorText)
  return (object) => selector.matches(object.metadata.labels ?? {})
}

// Which Services may select a pod, without asking all of them: each is kept under one pair of its selector.

import type { Pod, Service } from '@podwire/apiserver'

export class ServicesByLabel {
  readonly #byPair = new Map<string, Set<string>>()
  readonly #services = new Map<string, { readonly service: Service; readonly pair: string | undefined }>()

  /** @param key `ns/name` */
  set(key: string, service: Service | undefined): void {
    const before = this.#services.get(key)
    if (before?.pair !== undefined) this.#byPair.get(before.pair)?.delete(key)
    if (service === undefined) {
      this.#services.delete(key)
      return
    }
    const [first] = Object.entries(service.spec.selector ?? {})
    const pair = first === undefined ? undefined : `${service.metadata.namespace ?? ''} ${first[0]}=${first[1]}`
    if (pair !== undefined) this.#byPair.set(pair, (this.#byPair.get(pair) ?? new Set()).add(key))
    this.#services.set(key, { service, pair })
  }

  get(key: string): Service | undefined {
    return this.#services.get(key)?.service
  }

  /** Keys of Services whose kept pair the pod has. */
  candidates({ metadata }: Pod): readonly string[] {
    return Object.entries(metadata.labels ?? {}).flatMap(([name, value]) => [
      ...(this.#byPair.get(`${metadata.namespace ?? ''} ${name}=${value}`) ?? []),
    ])
  }
}

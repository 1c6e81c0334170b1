// The Services of a cluster as every kubelet sees them: their environment variables by namespace, computed once until a
// Service changes. Shared by all nodes of a cluster.

import { type Client, type Service, services, type Watch } from '@podwire/apiserver'
import { isMasterService, serviceVariables, visibleServices } from '../pod/index.ts'

export class ServiceVariableIndex {
  readonly #byNamespace = new Map<string, Map<string, Service>>()
  readonly #computed = new Map<string, ReadonlyMap<string, string>>()
  readonly #watch: Watch
  #master: Service | undefined

  constructor(client: Client) {
    this.#watch = client.watch(services, {}, ({ type, object }) => this.#change(type === 'DELETED', object))
  }

  /** The variables of this moment; the map never changes afterwards. */
  snapshot(namespace: string, enableServiceLinks: boolean): ReadonlyMap<string, string> {
    const key = `${enableServiceLinks ? '+' : '-'}${namespace}`
    let variables = this.#computed.get(key)
    if (variables === undefined) {
      const own = [...(this.#byNamespace.get(namespace)?.values() ?? [])].sort(byName)
      variables = serviceVariables(visibleServices(own, this.#master, enableServiceLinks))
      this.#computed.set(key, variables)
    }
    return variables
  }

  stop(): void {
    this.#watch.stop()
  }

  #change(deleted: boolean, service: Service): void {
    const { namespace = '', name } = service.metadata
    const own = this.#byNamespace.get(namespace) ?? new Map<string, Service>()
    this.#byNamespace.set(namespace, own)
    if (deleted) own.delete(name)
    else own.set(name, service)
    if (isMasterService(service)) {
      this.#master = deleted ? undefined : service
      this.#computed.clear()
    } else {
      this.#computed.delete(`+${namespace}`)
      this.#computed.delete(`-${namespace}`)
    }
  }
}

function byName(a: Service, b: Service): number {
  return a.metadata.name < b.metadata.name ? -1 : a.metadata.name > b.metadata.name ? 1 : 0
}

// Who is connected to the API server, and how well: one connection a component. An outage is everybody's; a partition is theirs whose
// place it cuts off. Calls of the SDK itself do not pass here: tests look at a cluster from outside.

import { ApiConnection, unreachable, type Client } from '@podwire/apiserver'
import { PodwireError, type Engine } from '@podwire/engine'

export class ApiConnections {
  readonly #engine: Engine
  readonly #connections = new Map<string, ApiConnection>()
  readonly #listeners = new Set<(down: boolean) => void>()
  #outages = 0

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** No component reaches the server. */
  get down(): boolean {
    return this.#outages > 0
  }

  /** For a client of the cluster's own. @throws StatusError while the server is down */
  check(): void {
    if (this.down) throw unreachable()
  }

  get components(): readonly string[] {
    return [...this.#connections.keys()]
  }

  /** @param place where the component runs; undefined: beside the API server */
  connect(client: Client, component: string, place?: string): Client {
    return this.open(component, place).connect(client)
  }

  open(component: string, place?: string): ApiConnection {
    const known = this.#connections.get(component)
    if (known !== undefined) return known
    const connection = new ApiConnection(this.#engine, component, place)
    for (let outage = 0; outage < this.#outages; outage++) connection.begin('unreachable')
    this.#connections.set(component, connection)
    return connection
  }

  /** Of a component that will not be back under this name. */
  close(component: string): void {
    this.#connections.delete(component)
  }

  /**
   * Those of a component: `kubelet` is every kubelet, `kubelet/node-1` one.
   * @throws PodwireError when nobody of that name is connected
   */
  named(component: string, action: string): readonly ApiConnection[] {
    const found = this.all().filter(({ component: name }) => name === component || name.startsWith(`${component}/`))
    if (found.length > 0) return found
    throw new PodwireError(
      action,
      `no component is called ${JSON.stringify(component)}`,
      `There are ${this.components.join(', ')}.`,
    )
  }

  all(): readonly ApiConnection[] {
    return [...this.#connections.values()]
  }

  /** Told when the server goes away and when it is back: doors. */
  onOutage(listener: (down: boolean) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** The server is gone until the returned function is called. */
  beginOutage(): () => void {
    const affected = this.all()
    this.#outages++
    for (const connection of affected) connection.begin('unreachable')
    if (this.#outages === 1) this.#tell(true)
    return () => this.#endOutage()
  }

  /** The cluster has ended: nobody is served any more. */
  stop(): void {
    this.#tell(true)
  }

  #endOutage(): void {
    this.#outages--
    for (const connection of this.all()) connection.end('unreachable')
    if (this.#outages === 0) this.#tell(false)
  }

  #tell(down: boolean): void {
    for (const listener of this.#listeners) listener(down)
  }
}

// What Ingresses say, by host: the index under every controller's table. An Ingress that changes marks only its own hosts, which the
// table builds again when the changes are to count.

/** One Ingress as a controller reads it. */
export interface HostedView {
  /** `namespace/name` */
  readonly key: string
}

export class ViewsByHost<V extends HostedView> {
  readonly #hostsOf: (view: V) => Iterable<string>
  readonly #views = new Map<string, V>()
  readonly #byHost = new Map<string, Map<string, V>>()
  readonly #changed: Set<string>

  /**
   * @param hostsOf the hosts a view belongs to, the same ones each time it is asked
   * @param changed hosts to be built although nobody put anything there yet
   */
  constructor(hostsOf: (view: V) => Iterable<string>, changed: readonly string[] = []) {
    this.#hostsOf = hostsOf
    this.#changed = new Set(changed)
  }

  put(view: V): void {
    this.remove(view.key)
    this.#views.set(view.key, view)
    for (const host of this.#hostsOf(view)) {
      const views = this.#byHost.get(host)
      if (views === undefined) this.#byHost.set(host, new Map([[view.key, view]]))
      else views.set(view.key, view)
      this.#changed.add(host)
    }
  }

  remove(key: string): void {
    const view = this.#views.get(key)
    if (view === undefined) return
    this.#views.delete(key)
    for (const host of this.#hostsOf(view)) {
      const views = this.#byHost.get(host)
      views?.delete(key)
      if (views?.size === 0) this.#byHost.delete(host)
      this.#changed.add(host)
    }
  }

  /** In no order; undefined: nobody speaks of the host. */
  at(host: string): readonly V[] | undefined {
    const views = this.#byHost.get(host)
    return views === undefined ? undefined : [...views.values()]
  }

  hosts(): Iterable<string> {
    return this.#byHost.keys()
  }

  /** Hosts that changed since it was asked last. */
  takeChanged(): readonly string[] {
    const hosts = [...this.#changed]
    this.#changed.clear()
    return hosts
  }
}

/** The Ingress that was there first; of one second the name decides. */
export function olderFirst<V extends HostedView & { readonly createdAt: string }>(a: V, b: V): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? -1 : 1
  return a.key < b.key ? -1 : 1
}

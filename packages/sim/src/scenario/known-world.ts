// What can be known of a scenario's cluster before its first step: the nodes and components it boots with, and the pods that its
// manifests can make up to a step. A pod whose name a controller draws is known by its beginning.

import type { Manifest } from '@podwire/apiserver'
import { didYouMean } from '../arguments/did-you-mean.ts'
import type { Cluster } from '../sdk/cluster.ts'

export class KnownWorld {
  readonly nodes: readonly string[]
  readonly components: readonly string[]
  /** Of the namespaces that the cluster brings: what runs there comes and goes under names nobody writes down. */
  readonly #ownNamespaces: ReadonlySet<string>
  readonly #pods = new Set<string>()
  readonly #beginnings = new Set<string>()
  /** Something may have made pods that no manifest tells of. */
  #open = false

  /** @param cluster at rest after its boot */
  constructor(cluster: Cluster) {
    this.nodes = cluster.nodeNames
    this.components = cluster.composition.connections.components
    this.#ownNamespaces = new Set(cluster.pods().map(({ namespace }) => namespace))
  }

  /** From here on nobody knows what pods there are. */
  lookAway(): void {
    this.#open = true
  }

  learn(manifests: readonly Manifest[]): void {
    for (const manifest of manifests) this.#learn(manifest)
  }

  /** What to write in place of a pod that cannot be there; undefined: it may be. @param pod `NAMESPACE/NAME` */
  podProblem(pod: string): string | undefined {
    const [namespace = '', name = ''] = pod.split('/')
    if (this.#open || this.#ownNamespaces.has(namespace) || this.#pods.has(pod)) return undefined
    if ([...this.#beginnings].some((beginning) => pod.startsWith(beginning) && pod !== beginning)) return undefined
    const known = [...this.#pods, ...[...this.#beginnings].map((beginning) => `${beginning}…`)]
    const meant = didYouMean(pod, known)
    const there = known.length === 0 ? 'none was applied before' : `there can be ${known.slice(0, 6).join(', ')}`
    const elsewhere = this.nodes.includes(name) && namespace === 'default' ? `; a node is called node/${name}` : ''
    const remedy = elsewhere === '' && meant !== undefined ? `; did you mean ${meant}?` : elsewhere
    return `no step before this one makes a pod ${pod}: ${there}${remedy}`
  }

  #learn({ kind, metadata, spec }: Manifest): void {
    const { name, generateName, namespace = 'default' } = asFields(metadata)
    const place = `${String(namespace)}/`
    if (kind === 'Pod') {
      if (typeof name === 'string') this.#pods.add(place + name)
      else if (typeof generateName === 'string') this.#beginnings.add(place + generateName)
      return
    }
    const { template, jobTemplate } = asFields(spec)
    if (typeof name !== 'string' || (template === undefined && jobTemplate === undefined)) return
    // A StatefulSet that is scaled later has more.
    this.#beginnings.add(`${place}${name}-`)
  }
}

function asFields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}

// What the EndpointSlice controller remembers for topology-mode Auto: the zones' shares of the CPU, how many endpoints each Service
// has for each zone, and what it told about it. Source: kubernetes pkg/controller/endpointslice (checkNodeTopologyDistribution),
// staging endpointslice/reconciler.go, topologycache/event.go.

import type { EventRecorder, Informer, Node, Service } from '@podwire/apiserver'
import { semanticEqual } from '../objects/semantic-equal.ts'
import { wantsTopologyMode, ZONE_LABEL } from './endpoint.ts'
import type { AddressType, WantedEndpoints } from './wanted-endpoints.ts'
import { type HintedLists, isOverloaded, type ZoneCounts, type ZoneShares, zoneShares } from './zone-hints.ts'

export class TopologyMode {
  readonly #nodes: Informer<Node>
  readonly #events: EventRecorder
  readonly #hints = new Map<string, Map<AddressType, ZoneCounts>>()
  #shares: { readonly value: ZoneShares } | undefined

  /** @param enqueue called for Services whose endpoints have to be handed out anew */
  constructor(nodes: Informer<Node>, events: EventRecorder, enqueue: (key: string) => void) {
    this.#nodes = nodes
    this.#events = events
    nodes.onChange((change) => {
      if (change.type === 'updated' && sameCapacity(change.old, change.object)) return
      this.#shares = undefined
      for (const [key, families] of this.#hints) {
        if ([...families.values()].some((counts) => isOverloaded(counts, this.shares()))) enqueue(key)
      }
    })
  }

  shares(): ZoneShares {
    this.#shares ??= { value: zoneShares(this.#nodes.list()) }
    return this.#shares.value
  }

  forget(key: string): void {
    this.#hints.delete(key)
  }

  /** Tells what came of it: when hints begin, and each time there can be none. */
  report(
    key: string,
    service: Service,
    wanted: WantedEndpoints,
    outcomes: ReadonlyMap<AddressType, HintedLists['outcome']>,
  ): void {
    for (const family of wanted.families.keys()) {
      const outcome = outcomes.get(family)
      const hadHints = this.#hints.has(key)
      if (!wantsTopologyMode(service) || outcome === undefined) {
        if (hadHints) this.#tell(service, 'Warning', 'Topology Aware Hints has been disabled', family)
        this.#hints.delete(key)
      } else if (typeof outcome === 'string') {
        this.#tell(service, 'Warning', outcome, family)
        this.#hints.delete(key)
      } else {
        if (!hadHints) this.#tell(service, 'Normal', 'Topology Aware Hints has been enabled', family)
        this.#hints.set(key, (this.#hints.get(key) ?? new Map()).set(family, outcome))
      }
    }
  }

  #tell(service: Service, type: 'Normal' | 'Warning', message: string, family: AddressType): void {
    const reason = type === 'Normal' ? 'TopologyAwareHintsEnabled' : 'TopologyAwareHintsDisabled'
    this.#events.event(service, type, reason, `${message}, addressType: ${family}`)
  }
}

function sameCapacity(old: Node, node: Node): boolean {
  const ready = ({ status }: Node): string | undefined =>
    status?.conditions?.find(({ type }) => type === 'Ready')?.status
  return (
    ready(old) === ready(node) &&
    old.metadata.labels?.[ZONE_LABEL] === node.metadata.labels?.[ZONE_LABEL] &&
    semanticEqual(old.status?.allocatable, node.status?.allocatable)
  )
}

// How fast nodes of a zone lose their pods: one in ten seconds, slower or not at all where so many are down that the fault may be
// elsewhere. Pure. Source: kubernetes pkg/controller/nodelifecycle (ComputeZoneState, ReducedQPSFunc, handleDisruption),
// component-helpers node/topology (GetZoneKey).

import type { Node } from '@podwire/apiserver'
import { type Microseconds, SECOND } from '@podwire/engine'
import { readyStatus } from './taints.ts'

/** 0.1 node a second. */
const EVICTION_INTERVAL_US: Microseconds = 10 * SECOND
/** 0.01 node a second, in a zone that is partly down and large. */
const REDUCED_INTERVAL_US: Microseconds = 100 * SECOND
const LARGE_ZONE = 50
const UNHEALTHY_SHARE = 0.55

const EXCLUDED = 'node.kubernetes.io/exclude-disruption'

export function zoneOf({ metadata: { labels } }: Node): string {
  return `${labels?.['topology.kubernetes.io/region'] ?? ''}:${labels?.['topology.kubernetes.io/zone'] ?? ''}`
}

interface ZoneCounts {
  ready: number
  down: number
}

/** How many nodes of each zone are ready and how many are down, kept up to date node by node. */
export class ZoneHealth {
  readonly #nodes = new Map<string, { readonly zone: string; readonly side: keyof ZoneCounts }>()
  readonly #zones = new Map<string, ZoneCounts>()
  readonly #total: ZoneCounts = { ready: 0, down: 0 }

  set(node: Node): void {
    const { name, labels } = node.metadata
    this.remove(name)
    if (labels?.[EXCLUDED] !== undefined) return
    const place = { zone: zoneOf(node), side: readyStatus(node) === 'True' ? 'ready' : 'down' } as const
    this.#nodes.set(name, place)
    this.#count(place, 1)
  }

  remove(name: string): void {
    const place = this.#nodes.get(name)
    if (place === undefined) return
    this.#nodes.delete(name)
    this.#count(place, -1)
  }

  /** Every node that counts is down: nobody is evicted, and who was about to be is spared. */
  get allDisrupted(): boolean {
    return this.#total.ready === 0 && this.#total.down > 0
  }

  /** The time between two nodes of this zone; undefined: none of them loses its pods now. */
  evictionIntervalUs(zone: string): Microseconds | undefined {
    const { ready, down } = this.#zones.get(zone) ?? { ready: 0, down: 0 }
    const partly = ready > 0 && down > 2 && down / (ready + down) >= UNHEALTHY_SHARE
    if (!partly) return EVICTION_INTERVAL_US
    return ready + down > LARGE_ZONE ? REDUCED_INTERVAL_US : undefined
  }

  #count({ zone, side }: { readonly zone: string; readonly side: keyof ZoneCounts }, by: 1 | -1): void {
    const counts = this.#zones.get(zone) ?? { ready: 0, down: 0 }
    counts[side] += by
    this.#total[side] += by
    if (counts.ready + counts.down === 0) this.#zones.delete(zone)
    else this.#zones.set(zone, counts)
  }
}

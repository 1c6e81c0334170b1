// What MetalLB's speakers do to the simulated network: a node answers ARP for an address, or the router outside (the nodes'
// default gateway) learns over BGP that a prefix lies behind it. Routes over several nodes are equal: each connection takes one.

import type { SpeakerNetwork } from '@podwire/controllers'
import { compareText, type Engine, type ScheduledTask, SECOND } from '@podwire/engine'
import type { Fabric } from '../fabric/index.ts'

// Linux: 30 s until a neighbour's entry is stale, and the probes after it.
const NEIGHBOUR_LIFE_US = 45 * SECOND

export interface SpeakerNetworks {
  of(node: string): SpeakerNetwork
}

export function createSpeakerNetworks(
  engine: Engine,
  fabric: Fabric,
  addressesOf: (node: string) => readonly string[],
): SpeakerNetworks {
  const fading = new Fading(engine)
  /** prefix → nodes that have it, in the order the router heard of them */
  const routes = new Map<string, Set<string>>()
  const learn = (prefix: string): void => {
    const nodes = [...(routes.get(prefix) ?? [])].toSorted(compareText)
    const nexthops = nodes.flatMap(
      (node) => addressesOf(node).find((address) => isIpv6(address) === isIpv6(prefix)) ?? [],
    )
    fabric.setNexthops('external', prefix, nexthops)
  }
  const retract = (node: string, prefix: string): void => {
    fading.keep(`${node} ${prefix}`)
    if (routes.get(prefix)?.delete(node) === true) learn(prefix)
  }
  return {
    of: (node) => ({
      announce: (address) => {
        fading.keep(`${node} ${address}`)
        fabric.announce(node, address)
      },
      withdraw: (address) => fabric.withdraw(address, node),
      abandon: (address) =>
        fading.forgetAfter(`${node} ${address}`, NEIGHBOUR_LIFE_US, () => fabric.withdraw(address, node)),
      isRouter: (address) => fabric.externalHost().addresses.includes(address),
      advertise: (_router, prefix) => {
        fading.keep(`${node} ${prefix}`)
        const nodes = routes.get(prefix) ?? new Set<string>()
        routes.set(prefix, nodes.add(node))
        learn(prefix)
      },
      retract: (_router, prefix) => retract(node, prefix),
      expire: (_router, prefix, afterUs) =>
        fading.forgetAfter(`${node} ${prefix}`, afterUs, () => retract(node, prefix)),
    }),
  }
}

const isIpv6 = (text: string): boolean => text.includes(':')

/** What others still know of a node that no longer says so: by `NODE ADDRESS` or `NODE PREFIX`. */
class Fading {
  readonly #engine: Engine
  readonly #tasks = new Map<string, ScheduledTask>()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** It was said again. */
  keep(key: string): void {
    const task = this.#tasks.get(key)
    if (task !== undefined) this.#engine.cancel(task)
    this.#tasks.delete(key)
  }

  forgetAfter(key: string, delayUs: number, forget: () => void): void {
    this.keep(key)
    const fade = (): void => {
      this.#tasks.delete(key)
      forget()
    }
    this.#tasks.set(key, this.#engine.schedule(delayUs, 'network memory', fade, 'background'))
  }
}

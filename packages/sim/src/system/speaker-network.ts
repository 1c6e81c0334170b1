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
  addressOf: (node: string) => string | undefined,
): SpeakerNetworks {
  /** `NODE ADDRESS` or `NODE PREFIX` → when others will have forgotten it */
  const forgetting = new Map<string, ScheduledTask>()
  const remember = (key: string): void => {
    const task = forgetting.get(key)
    if (task !== undefined) engine.cancel(task)
    forgetting.delete(key)
  }
  const forgetAfter = (key: string, delayUs: number, forget: () => void): void => {
    remember(key)
    const task = engine.schedule(
      delayUs,
      'network memory',
      () => {
        forgetting.delete(key)
        forget()
      },
      'background',
    )
    forgetting.set(key, task)
  }
  /** prefix → nodes that have it, in the order the router heard of them */
  const routes = new Map<string, Set<string>>()
  const learn = (prefix: string): void => {
    const nodes = [...(routes.get(prefix) ?? [])].toSorted(compareText)
    const nexthops = nodes.flatMap((node) => addressOf(node) ?? [])
    fabric.setNexthops('external', prefix, nexthops)
  }
  const retract = (node: string, prefix: string): void => {
    remember(`${node} ${prefix}`)
    if (routes.get(prefix)?.delete(node) === true) learn(prefix)
  }
  return {
    of: (node) => ({
      announce: (address) => {
        remember(`${node} ${address}`)
        fabric.announce(node, address)
      },
      withdraw: (address) => fabric.withdraw(address, node),
      abandon: (address) => forgetAfter(`${node} ${address}`, NEIGHBOUR_LIFE_US, () => fabric.withdraw(address, node)),
      isRouter: (address) => fabric.externalHost().addresses.includes(address),
      advertise: (_router, prefix) => {
        remember(`${node} ${prefix}`)
        const nodes = routes.get(prefix) ?? new Set<string>()
        routes.set(prefix, nodes.add(node))
        learn(prefix)
      },
      retract: (_router, prefix) => retract(node, prefix),
      expire: (_router, prefix, afterUs) => forgetAfter(`${node} ${prefix}`, afterUs, () => retract(node, prefix)),
    }),
  }
}

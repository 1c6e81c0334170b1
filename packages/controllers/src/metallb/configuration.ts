// What MetalLB is told: pools of addresses, and how each is announced. Made from the ConfigMap of releases up to 0.12
// (config-map.ts) or from custom resources (custom-resources.ts).
// Source: metallb internal/config (poolsFor, the checks there and their texts).

import type { LabelSelector } from '@podwire/apiserver'
import { type Address, type AddressBlock, blockContains, blocksOverlap, formatBlock } from './address-range.ts'
import { ConfigurationError } from './configuration-error.ts'

export interface Layer2Advertisement {
  readonly nodeSelectors: readonly LabelSelector[]
  readonly serviceSelectors: readonly LabelSelector[]
  /** Empty: all. */
  readonly interfaces: readonly string[]
}

export interface BgpAdvertisement {
  readonly name: string
  readonly aggregationLength: number
  readonly aggregationLengthV6: number
  readonly localPref: number
  /** Names of peers; empty: all. */
  readonly peers: readonly string[]
  readonly nodeSelectors: readonly LabelSelector[]
  readonly serviceSelectors: readonly LabelSelector[]
}

/** Which Services a pool is kept for. */
export interface ServiceAllocation {
  /** 0 counts as last. */
  readonly priority: number
  readonly namespaces: readonly string[]
  readonly namespaceSelectors: readonly LabelSelector[]
  readonly serviceSelectors: readonly LabelSelector[]
}

export interface AddressPool {
  readonly name: string
  readonly blocks: readonly AddressBlock[]
  readonly autoAssign: boolean
  readonly avoidBuggyIPs: boolean
  readonly serviceAllocation?: ServiceAllocation
  readonly layer2: readonly Layer2Advertisement[]
  readonly bgp: readonly BgpAdvertisement[]
}

export interface BgpPeer {
  readonly name: string
  readonly myAsn: number
  readonly peerAsn: number
  readonly peerAddress: string
  readonly holdTimeSeconds: number
  /** Fast failure detection stands in for the hold time. */
  readonly bfd: boolean
  readonly nodeSelectors: readonly LabelSelector[]
}

export interface Configuration {
  /** In order of name: what upstream takes from a map at random. */
  readonly pools: readonly AddressPool[]
  readonly peers: readonly BgpPeer[]
}

export const NO_CONFIGURATION: Configuration = { pools: [], peers: [] }

export const DEFAULT_HOLD_SECONDS = 90

/** @throws ConfigurationError in MetalLB's words when pools cannot stand together */
export function checkPools(pools: readonly AddressPool[]): void {
  const taken: AddressBlock[] = []
  const names = new Set<string>()
  for (const pool of pools) {
    if (names.has(pool.name)) throw new ConfigurationError(`duplicate definition of pool ${JSON.stringify(pool.name)}`)
    names.add(pool.name)
    for (const block of pool.blocks) {
      const other = taken.find((candidate) => blocksOverlap(candidate, block))
      if (other !== undefined) {
        const where = `CIDR ${quoted(block)} in pool ${JSON.stringify(pool.name)}`
        throw new ConfigurationError(`${where} overlaps with already defined CIDR ${quoted(other)}`)
      }
    }
    taken.push(...pool.blocks)
  }
}

const quoted = (block: AddressBlock): string => JSON.stringify(formatBlock(block))

/** The pool all the addresses lie in. */
export function poolOf(pools: readonly AddressPool[], addresses: readonly Address[]): AddressPool | undefined {
  if (addresses.length === 0) return undefined
  return pools.find((pool) => addresses.every((address) => pool.blocks.some((block) => blockContains(block, address))))
}

/** @throws ConfigurationError: a hold time is nothing, or three seconds and more */
export function checkedHoldTime(seconds: number, text: string): number {
  if (seconds !== 0 && seconds < 3)
    throw new ConfigurationError(`invalid hold time ${JSON.stringify(text)}: must be 0 or >=3s`)
  return seconds
}

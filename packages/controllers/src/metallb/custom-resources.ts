// MetalLB's configuration since release 0.13: custom resources of group metallb.io in MetalLB's own namespace. One that is wrong
// makes the whole new configuration invalid, and the old one stays.
// Source: metallb api/v1beta1, api/v1beta2, internal/config/config.go.

import {
  type KubeObject,
  type LabelSelector,
  matchesLabelSelector,
  resourceType,
  type ResourceType,
} from '@podwire/apiserver'
import { compareText, parseDuration } from '@podwire/engine'
import { parseAddress, blocksOf } from './address-range.ts'
import {
  type AddressPool,
  type BgpAdvertisement,
  type BgpPeer,
  checkedHoldTime,
  checkPools,
  type Configuration,
  DEFAULT_HOLD_SECONDS,
  type Layer2Advertisement,
} from './configuration.ts'
import { ConfigurationError } from './configuration-error.ts'

interface PoolSelection {
  readonly ipAddressPools?: readonly string[]
  readonly ipAddressPoolSelectors?: readonly LabelSelector[]
}

export interface IPAddressPool extends KubeObject {
  readonly spec: {
    readonly addresses?: readonly string[]
    readonly autoAssign?: boolean
    readonly avoidBuggyIPs?: boolean
    readonly serviceAllocation?: {
      readonly priority?: number
      readonly namespaces?: readonly string[]
      readonly namespaceSelectors?: readonly LabelSelector[]
      readonly serviceSelectors?: readonly LabelSelector[]
    }
  }
}

export interface L2Advertisement extends KubeObject {
  readonly spec?: PoolSelection & {
    readonly nodeSelectors?: readonly LabelSelector[]
    readonly serviceSelectors?: readonly LabelSelector[]
    readonly interfaces?: readonly string[]
  }
}

export interface BGPAdvertisement extends KubeObject {
  readonly spec?: PoolSelection & {
    readonly aggregationLength?: number
    readonly aggregationLengthV6?: number
    readonly localPref?: number
    readonly peers?: readonly string[]
    readonly nodeSelectors?: readonly LabelSelector[]
    readonly serviceSelectors?: readonly LabelSelector[]
  }
}

export interface BGPPeer extends KubeObject {
  readonly spec: {
    readonly myASN?: number
    readonly peerASN?: number
    readonly peerAddress?: string
    readonly holdTime?: string
    readonly bfdProfile?: string
    readonly nodeSelectors?: readonly LabelSelector[]
  }
}

const V1BETA1 = 'metallb.io/v1beta1'
const NAMESPACED = { namespaced: true }

export const ipAddressPools: ResourceType<IPAddressPool> = resourceType(
  V1BETA1,
  'ipaddresspools',
  'IPAddressPool',
  NAMESPACED,
)
export const l2Advertisements: ResourceType<L2Advertisement> = resourceType(
  V1BETA1,
  'l2advertisements',
  'L2Advertisement',
  NAMESPACED,
)
export const bgpAdvertisements: ResourceType<BGPAdvertisement> = resourceType(
  V1BETA1,
  'bgpadvertisements',
  'BGPAdvertisement',
  NAMESPACED,
)
export const bgpPeers: ResourceType<BGPPeer> = resourceType('metallb.io/v1beta2', 'bgppeers', 'BGPPeer', NAMESPACED)

export interface ConfigurationObjects {
  readonly pools: readonly IPAddressPool[]
  readonly l2Advertisements: readonly L2Advertisement[]
  readonly bgpAdvertisements: readonly BGPAdvertisement[]
  readonly bgpPeers: readonly BGPPeer[]
}

/** @throws ConfigurationError that says what is wrong */
export function readObjects(objects: ConfigurationObjects): Configuration {
  const pools = objects.pools.map((pool) => readPool(pool, objects)).toSorted((a, b) => compareText(a.name, b.name))
  checkPools(pools)
  const known = new Map(pools.map((pool) => [pool.name, pool]))
  for (const advertisement of objects.bgpAdvertisements) checkAggregation(advertisement, known)
  return { pools, peers: objects.bgpPeers.map(readPeer) }
}

function readPool(pool: IPAddressPool, objects: ConfigurationObjects): AddressPool {
  const { name } = pool.metadata
  const { addresses = [], autoAssign = true, avoidBuggyIPs = false, serviceAllocation } = pool.spec
  const blocks = blocksOf(name, addresses)
  return {
    name,
    blocks,
    autoAssign,
    avoidBuggyIPs,
    ...(serviceAllocation === undefined
      ? {}
      : {
          serviceAllocation: {
            priority: serviceAllocation.priority ?? 0,
            namespaces: serviceAllocation.namespaces ?? [],
            namespaceSelectors: serviceAllocation.namespaceSelectors ?? [],
            serviceSelectors: serviceAllocation.serviceSelectors ?? [],
          },
        }),
    layer2: objects.l2Advertisements.filter(({ spec }) => selects(spec, pool)).map(readLayer2),
    bgp: objects.bgpAdvertisements.filter(({ spec }) => selects(spec, pool)).map(readBgp),
  }
}

/** Neither a list nor a selector stands for all pools. */
function selects(selection: PoolSelection | undefined, pool: IPAddressPool): boolean {
  const { ipAddressPools: names = [], ipAddressPoolSelectors: selectors = [] } = selection ?? {}
  if (names.length === 0 && selectors.length === 0) return true
  const { name, labels } = pool.metadata
  return names.includes(name) || selectors.some((selector) => matchesLabelSelector(selector, labels))
}

function readLayer2({ spec }: L2Advertisement): Layer2Advertisement {
  return {
    nodeSelectors: spec?.nodeSelectors ?? [],
    serviceSelectors: spec?.serviceSelectors ?? [],
    interfaces: spec?.interfaces ?? [],
  }
}

function readBgp({ metadata, spec }: BGPAdvertisement): BgpAdvertisement {
  return {
    name: metadata.name,
    aggregationLength: spec?.aggregationLength ?? 32,
    aggregationLengthV6: spec?.aggregationLengthV6 ?? 128,
    localPref: spec?.localPref ?? 0,
    peers: spec?.peers ?? [],
    nodeSelectors: spec?.nodeSelectors ?? [],
    serviceSelectors: spec?.serviceSelectors ?? [],
  }
}

/** An announced prefix must not be wider than the pool it stands for. */
function checkAggregation(advertisement: BGPAdvertisement, pools: ReadonlyMap<string, AddressPool>): void {
  const { name } = advertisement.metadata
  const read = readBgp(advertisement)
  for (const pool of pools.values()) {
    if (!pool.bgp.some((announced) => announced.name === name)) continue
    for (const family of [4, 6] as const) {
      const own = pool.blocks.filter((block) => block.family === family).map(({ bits }) => bits)
      const length = family === 4 ? read.aggregationLength : read.aggregationLengthV6
      const lowest = Math.min(...own)
      if (own.length === 0 || length >= lowest) continue
      const where = `prefix ${lowest} in this pool is more specific than the aggregation length`
      throw new ConfigurationError(`invalid aggregation length ${length}: ${where} for addresses of pool ${pool.name}`)
    }
  }
}

function readPeer({ metadata, spec }: BGPPeer): BgpPeer {
  const { myASN = 0, peerASN = 0, peerAddress = '', holdTime, bfdProfile = '', nodeSelectors = [] } = spec
  if (myASN === 0) throw new ConfigurationError('missing local ASN')
  if (peerASN === 0) throw new ConfigurationError('missing peer ASN')
  if (parseAddress(peerAddress) === undefined) {
    throw new ConfigurationError(`invalid BGPPeer address ${JSON.stringify(peerAddress)}`)
  }
  return {
    name: metadata.name,
    myAsn: myASN,
    peerAsn: peerASN,
    peerAddress,
    holdTimeSeconds:
      holdTime === undefined ? DEFAULT_HOLD_SECONDS : checkedHoldTime(parseDuration(holdTime) / 1e6, holdTime),
    bfd: bfdProfile !== '',
    nodeSelectors,
  }
}

// MetalLB's configuration up to release 0.12: the key `config` of the ConfigMap `config`, read strictly. What does not parse
// leaves the configuration as it was; the reason is for the log.
// Source: metallb v0.12 internal/config/config.go.

import { compareText, parseDuration } from '@podwire/engine'
import { type LabelSelector, parseYaml } from '@podwire/apiserver'
import { blocksOf } from './address-range.ts'
import {
  type AddressPool,
  type BgpAdvertisement,
  type BgpPeer,
  checkedHoldTime,
  checkPools,
  type Configuration,
  DEFAULT_HOLD_SECONDS,
} from './configuration.ts'
import { ConfigurationError } from './configuration-error.ts'

type Fields = Readonly<Record<string, unknown>>

/** @throws ConfigurationError that says what is wrong */
export function readConfigText(text: string): Configuration {
  const top = fieldsOf(parseYaml(text), 'the configuration')
  only(top, ['address-pools', 'peers', 'bgp-communities', 'bfd-profiles', 'peer-autodiscovery'], 'the configuration')
  const profiles = new Set(listOf(top['bfd-profiles'], 'bfd-profiles').map(({ name }) => textOf(name)))
  const pools = listOf(top['address-pools'], 'address-pools').map(readPool)
  checkPools(pools)
  const peers = listOf(top['peers'], 'peers').map((peer, i) => readPeer(peer, i, profiles))
  return { pools: pools.toSorted((a, b) => compareText(a.name, b.name)), peers }
}

const POOL_KEYS = ['name', 'protocol', 'addresses', 'auto-assign', 'avoid-buggy-ips', 'bgp-advertisements']

function readPool(pool: Fields): AddressPool {
  const name = textOf(pool['name'])
  if (name === '') throw new ConfigurationError('missing pool name')
  only(pool, POOL_KEYS, `pool ${JSON.stringify(name)}`)
  const addresses = Array.isArray(pool['addresses']) ? pool['addresses'].map(textOf) : []
  const protocol = textOf(pool['protocol'])
  if (protocol === '') throw new ConfigurationError('address pool is missing the protocol field')
  if (protocol !== 'layer2' && protocol !== 'bgp')
    throw new ConfigurationError(`unknown protocol ${JSON.stringify(protocol)}`)
  const advertisements = listOf(pool['bgp-advertisements'], 'bgp-advertisements')
  if (protocol === 'layer2' && advertisements.length > 0) {
    throw new ConfigurationError('cannot have bgp-advertisements configuration element in a layer2 address pool')
  }
  const blocks = blocksOf(name, addresses)
  return {
    name,
    blocks,
    autoAssign: pool['auto-assign'] !== false,
    avoidBuggyIPs: pool['avoid-buggy-ips'] === true,
    layer2: protocol === 'layer2' ? [{ nodeSelectors: [], serviceSelectors: [], interfaces: [] }] : [],
    bgp: protocol === 'layer2' ? [] : (advertisements.length === 0 ? [{}] : advertisements).map(readAdvertisement),
  }
}

function readAdvertisement(advertisement: Fields): BgpAdvertisement {
  only(
    advertisement,
    ['aggregation-length', 'aggregation-length-v6', 'localpref', 'communities'],
    'a BGP advertisement',
  )
  const aggregationLength = numberOf(advertisement['aggregation-length'], 32)
  if (aggregationLength > 32) throw new ConfigurationError(`invalid aggregation length ${aggregationLength} for IPv4`)
  const aggregationLengthV6 = numberOf(advertisement['aggregation-length-v6'], 128)
  if (aggregationLengthV6 > 128)
    throw new ConfigurationError(`invalid aggregation length ${aggregationLengthV6} for IPv6`)
  const localPref = numberOf(advertisement['localpref'], 0)
  return {
    name: '',
    aggregationLength,
    aggregationLengthV6,
    localPref,
    peers: [],
    nodeSelectors: [],
    serviceSelectors: [],
  }
}

const PEER_KEYS = [
  'my-asn',
  'peer-asn',
  'peer-address',
  'peer-port',
  'source-address',
  'hold-time',
  'keepalive-time',
  'router-id',
  'node-selectors',
  'password',
  'bfd-profile',
  'ebgp-multihop',
]

function readPeer(peer: Fields, index: number, profiles: ReadonlySet<string>): BgpPeer {
  const where = `peer #${index + 1}`
  only(peer, PEER_KEYS, where)
  const myAsn = numberOf(peer['my-asn'], 0)
  if (myAsn === 0) throw new ConfigurationError(`parsing ${where}: missing local ASN`)
  const peerAsn = numberOf(peer['peer-asn'], 0)
  if (peerAsn === 0) throw new ConfigurationError(`parsing ${where}: missing peer ASN`)
  const profile = textOf(peer['bfd-profile'])
  if (profile !== '' && !profiles.has(profile)) {
    throw new ConfigurationError(`parsing ${where}: unknown BFD profile ${JSON.stringify(profile)}`)
  }
  const holdTime = textOf(peer['hold-time'])
  return {
    name: `peer${index + 1}`,
    myAsn,
    peerAsn,
    peerAddress: textOf(peer['peer-address']),
    holdTimeSeconds: holdTime === '' ? DEFAULT_HOLD_SECONDS : checkedHoldTime(parseDuration(holdTime) / 1e6, holdTime),
    bfd: profile !== '',
    nodeSelectors: listOf(peer['node-selectors'], 'node-selectors').map(readSelector),
  }
}

function readSelector(selector: Fields): LabelSelector {
  only(selector, ['match-labels', 'match-expressions'], 'a node selector')
  const labels = selector['match-labels']
  const matchLabels = labels === undefined ? {} : fieldsOf(labels, 'match-labels')
  return {
    matchLabels: Object.fromEntries(Object.entries(matchLabels).map(([key, value]) => [key, textOf(value)])),
    matchExpressions: listOf(selector['match-expressions'], 'match-expressions').map(({ key, operator, values }) => ({
      key: textOf(key),
      operator: textOf(operator),
      values: Array.isArray(values) ? values.map(textOf) : [],
    })),
  }
}

function fieldsOf(value: unknown, what: string): Fields {
  if (value === null || value === undefined) return {}
  if (typeof value === 'object' && !Array.isArray(value)) return Object.fromEntries(Object.entries(value))
  throw new ConfigurationError(`could not parse config: ${what} is no mapping`)
}

function listOf(value: unknown, what: string): readonly Fields[] {
  if (value === null || value === undefined) return []
  if (Array.isArray(value)) return value.map((entry) => fieldsOf(entry, `an entry of ${what}`))
  throw new ConfigurationError(`could not parse config: ${what} is no list`)
}

function only(fields: Fields, known: readonly string[], what: string): void {
  const unknown = Object.keys(fields).find((key) => !known.includes(key))
  if (unknown !== undefined)
    throw new ConfigurationError(`could not parse config: field ${unknown} not found in ${what}`)
}

const textOf = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')

function numberOf(value: unknown, absent: number): number {
  if (value === undefined) return absent
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  throw new ConfigurationError(`could not parse config: ${JSON.stringify(value)} is no whole number`)
}

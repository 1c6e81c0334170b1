// The chains of the kube-proxy table that do not depend on any Service: base chains, checks, masquerading.
// Source: kubernetes pkg/proxy/nftables/proxier.go, setupNFTables (v1.29 to v1.36).

import { cidrOf, hostCidr, type Cidr } from '../addresses/cidr.ts'
import { baseChain } from './base-chains.ts'
import { mergeIntervals } from './intervals.ts'
import type { NftOptions } from './options.ts'
import { DROP_VERDICT, nftRule, type Field, type NftRule, type NftVerdict, type Statement } from './rule.ts'
import { chainOf, type NftChain } from './table.ts'

export const TRIPLE: readonly Field[] = ['daddr', 'l4proto', 'dport']
export const PORT_PAIR: readonly Field[] = ['l4proto', 'dport']
export const HAIRPIN: readonly Field[] = ['saddr', 'daddr', 'l4proto', 'dport']
const ALLOWED: readonly Field[] = [...TRIPLE, 'saddr']
const DESTINATION: readonly Field[] = ['daddr']

const LOOPBACK = { ipv4: cidrOf('127.0.0.0/8'), ipv6: cidrOf('::1/128') }
const LOCAL: Statement = { kind: 'fib-local', field: 'daddr' }
const DROP: Statement = { kind: 'verdict', verdict: DROP_VERDICT }
const RETURN: Statement = { kind: 'verdict', verdict: { kind: 'return' } }

/** Up to 1.35 marking is left to this chain. */
export const MARK_CHAIN: NftVerdict = { kind: 'jump', chain: 'mark-for-masquerade' }

/** In the order they are made in. */
export function fixedChains(options: NftOptions): readonly NftChain[] {
  const { layout } = options
  return [
    ...layout.baseChains.map(baseChain),
    ...(layout.checksTogether ? endpointsCheck(options) : endpointsChecks(options)),
    ...(layout.dropsInvalid ? [chainOf('forward', options.dropInvalid ? [DROPS_INVALID] : [])] : []),
    ...firewallChains(options),
    chainOf('services', servicesRules(options)),
    chainOf('masquerading', masqueradingRules(options)),
    ...(layout.knowsClusterIps ? [chainOf('cluster-ips-check', clusterIpsRules(options))] : []),
    ...(layout.marksInChain ? [chainOf('mark-for-masquerade', [nftRule([setMark('|', options)])])] : []),
    chainOf(
      'reject-chain',
      [nftRule([{ kind: 'reject' }])],
      'helper for @no-endpoint-services / @no-endpoint-nodeports',
    ),
  ]
}

const DROPS_INVALID = nftRule([{ kind: 'ct-state', state: 'INVALID' }, DROP])

const portVmap = (map: string): Statement => ({ kind: 'vmap', fields: PORT_PAIR, map })
const addressVmap = (map: string): Statement => ({ kind: 'vmap', fields: TRIPLE, map })

function setMark(operation: '|' | '^', { masqueradeMark: value }: NftOptions): Statement {
  return { kind: 'set-mark', operation, value }
}

function endpointsChecks(options: NftOptions): readonly NftChain[] {
  return [
    chainOf('nodeport-endpoints-check', [nftRule([...nodeAddress(options), portVmap('no-endpoint-nodeports')])]),
    chainOf('service-endpoints-check', [nftRule([addressVmap('no-endpoint-services')])]),
  ]
}

function endpointsCheck(options: NftOptions): readonly NftChain[] {
  return [
    chainOf('endpoints-check', [
      nftRule([addressVmap('no-endpoint-services')]),
      nftRule([...localNodeAddress(options), portVmap('no-endpoint-nodeports')]),
    ]),
  ]
}

function firewallChains({ layout }: NftOptions): readonly NftChain[] {
  if (layout.firewall !== 'sets') return [chainOf('firewall-check', [nftRule([addressVmap('firewall-ips')])])]
  const allowed: Statement = { kind: 'lookup', fields: ALLOWED, set: 'firewall-allow' }
  return [
    chainOf('firewall-check', [
      nftRule([
        { kind: 'lookup', fields: TRIPLE, set: 'firewall' },
        { kind: 'verdict', verdict: { kind: 'jump', chain: 'firewall-allow-check' } },
      ]),
    ]),
    chainOf('firewall-allow-check', [nftRule([allowed, RETURN]), nftRule([DROP])]),
  ]
}

/** Packets for an address that serves node ports. In the input hook every packet is for an address of the node. */
function nodeAddress({ nodePortSet, family }: NftOptions): readonly Statement[] {
  if (nodePortSet) return [{ kind: 'lookup', fields: DESTINATION, set: 'nodeport-ips' }]
  return [{ kind: 'network', field: 'daddr', cidr: LOOPBACK[family], negated: true }]
}

/** The same in the other hooks. */
function localNodeAddress(options: NftOptions): readonly Statement[] {
  return options.nodePortSet ? nodeAddress(options) : [LOCAL, ...nodeAddress(options)]
}

function servicesRules(options: NftOptions): readonly NftRule[] {
  const rules = [
    nftRule([addressVmap('service-ips')]),
    nftRule([...localNodeAddress(options), portVmap('service-nodeports')]),
  ]
  if (options.layout.clusterIpRule !== 'shared') return rules
  const toClusterIp: Statement = { kind: 'lookup', fields: DESTINATION, set: 'cluster-ips' }
  const mark = setMark('|', options)
  if (options.masqueradeAll) return [nftRule([toClusterIp, mark], 'masquerade all clusterIP traffic'), ...rules]
  const outside = options.podTraffic(true)
  if (outside === undefined) return rules
  return [nftRule([toClusterIp, outside, mark], 'masquerade clusterIP traffic from outside cluster'), ...rules]
}

function masqueradingRules(options: NftOptions): readonly NftRule[] {
  const isMarked = (isSet: boolean): Statement => ({ kind: 'mark', mask: options.masqueradeMark, isSet })
  const unmark = setMark('^', options)
  const masquerade: Statement = { kind: 'masquerade' }
  if (options.layout.marksInChain) return [nftRule([isMarked(false), RETURN]), nftRule([unmark]), nftRule([masquerade])]
  return [
    nftRule([isMarked(true), unmark, masquerade]),
    nftRule([{ kind: 'ct-status-dnat' }, { kind: 'lookup', fields: HAIRPIN, set: 'hairpin-connections' }, masquerade]),
  ]
}

function clusterIpsRules({ serviceCidrs, family }: NftOptions): readonly NftRule[] {
  const reject = nftRule(
    [{ kind: 'lookup', fields: DESTINATION, set: 'cluster-ips' }, { kind: 'reject' }],
    'Reject traffic to invalid ports of ClusterIPs',
  )
  if (serviceCidrs.length === 0) return [reject]
  return [
    reject,
    nftRule([oneOf('daddr', serviceCidrs, family, false), DROP], 'Drop traffic to unallocated ClusterIPs'),
  ]
}

/** A set of one element is no set to nft. */
export function oneOf(
  field: 'saddr' | 'daddr',
  cidrs: readonly Cidr[],
  family: NftOptions['family'],
  negated: boolean,
): Statement {
  const [first] = cidrs
  if (first !== undefined && cidrs.length === 1) return { kind: 'network', field, cidr: first, negated }
  return { kind: 'intervals', field, intervals: mergeIntervals(cidrs, family), negated }
}

/** `ip daddr 10.96.0.1` */
export function addressIs(field: 'saddr' | 'daddr', address: string): Statement {
  return { kind: 'network', field, cidr: hostCidr(address), negated: false }
}

// The chains of the kube-proxy table that do not depend on any Service: base chains, checks, masquerading.
// Source: kubernetes pkg/proxy/nftables/proxier.go, setupNFTables (v1.36).

import { cidrOf, type Cidr } from '../addresses/cidr.ts'
import type { NftOptions } from './options.ts'
import { mergeIntervals } from './intervals.ts'
import { DROP_VERDICT, nftRule, type Field, type NftRule, type Statement } from './rule.ts'
import { chainOf, type BaseHook, type NftChain } from './table.ts'

export const TRIPLE: readonly Field[] = ['daddr', 'l4proto', 'dport']
export const PORT_PAIR: readonly Field[] = ['l4proto', 'dport']
export const HAIRPIN: readonly Field[] = ['saddr', 'daddr', 'l4proto', 'dport']
const DESTINATION: readonly Field[] = ['daddr']

const LOOPBACK = { ipv4: cidrOf('127.0.0.0/8'), ipv6: cidrOf('::1/128') }
const CT_NEW: Statement = { kind: 'ct-state-new' }
const jump = (chain: string): Statement => ({ kind: 'verdict', verdict: { kind: 'jump', chain } })

export function fixedChains(options: NftOptions): readonly NftChain[] {
  return [
    baseChain('filter-prerouting-pre-dnat', 'filter', 'prerouting', 'dstnat - 10', ['firewall-check']),
    baseChain('filter-output-pre-dnat', 'filter', 'output', '-110', ['firewall-check']),
    baseChain('filter-input', 'filter', 'input', 'filter', ['nodeport-endpoints-check', 'service-endpoints-check']),
    baseChain('filter-forward', 'filter', 'forward', 'filter', ['service-endpoints-check', 'cluster-ips-check']),
    baseChain('filter-output', 'filter', 'output', 'filter', ['service-endpoints-check', 'cluster-ips-check']),
    baseChain('nat-prerouting', 'nat', 'prerouting', 'dstnat', ['services']),
    baseChain('nat-output', 'nat', 'output', '-100', ['services']),
    baseChain('nat-postrouting', 'nat', 'postrouting', 'srcnat', ['masquerading']),
    chainOf('nodeport-endpoints-check', [nftRule([...nodeAddress(options), portVmap('no-endpoint-nodeports')])]),
    chainOf('service-endpoints-check', [nftRule([{ kind: 'vmap', fields: TRIPLE, map: 'no-endpoint-services' }])]),
    chainOf('firewall-check', [nftRule([{ kind: 'vmap', fields: TRIPLE, map: 'firewall-ips' }])]),
    chainOf('services', servicesRules(options)),
    chainOf('masquerading', masqueradingRules(options.masqueradeMark)),
    chainOf('cluster-ips-check', clusterIpsRules(options)),
    chainOf(
      'reject-chain',
      [nftRule([{ kind: 'reject' }])],
      'helper for @no-endpoint-services / @no-endpoint-nodeports',
    ),
  ]
}

function baseChain(
  name: string,
  type: BaseHook['type'],
  hook: BaseHook['hook'],
  priority: string,
  targets: readonly string[],
): NftChain {
  const rules = targets.map((target) => nftRule(type === 'filter' ? [CT_NEW, jump(target)] : [jump(target)]))
  return { name, base: { type, hook, priority, policy: 'accept' }, comment: undefined, rules }
}

const portVmap = (map: string): Statement => ({ kind: 'vmap', fields: PORT_PAIR, map })

/** Packets for an address that serves node ports. In the input hook every packet is for an address of the node. */
function nodeAddress({ nodePortSet, family }: NftOptions): readonly Statement[] {
  if (nodePortSet) return [{ kind: 'lookup', fields: DESTINATION, set: 'nodeport-ips' }]
  return [{ kind: 'network', field: 'daddr', cidr: LOOPBACK[family], negated: true }]
}

function servicesRules(options: NftOptions): readonly NftRule[] {
  const local: readonly Statement[] = options.nodePortSet ? [] : [{ kind: 'fib-local', field: 'daddr' }]
  const rules = [
    nftRule([{ kind: 'vmap', fields: TRIPLE, map: 'service-ips' }]),
    nftRule([...local, ...nodeAddress(options), portVmap('service-nodeports')]),
  ]
  const toClusterIp: Statement = { kind: 'lookup', fields: DESTINATION, set: 'cluster-ips' }
  const mark: Statement = { kind: 'set-mark', operation: '|', value: options.masqueradeMark }
  if (options.masqueradeAll) return [nftRule([toClusterIp, mark], 'masquerade all clusterIP traffic'), ...rules]
  const outside = options.podTraffic(true)
  if (outside === undefined) return rules
  return [nftRule([toClusterIp, outside, mark], 'masquerade clusterIP traffic from outside cluster'), ...rules]
}

function masqueradingRules(mark: number): readonly NftRule[] {
  return [
    nftRule([{ kind: 'mark', mask: mark }, { kind: 'set-mark', operation: '^', value: mark }, { kind: 'masquerade' }]),
    nftRule([
      { kind: 'ct-status-dnat' },
      { kind: 'lookup', fields: HAIRPIN, set: 'hairpin-connections' },
      { kind: 'masquerade' },
    ]),
  ]
}

function clusterIpsRules({ serviceCidrs, family }: NftOptions): readonly NftRule[] {
  const reject = nftRule(
    [{ kind: 'lookup', fields: DESTINATION, set: 'cluster-ips' }, { kind: 'reject' }],
    'Reject traffic to invalid ports of ClusterIPs',
  )
  if (serviceCidrs.length === 0) return [reject]
  const drop: Statement = { kind: 'verdict', verdict: DROP_VERDICT }
  return [
    reject,
    nftRule([oneOf('daddr', serviceCidrs, family, false), drop], 'Drop traffic to unallocated ClusterIPs'),
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

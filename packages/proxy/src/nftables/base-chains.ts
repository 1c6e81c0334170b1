// The chains of the kube-proxy table that the kernel calls, and what each jumps to, as three generations of releases had them.
// Source: kubernetes pkg/proxy/nftables/proxier.go, nftablesBaseChains and nftablesJumpChains (v1.29, v1.30 to v1.33, v1.34 to v1.36).

import { nftRule, type Statement } from './rule.ts'
import type { BaseHook, NftChain } from './table.ts'

export interface BaseChainLayout extends Pick<BaseHook, 'type' | 'hook' | 'priority'> {
  readonly name: string
  readonly jumps: readonly Jump[]
}

interface Jump {
  readonly chain: string
  /** For the first packet of a connection only. */
  readonly newOnly: boolean
}

const CT_NEW: Statement = { kind: 'ct-state', state: 'NEW' }

function filter(hook: BaseHook['hook'], priority: string, name: string, targets: readonly string[]): BaseChainLayout {
  return { name, type: 'filter', hook, priority, jumps: targets.map((chain) => ({ chain, newOnly: true })) }
}

function nat(hook: BaseHook['hook'], priority: string, chain: string): BaseChainLayout {
  return { name: `nat-${hook}`, type: 'nat', hook, priority, jumps: [{ chain, newOnly: false }] }
}

const NAT: readonly BaseChainLayout[] = [
  nat('prerouting', 'dstnat', 'services'),
  nat('output', '-100', 'services'),
  nat('postrouting', 'srcnat', 'masquerading'),
]

/** What comes from outside has been translated before `forward` looks for guarded addresses, and passes. */
export const BASE_CHAINS_OF_1_29: readonly BaseChainLayout[] = [
  filter('input', '-101', 'filter-input', ['endpoints-check', 'firewall-check']),
  {
    ...filter('forward', '-101', 'filter-forward', []),
    jumps: [
      { chain: 'endpoints-check', newOnly: true },
      { chain: 'forward', newOnly: false },
      { chain: 'firewall-check', newOnly: true },
    ],
  },
  filter('output', '-101', 'filter-output', ['endpoints-check', 'firewall-check']),
  ...NAT,
]

/** Filters stand in front of DNAT, also where nothing is translated. */
export const BASE_CHAINS_IN_FRONT: readonly BaseChainLayout[] = [
  filter('prerouting', 'dstnat - 10', 'filter-prerouting', ['firewall-check']),
  filter('input', '-110', 'filter-input', ['nodeport-endpoints-check', 'service-endpoints-check']),
  filter('forward', '-110', 'filter-forward', ['service-endpoints-check', 'cluster-ips-check']),
  filter('output', '-110', 'filter-output', ['service-endpoints-check', 'firewall-check']),
  filter('output', '-90', 'filter-output-post-dnat', ['cluster-ips-check']),
  ...NAT,
]

export const BASE_CHAINS_BEHIND_DNAT: readonly BaseChainLayout[] = [
  filter('prerouting', 'dstnat - 10', 'filter-prerouting-pre-dnat', ['firewall-check']),
  filter('output', '-110', 'filter-output-pre-dnat', ['firewall-check']),
  filter('input', 'filter', 'filter-input', ['nodeport-endpoints-check', 'service-endpoints-check']),
  filter('forward', 'filter', 'filter-forward', ['service-endpoints-check', 'cluster-ips-check']),
  filter('output', 'filter', 'filter-output', ['service-endpoints-check', 'cluster-ips-check']),
  ...NAT,
]

export function baseChain({ name, type, hook, priority, jumps }: BaseChainLayout): NftChain {
  const rules = jumps.map(({ chain, newOnly }) => {
    const jump: Statement = { kind: 'verdict', verdict: { kind: 'jump', chain } }
    return nftRule(newOnly ? [CT_NEW, jump] : [jump])
  })
  return { name, base: { type, hook, priority, policy: 'accept' }, comment: undefined, rules }
}

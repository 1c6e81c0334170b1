// The chains of kube-proxy that do not depend on any Service: the jumps from the hooks, masquerading, forwarding, localnet.
// Source: kubernetes pkg/proxy/iptables/proxier.go, iptablesJumpChains and writes at the end of syncProxyRules (v1.36).

import { cidrOf } from '../addresses/cidr.ts'
import { builtInChain, chainOf, type Chain } from './chain.ts'
import type { IptablesOptions } from './options.ts'
import {
  ACCEPT_TARGET,
  comment,
  DROP_TARGET,
  jumpByName,
  RETURN_TARGET,
  rule,
  type CtStateName,
  type Match,
  type Rule,
  type TableName,
} from './rule.ts'

export interface FixedChains {
  readonly markMasquerade: Chain
  readonly tables: ReadonlyMap<TableName, ReadonlyMap<string, Chain>>
}

const LOOPBACK_V4 = cidrOf('127.0.0.0/8')
const CANARY = chainOf('KUBE-PROXY-CANARY', [])

export function fixedChains(options: IptablesOptions): FixedChains {
  const mark = options.masqueradeMark
  const markMasquerade = chainOf('KUBE-MARK-MASQ', [rule({ kind: 'mark', value: mark, mask: mark })])
  const mangle = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'].map((name) => builtInChain(name, []))
  return {
    markMasquerade,
    tables: new Map<TableName, ReadonlyMap<string, Chain>>([
      ['mangle', byName([...mangle, CANARY])],
      ['filter', byName([...filterHooks(), forwardChain(options), localnetChain(options), CANARY])],
      ['nat', byName([...natHooks(), markMasquerade, masqueradeChain(mark), CANARY])],
    ]),
  }
}

export function byName(chains: readonly Chain[]): ReadonlyMap<string, Chain> {
  return new Map(chains.map((chain) => [chain.name, chain]))
}

export const ctState = (states: readonly CtStateName[], negated = false): Match => ({
  kind: 'conntrack',
  states,
  negated,
})

/** A jump from a hook; `NEW` asks only the first packets of a connection to take it. */
export function hookJump(chain: string, text: string | undefined, state?: 'NEW'): Rule {
  const matches = [...(state === undefined ? [] : [ctState([state])]), ...(text === undefined ? [] : [comment(text)])]
  return rule(jumpByName(chain), { matches })
}

// Counters belong to rules: each chain has rules of its own, even where they read the same.
function filterHooks(): readonly Chain[] {
  const localnet = (): Rule => hookJump('KUBE-FIREWALL', undefined)
  const firewall = (): Rule => hookJump('KUBE-PROXY-FIREWALL', 'kubernetes load balancer firewall', 'NEW')
  const services = (): Rule => hookJump('KUBE-SERVICES', 'kubernetes service portals', 'NEW')
  const external = (): Rule =>
    hookJump('KUBE-EXTERNAL-SERVICES', 'kubernetes externally-visible service portals', 'NEW')
  const nodePorts = hookJump('KUBE-NODEPORTS', 'kubernetes health check service ports')
  const forwarding = hookJump('KUBE-FORWARD', 'kubernetes forwarding rules')
  return [
    builtInChain('INPUT', [localnet(), firewall(), nodePorts, external()]),
    builtInChain('FORWARD', [firewall(), forwarding, services(), external()]),
    builtInChain('OUTPUT', [localnet(), firewall(), services()]),
  ]
}

/** The nat table's hooks, the same in every release. */
export function natHooks(): readonly Chain[] {
  const services = (): Rule => hookJump('KUBE-SERVICES', 'kubernetes service portals')
  return [
    builtInChain('PREROUTING', [services()]),
    builtInChain('INPUT', []),
    builtInChain('OUTPUT', [services()]),
    builtInChain('POSTROUTING', [hookJump('KUBE-POSTROUTING', 'kubernetes postrouting rules')]),
  ]
}

function masqueradeChain(mark: number): Chain {
  const text = 'kubernetes service traffic requiring SNAT'
  return chainOf('KUBE-POSTROUTING', [
    rule(RETURN_TARGET, { matches: [{ kind: 'mark', value: mark, mask: mark, negated: true }] }),
    // Takes the mark off, so that a packet that comes by again (an overlay network) is not masqueraded twice.
    rule({ kind: 'mark', value: mark, mask: 0 }),
    rule({ kind: 'masquerade', randomFully: true }, { matches: [comment(text)] }),
  ])
}

function forwardChain({ dropInvalid, nfacct, masqueradeMark }: IptablesOptions): Chain {
  const counter: readonly Match[] = nfacct ? [{ kind: 'nfacct', name: 'ct_state_invalid_dropped_pkts' }] : []
  const invalid = rule(DROP_TARGET, { matches: [ctState(['INVALID']), ...counter] })
  const marked = { kind: 'mark', value: masqueradeMark, mask: masqueradeMark, negated: false } as const
  return chainOf('KUBE-FORWARD', [
    ...(dropInvalid ? [invalid] : []),
    rule(ACCEPT_TARGET, { matches: [comment('kubernetes forwarding rules'), marked] }),
    rule(ACCEPT_TARGET, {
      matches: [comment('kubernetes forwarding conntrack rule'), ctState(['RELATED', 'ESTABLISHED'])],
    }),
  ])
}

/** route_localnet lets strangers send to 127.0.0.0/8; this keeps them out. The chain exists even when empty. */
function localnetChain({ family, localhostNodePorts }: IptablesOptions): Chain {
  if (family !== 'ipv4' || !localhostNodePorts) return chainOf('KUBE-FIREWALL', [])
  const block = rule(DROP_TARGET, {
    source: { cidr: LOOPBACK_V4, negated: true },
    destination: { cidr: LOOPBACK_V4, negated: false },
    matches: [comment('block incoming localnet connections'), ctState(['RELATED', 'ESTABLISHED', 'DNAT'], true)],
  })
  return chainOf('KUBE-FIREWALL', [block])
}

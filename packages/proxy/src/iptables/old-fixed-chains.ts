// The chains up to 1.18 that do not depend on any Service, and what kubelet of that time adds to them: KUBE-MARK-DROP, and
// KUBE-FIREWALL, which drops what was marked there.
// Source: kubernetes v1.18 pkg/proxy/iptables/proxier.go (iptablesJumpChains), pkg/kubelet/kubelet_network_linux.go.

import { builtInChain, chainOf, type Chain } from './chain.ts'
import { byName, ctState, hookJump, natHooks, type FixedChains } from './fixed-chains.ts'
import type { IptablesOptions, OldLayout } from './options.ts'
import { ACCEPT_TARGET, comment, DROP_TARGET, rule, type Match, type Rule, type TableName } from './rule.ts'

/** kubelet's --iptables-drop-bit. */
const DROP_MARK = 0x8000
const CANARY = chainOf('KUBE-PROXY-CANARY', [])

export function oldFixedChains(options: IptablesOptions, { hasCanary, isRandomFully }: OldLayout): FixedChains {
  const mark = options.masqueradeMark
  const markMasquerade = chainOf('KUBE-MARK-MASQ', [rule({ kind: 'mark', value: mark, mask: mark })])
  const markDrop = chainOf('KUBE-MARK-DROP', [rule({ kind: 'mark', value: DROP_MARK, mask: DROP_MARK })])
  const mangle = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'].map((name) => builtInChain(name, []))
  const canary = hasCanary ? [CANARY] : []
  const masquerade = rule(
    { kind: 'masquerade', randomFully: isRandomFully },
    { matches: [comment('kubernetes service traffic requiring SNAT'), marked(mark)] },
  )
  return {
    markMasquerade,
    tables: new Map<TableName, ReadonlyMap<string, Chain>>([
      ['mangle', byName([...mangle, ...canary])],
      ['filter', byName([...filterHooks(), forwardChain(options), dropChain(), ...canary])],
      ['nat', byName([...natHooks(), markMasquerade, markDrop, chainOf('KUBE-POSTROUTING', [masquerade]), ...canary])],
    ]),
  }
}

const marked = (mark: number): Match => ({ kind: 'mark', value: mark, mask: mark, negated: false })

function filterHooks(): readonly Chain[] {
  const services = (): Rule => hookJump('KUBE-SERVICES', 'kubernetes service portals', 'NEW')
  const external = hookJump('KUBE-EXTERNAL-SERVICES', 'kubernetes externally-visible service portals', 'NEW')
  // kubelet was there first, and kube-proxy puts its own in front.
  const firewall = (): Rule => hookJump('KUBE-FIREWALL', undefined)
  return [
    builtInChain('INPUT', [services(), external, firewall()]),
    builtInChain('FORWARD', [hookJump('KUBE-FORWARD', 'kubernetes forwarding rules'), services()]),
    builtInChain('OUTPUT', [services(), firewall()]),
  ]
}

function forwardChain({ dropInvalid, masqueradeMark, detector }: IptablesOptions): Chain {
  const known = ctState(['RELATED', 'ESTABLISHED'])
  const accept = (text: string, more: Match, parts: Partial<Rule> = {}): Rule =>
    rule(ACCEPT_TARGET, { ...parts, matches: [comment(text), more] })
  const pods = detector.kind === 'cluster-cidr' ? { cidr: detector.cidr, negated: false } : undefined
  return chainOf('KUBE-FORWARD', [
    ...(dropInvalid ? [rule(DROP_TARGET, { matches: [ctState(['INVALID'])] })] : []),
    accept('kubernetes forwarding rules', marked(masqueradeMark)),
    ...(pods === undefined
      ? []
      : [
          accept('kubernetes forwarding conntrack pod source rule', known, { source: pods }),
          accept('kubernetes forwarding conntrack pod destination rule', known, { destination: pods }),
        ]),
  ])
}

function dropChain(): Chain {
  const text = 'kubernetes firewall for dropping marked packets'
  return chainOf('KUBE-FIREWALL', [rule(DROP_TARGET, { matches: [comment(text), marked(DROP_MARK)] })])
}

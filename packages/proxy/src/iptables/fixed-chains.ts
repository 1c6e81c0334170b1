// The chains of kube-proxy that do not depend on any Service: the jumps from the hooks, masquerading, forwarding, localnet. And what
// kubelet added before 1.27: KUBE-MARK-DROP, and in KUBE-FIREWALL the rule that drops what was marked there.
// Source: kubernetes pkg/proxy/iptables/proxier.go, iptablesJumpChains and writes at the end of syncProxyRules; pkg/kubelet/
// kubelet_network_linux.go; of the releases named in layout.ts.

import { cidrOf } from '../addresses/cidr.ts'
import { builtInChain, chainOf, type Chain } from './chain.ts'
import type { IptablesLayout } from './layout.ts'
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

/** kubelet's --iptables-drop-bit. */
export const DROP_MARK = 0x8000

export function markDropChain(): Chain {
  return chainOf('KUBE-MARK-DROP', [rule({ kind: 'mark', value: DROP_MARK, mask: DROP_MARK })])
}

const known = new WeakMap<IptablesOptions, FixedChains>()

export function fixedChains(options: IptablesOptions): FixedChains {
  let chains = known.get(options)
  if (chains === undefined) {
    chains = createFixedChains(options)
    known.set(options, chains)
  }
  return chains
}

function createFixedChains(options: IptablesOptions): FixedChains {
  const { masqueradeMark: mark, layout } = options
  const markMasquerade = chainOf('KUBE-MARK-MASQ', [rule({ kind: 'mark', value: mark, mask: mark })])
  const mangle = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'].map((name) => builtInChain(name, []))
  const canary = layout.hasCanary ? [CANARY] : []
  const kubelets = layout.kubeletDrops ? [markDropChain()] : []
  return {
    markMasquerade,
    tables: new Map<TableName, ReadonlyMap<string, Chain>>([
      ['mangle', byName([...mangle, ...canary])],
      [
        'filter',
        byName([...filterHooks(layout), forwardChain(options, layout.forwarding), firewallChain(options), ...canary]),
      ],
      ['nat', byName([...natHooks(), markMasquerade, ...kubelets, masqueradeChain(mark, layout), ...canary])],
    ]),
  }
}

const marked = (mark: number, negated = false): Match => ({ kind: 'mark', value: mark, mask: mark, negated })

function byName(chains: readonly Chain[]): ReadonlyMap<string, Chain> {
  return new Map(chains.map((chain) => [chain.name, chain]))
}

const ctState = (states: readonly CtStateName[], negated = false): Match => ({
  kind: 'conntrack',
  states,
  negated,
})

/** A jump from a hook; `NEW` asks only the first packets of a connection to take it. */
function hookJump(chain: string, text: string | undefined, state?: 'NEW'): Rule {
  const matches = [...(state === undefined ? [] : [ctState([state])]), ...(text === undefined ? [] : [comment(text)])]
  return rule(jumpByName(chain), { matches })
}

// Counters belong to rules: each chain has rules of its own, even where they read the same.
function filterHooks({ hooks, kubeletDrops }: IptablesLayout): readonly Chain[] {
  const localnet = (): Rule => hookJump('KUBE-FIREWALL', undefined)
  const guard = (): Rule => hookJump('KUBE-PROXY-FIREWALL', 'kubernetes load balancer firewall', 'NEW')
  const services = (): Rule => hookJump('KUBE-SERVICES', 'kubernetes service portals', 'NEW')
  const external = (): Rule =>
    hookJump('KUBE-EXTERNAL-SERVICES', 'kubernetes externally-visible service portals', 'NEW')
  const nodePorts = (): Rule => hookJump('KUBE-NODEPORTS', 'kubernetes health check service ports')
  const when = (is: boolean, make: () => Rule): readonly Rule[] => (is ? [make()] : [])
  // Each new jump is put in front of the others; where kubelet makes its own, it was there first.
  const input = [
    ...when(hooks.firewall, guard),
    ...when(hooks.healthChecks, nodePorts),
    ...when(hooks.inputServices, services),
    external(),
  ]
  const output = [...when(hooks.firewall, guard), services()]
  const withLocalnet = (rules: readonly Rule[]): readonly Rule[] =>
    kubeletDrops ? [...rules, localnet()] : [localnet(), ...rules]
  return [
    builtInChain('INPUT', withLocalnet(input)),
    builtInChain('FORWARD', [
      ...when(hooks.firewall, guard),
      hookJump('KUBE-FORWARD', 'kubernetes forwarding rules'),
      services(),
      ...when(hooks.forwardExternal, external),
    ]),
    builtInChain('OUTPUT', withLocalnet(output)),
  ]
}

/** The nat table's hooks, the same in every release. */
function natHooks(): readonly Chain[] {
  const services = (): Rule => hookJump('KUBE-SERVICES', 'kubernetes service portals')
  return [
    builtInChain('PREROUTING', [services()]),
    builtInChain('INPUT', []),
    builtInChain('OUTPUT', [services()]),
    builtInChain('POSTROUTING', [hookJump('KUBE-POSTROUTING', 'kubernetes postrouting rules')]),
  ]
}

function masqueradeChain(mark: number, { clearsMark, isRandomFully }: IptablesLayout): Chain {
  const text = comment('kubernetes service traffic requiring SNAT')
  const target = { kind: 'masquerade', randomFully: isRandomFully } as const
  if (!clearsMark) return chainOf('KUBE-POSTROUTING', [rule(target, { matches: [text, marked(mark)] })])
  return chainOf('KUBE-POSTROUTING', [
    rule(RETURN_TARGET, { matches: [marked(mark, true)] }),
    // Takes the mark off, so that a packet that comes by again (an overlay network) is not masqueraded twice.
    rule({ kind: 'mark', value: mark, mask: 0 }),
    rule(target, { matches: [text] }),
  ])
}

export function forwardChain(
  { dropInvalid, nfacct, masqueradeMark, detector }: IptablesOptions,
  forwarding: IptablesLayout['forwarding'],
): Chain {
  const counter: readonly Match[] = nfacct ? [{ kind: 'nfacct', name: 'ct_state_invalid_dropped_pkts' }] : []
  const invalid = rule(DROP_TARGET, { matches: [ctState(['INVALID']), ...counter] })
  const known = ctState(['RELATED', 'ESTABLISHED'])
  const accept = (text: string, more: Match, parts: Partial<Rule> = {}): Rule =>
    rule(ACCEPT_TARGET, { ...parts, matches: [comment(text), more] })
  const both = (source: Partial<Rule>, destination: Partial<Rule>): readonly Rule[] => [
    accept('kubernetes forwarding conntrack pod source rule', known, source),
    accept('kubernetes forwarding conntrack pod destination rule', known, destination),
  ]
  const acceptKnown = (): readonly Rule[] => {
    if (forwarding === 'once') return [accept('kubernetes forwarding conntrack rule', known)]
    if (forwarding === 'twice') return both({}, {})
    if (detector.kind !== 'cluster-cidr') return []
    const pods = { cidr: detector.cidr, negated: false }
    return both({ source: pods }, { destination: pods })
  }
  return chainOf('KUBE-FORWARD', [
    ...(dropInvalid ? [invalid] : []),
    accept('kubernetes forwarding rules', marked(masqueradeMark)),
    ...acceptKnown(),
  ])
}

/** KUBE-FIREWALL, which exists even when it is empty. route_localnet lets strangers send to 127.0.0.0/8: one rule keeps them out. */
export function firewallChain({ family, localhostNodePorts, layout }: IptablesOptions): Chain {
  const { kubeletDrops, loopbackGuard } = layout
  const guarded = loopbackGuard !== 'none' && family === 'ipv4' && (localhostNodePorts || kubeletDrops)
  const guard = guarded ? [loopbackRule()] : []
  const text = 'kubernetes firewall for dropping marked packets'
  const drop = kubeletDrops ? [rule(DROP_TARGET, { matches: [comment(text), marked(DROP_MARK)] })] : []
  return chainOf('KUBE-FIREWALL', loopbackGuard === 'first' ? [...guard, ...drop] : [...drop, ...guard])
}

function loopbackRule(): Rule {
  return rule(DROP_TARGET, {
    source: { cidr: LOOPBACK_V4, negated: true },
    destination: { cidr: LOOPBACK_V4, negated: false },
    matches: [comment('block incoming localnet connections'), ctState(['RELATED', 'ESTABLISHED', 'DNAT'], true)],
  })
}

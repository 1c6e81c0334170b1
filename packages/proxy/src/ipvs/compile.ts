// ipvs mode of one node without a cluster: what `podwire rules --mode ipvs` compiles and prints. Three texts, each in the form its own
// tool restores: the sets, the iptables rules that ask for them, and the virtual servers.

import { iptablesSave } from '../iptables/print.ts'
import type { Ruleset } from '../iptables/ruleset.ts'
import type { NodeFacts } from '../services/node-facts.ts'
import { ipsetSave, savedSet } from './ipset-text.ts'
import { NodeIpvs, type IpvsOptions } from './node-ipvs.ts'
import { inOrder } from './print.ts'
import { ipvsadmSave } from './rule-text.ts'
import { VirtualServer } from './virtual-server.ts'

export function compileIpvs(ruleset: Ruleset, node: NodeFacts, options: IpvsOptions): NodeIpvs {
  return new NodeIpvs(ruleset, node, options)
}

/** `ipset save`, `iptables-save` and `ipvsadm -S -n`, each under a comment line with its name. */
export function printIpvs(ipvs: NodeIpvs): string {
  const virtuals = inOrder([...ipvs.virtualServers().values()].map((spec) => new VirtualServer(spec)))
  return [
    '# ipset save\n',
    ipsetSave(ipvs.sets().map(savedSet)),
    ipvs.family === 'ipv4' ? '# iptables-save\n' : '# ip6tables-save\n',
    iptablesSave(ipvs.tables),
    '# ipvsadm -S -n\n',
    ipvsadmSave(virtuals.map(({ spec }) => spec)),
  ].join('')
}

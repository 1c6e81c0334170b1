// `ipvsadm -Ln` and `ipset list`. Source: ipvsadm 1.31; its last columns are padded, blanks at line ends included.

import type { Microseconds } from '@podwire/engine'
import { compareAddresses, hostPort } from '../addresses/ip.ts'
import type { RuleTables } from '../iptables/chain.ts'
import type { IpvsState } from './ipvs-state.ts'
import { keyOf, type NodeIpvs } from './node-ipvs.ts'
import type { VirtualServerSpec } from './virtual-server.ts'

const HEAD = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
`
const PROTOCOL_ORDER = ['tcp', 'udp', 'sctp']

export function ipvsadmList(families: readonly NodeIpvs[], state: IpvsState, nowUs: Microseconds): string {
  return HEAD + families.map((ipvs) => familyText(ipvs, state, nowUs)).join('')
}

function familyText(ipvs: NodeIpvs, state: IpvsState, nowUs: Microseconds): string {
  const specs = ipvs.virtualServers()
  return [...specs.values()]
    .filter((spec) => !state.isDeleted(keyOf(spec), spec, nowUs))
    .sort(byPlace)
    .map((spec) => virtualText(spec, state, nowUs))
    .join('')
}

function byPlace(a: VirtualServerSpec, b: VirtualServerSpec): number {
  const protocols = PROTOCOL_ORDER.indexOf(a.protocol) - PROTOCOL_ORDER.indexOf(b.protocol)
  if (protocols !== 0) return protocols
  const addresses = compareAddresses(a.address, b.address)
  return addresses === 0 ? a.port - b.port : addresses
}

function virtualText(spec: VirtualServerSpec, state: IpvsState, nowUs: Microseconds): string {
  const flags = spec.scheduler === 'mh' ? ' (mh-port)' : ''
  const persistent = spec.persistentSeconds === undefined ? '' : ` persistent ${spec.persistentSeconds}`
  const head = `${spec.protocol.toUpperCase().padEnd(4)} ${hostPort(spec.address, spec.port)} ${spec.scheduler}`
  const servers = [...state.virtualServer(keyOf(spec), spec, nowUs).servers].sort(
    (a, b) => compareAddresses(a.address, b.address) || a.port - b.port,
  )
  const lines = servers.map((server) => {
    const { active, inactive } = server.count(nowUs)
    const columns = ['Masq'.padEnd(7), column(server.weight, 6), column(active, 10), column(inactive, 10)]
    return `  -> ${server.text.padEnd(28)} ${columns.join(' ')}\n`
  })
  return `${head}${flags}${persistent}\n${lines.join('')}`
}

const column = (value: number, width: number): string => String(value).padEnd(width)

/** `ipset list [NAME]`; undefined: there is no set of that name. */
export function ipsetList(families: readonly NodeIpvs[], name?: string): string | undefined {
  const texts = families.flatMap((ipvs) =>
    ipvs
      .sets()
      .filter((set) => name === undefined || set.name === name)
      .map((set) => set.list(references(ipvs.tables, set.name))),
  )
  return name !== undefined && texts.length === 0 ? undefined : texts.join('\n')
}

function references(tables: RuleTables, set: string): number {
  let count = 0
  for (const table of ['nat', 'filter'] as const) {
    for (const name of tables.chainNames(table)) {
      for (const { matches } of tables.chain(table, name)?.rules() ?? []) {
        if (matches.some((match) => match.kind === 'set' && match.name === set)) count++
      }
    }
  }
  return count
}

// `ipvsadm -L` in its several shapes. Source: ipvsadm 1.31 (print_title, print_service_entry, print_conn, print_largenum); its last
// columns are padded, blanks at line ends included.

import { SECOND, type Microseconds } from '@podwire/engine'
import { compareAddresses, hostPort } from '../addresses/ip.ts'
import type { ListCommand } from './rule-text.ts'
import type { IpvsTimeouts } from './tcp-states.ts'
import type { Figures } from './traffic.ts'
import type { RealServer, VirtualServer, VirtualServerSpec } from './virtual-server.ts'

const HEAD = 'IP Virtual Server version 1.2.1 (size=4096)\n'
const SERVERS_TITLE = `Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
`
const PROTOCOL_ORDER = ['tcp', 'udp', 'sctp']

/** @param virtuals what there is, in any order */
export function ipvsadmList(virtuals: readonly VirtualServer[], nowUs: Microseconds, command: ListCommand): string {
  const { show } = command
  if (show === 'connections') return connectionList(virtuals, nowUs)
  const listed = inOrder(virtuals)
  const title = command.service === undefined ? HEAD : ''
  return `${title}${titleOf(show)}${listed.map((virtual) => virtualText(virtual, nowUs, command)).join('')}`
}

/** IPv4 before IPv6, then protocol, address and port. */
export function inOrder(virtuals: readonly VirtualServer[]): readonly VirtualServer[] {
  return [...virtuals].sort((a, b) => byPlace(a.spec, b.spec))
}

export function timeoutList({ tcpUs, tcpFinUs, udpUs }: IpvsTimeouts): string {
  return `Timeout (tcp tcpfin udp): ${[tcpUs, tcpFinUs, udpUs].map((us) => us / SECOND).join(' ')}\n`
}

function titleOf(show: ListCommand['show']): string {
  const wide = (...columns: readonly string[]): string =>
    `${'Prot LocalAddress:Port'.padEnd(33)} ${columns.join(' ')}\n  -> RemoteAddress:Port\n`
  const right = (text: string): string => text.padStart(8)
  switch (show) {
    case 'stats':
      return wide(...['Conns', 'InPkts', 'OutPkts', 'InBytes', 'OutBytes'].map(right))
    case 'rate':
      return wide(...['CPS', 'InPPS', 'OutPPS', 'InBPS', 'OutBPS'].map(right))
    case 'thresholds':
      return wide(...['Uthreshold', 'Lthreshold', 'ActiveConn', 'InActConn'].map((text) => text.padEnd(10)))
    case 'persistent':
      return wide('Weight'.padEnd(9), 'PersistConn', 'ActiveConn', 'InActConn'.padEnd(10))
    default:
      return SERVERS_TITLE
  }
}

function byPlace(a: VirtualServerSpec, b: VirtualServerSpec): number {
  const families = Number(a.address.includes(':')) - Number(b.address.includes(':'))
  if (families !== 0) return families
  const protocols = PROTOCOL_ORDER.indexOf(a.protocol) - PROTOCOL_ORDER.indexOf(b.protocol)
  return protocols === 0 ? compareAddresses(a.address, b.address) || a.port - b.port : protocols
}

function virtualText(virtual: VirtualServer, nowUs: Microseconds, { show, exact }: ListCommand): string {
  const { spec } = virtual
  const name = `${spec.protocol.toUpperCase().padEnd(4)} ${hostPort(spec.address, spec.port)}`
  const servers = [...virtual.servers].sort((a, b) => compareAddresses(a.address, b.address) || a.port - b.port)
  const lines = servers.map((server) => `  -> ${serverText(virtual, server, nowUs, show, exact)}\n`)
  const figures =
    show === 'stats' ? virtual.traffic.totals() : show === 'rate' ? virtual.traffic.rates(nowUs) : undefined
  if (figures !== undefined) return `${name.padEnd(33)}${numbers(figures, exact)}\n${lines.join('')}`
  const flags = spec.flags.length === 0 ? '' : ` (${spec.flags.join(',')})`
  const persistent = spec.persistentSeconds === undefined ? '' : ` persistent ${spec.persistentSeconds}`
  return `${name} ${spec.scheduler}${flags}${persistent}\n${lines.join('')}`
}

function serverText(
  virtual: VirtualServer,
  server: RealServer,
  nowUs: Microseconds,
  show: ListCommand['show'],
  exact: boolean,
): string {
  const name = (server.text.includes('[') ? server.text : server.text.slice(0, 28)).padEnd(28)
  if (show === 'stats') return `${name}${numbers(server.traffic.totals(), exact)}`
  if (show === 'rate') {
    const [conns, inPkts, outPkts, ...bytes] = server.traffic.rates(nowUs)
    const packets = [conns, inPkts, outPkts].map((value) => ` ${String(value).padStart(8)}`)
    return `${name}${packets.join('')}${numbers(bytes, exact)}`
  }
  const { active, inactive } = server.count(nowUs)
  const connections = `${column(active, 10)} ${column(inactive, 10)}`
  if (show === 'thresholds') return `${name} ${column(0, 10)} ${column(0, 10)} ${connections}`
  if (show === 'persistent') {
    const pinned = [...(virtual.templates?.values() ?? [])].filter(
      (one) => one.server === server && one.untilUs > nowUs,
    )
    return `${name} ${column(server.weight, 9)} ${column(pinned.length, 11)} ${connections}`
  }
  return `${name} ${'Masq'.padEnd(7)} ${column(server.weight, 6)} ${connections}`
}

const column = (value: number, width: number): string => String(value).padEnd(width)

function numbers(figures: Figures | readonly number[], exact: boolean): string {
  return figures.map((value) => (exact ? ` ${String(value).padStart(8)}` : shortNumber(value))).join('')
}

/** From 100 million on in thousands, and so on. */
function shortNumber(value: number): string {
  if (value < 1e8) return String(value).padStart(9)
  const [divisor, letter] =
    value < 1e9 ? [1e3, 'K'] : value < 1e11 ? [1e6, 'M'] : value < 1e14 ? [1e9, 'G'] : [1e12, 'T']
  return `${String(Math.floor(value / divisor)).padStart(8)}${letter}`
}

/** Connections, and the pins of persistent clients; sorted, as a hash table has no order. */
function connectionList(virtuals: readonly VirtualServer[], nowUs: Microseconds): string {
  const lines = virtuals.flatMap((virtual) => {
    const { protocol, address, port } = virtual.spec
    const line = (untilUs: Microseconds, state: string, client: string, server: RealServer): string => {
      const seconds = Math.max(0, Math.floor((untilUs - nowUs) / SECOND))
      const expires = `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`
      const names = `${client.padEnd(18)} ${hostPort(address, port).padEnd(18)} ${server.text}`
      return `${protocol.toUpperCase().padEnd(3)} ${expires.padEnd(6)} ${state.padEnd(11)} ${names}\n`
    }
    const connections = virtual.servers.flatMap((server) =>
      [...server.connections(nowUs)].map(({ connection: { original }, state, expiresAtUs }) =>
        line(expiresAtUs, state, hostPort(original.source, original.sourcePort), server),
      ),
    )
    const pins = [...(virtual.templates ?? [])]
      .filter(([, { untilUs }]) => untilUs > nowUs)
      .map(([client, { server, untilUs }]) => line(untilUs, 'NONE', hostPort(client, 0), server))
    return [...connections, ...pins]
  })
  const title = `pro expire ${'state'.padEnd(11)} ${'source'.padEnd(18)} ${'virtual'.padEnd(18)} destination\n`
  return `IPVS connection entries\n${title}${lines.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).join('')}`
}

const two = (value: number): string => String(value).padStart(2, '0')

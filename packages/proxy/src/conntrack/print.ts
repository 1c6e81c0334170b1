// `conntrack -L`. Source: conntrack-tools 1.4.7, libnetfilter_conntrack snprintf_default.c.

import { SECOND, type Microseconds } from '@podwire/engine'
import type { IpFamily, Protocol } from '../dataplane/packet.ts'
import type { ConnectionTable } from './connection-table.ts'
import type { Connection, Tuple } from './connection.ts'

const PROTOCOL_NUMBERS: Readonly<Record<Protocol, number>> = { icmp: 1, tcp: 6, udp: 17, sctp: 132 }

/** One line an entry, sorted, so that equal tables print equally. `conntrack -L` shows one family at a time. */
export function conntrackList(table: ConnectionTable, nowUs: Microseconds, family: IpFamily = 'ipv4'): string {
  const lines: string[] = []
  for (const connection of table.connections(nowUs)) {
    if (connection.family === family) lines.push(conntrackLine(connection, nowUs))
  }
  return lines
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    .map((line) => `${line}\n`)
    .join('')
}

export function conntrackLine(connection: Connection, nowUs: Microseconds): string {
  const { protocol, original, reply } = connection
  const name = protocol === 'icmp' && connection.family === 'ipv6' ? 'icmpv6' : protocol
  const number = name === 'icmpv6' ? 58 : PROTOCOL_NUMBERS[protocol]
  const seconds = Math.max(0, Math.floor((connection.expiresAtUs - nowUs) / SECOND))
  const shown = stateOf(connection)
  const state = shown === undefined ? '' : ` ${shown}`
  const unreplied = connection.seenReply ? '' : '[UNREPLIED] '
  const assured = connection.assured ? '[ASSURED] ' : ''
  const tuples = `${tupleText(protocol, original, 'original', name)} ${unreplied}${tupleText(protocol, reply, 'reply', name)}`
  return `${name.padEnd(8)} ${number} ${seconds}${state} ${tuples} ${assured}mark=0 use=1`
}

/** As -L and --state name it; undefined: its protocol has none. */
export function stateOf({ protocol, state, sctpState }: Connection): string | undefined {
  if (protocol === 'tcp') return state
  return protocol === 'sctp' ? sctpState : undefined
}

function tupleText(protocol: Protocol, tuple: Tuple, direction: 'original' | 'reply', name: string): string {
  const addresses = `src=${tuple.source} dst=${tuple.destination}`
  if (protocol !== 'icmp') return `${addresses} sport=${tuple.sourcePort} dport=${tuple.destinationPort}`
  const [request, answer] = name === 'icmpv6' ? [128, 129] : [8, 0]
  return `${addresses} type=${direction === 'original' ? request : answer} code=0 id=${tuple.sourcePort}`
}

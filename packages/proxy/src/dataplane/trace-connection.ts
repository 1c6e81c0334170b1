// The steps of a trace that no rule tells: what connection tracking knew, and what it rewrote.

import { hostPort } from '../addresses/ip.ts'
import type { Connection } from '../conntrack/connection.ts'
import { ctStateOf } from '../conntrack/track.ts'
import type { Packet } from './packet.ts'
import type { Trace } from './verdict.ts'

export function traceConnection(trace: Trace, packet: Packet, connection: Connection | undefined): void {
  const from = hostPort(packet.source, packet.sourcePort)
  const tuple = `${packet.protocol} ${from} -> ${hostPort(packet.destination, packet.destinationPort)}`
  const known = connection?.confirmed === true ? `known connection, ${packet.direction} direction` : 'new connection'
  const what =
    connection === undefined
      ? `${tuple}: INVALID, no connection starts like this`
      : `${tuple}: ${ctStateOf(packet)}, ${known}`
  const found = connection === undefined ? 'invalid' : connection.confirmed ? 'hit' : 'miss'
  trace.push({ at: 'conntrack', what, conntrack: found })
}

/** Call it before the packet is rewritten. */
export function traceDestination(trace: Trace, packet: Packet, connection: Connection): void {
  const original = packet.direction === 'original'
  if (original ? !connection.destinationNat : !connection.sourceNat) return
  const to = original
    ? hostPort(connection.replySource, connection.replySourcePort)
    : hostPort(connection.source, connection.sourcePort)
  const verb = original ? 'DNAT' : 'reply of a masqueraded connection:'
  const from = hostPort(packet.destination, packet.destinationPort)
  trace.push({
    at: 'conntrack',
    what: `${verb} destination ${from} -> ${to}`,
    rewrite: { field: 'destination', from, to },
  })
}

/** Call it before the packet is rewritten. */
export function traceSource(trace: Trace, packet: Packet, connection: Connection): void {
  const original = packet.direction === 'original'
  if (original ? !connection.sourceNat : !connection.destinationNat) return
  const to = original
    ? hostPort(connection.replyDestination, connection.replyDestinationPort)
    : hostPort(connection.destination, connection.destinationPort)
  const verb = original ? 'SNAT' : 'reply of a DNATed connection:'
  const from = hostPort(packet.source, packet.sourcePort)
  trace.push({ at: 'conntrack', what: `${verb} source ${from} -> ${to}`, rewrite: { field: 'source', from, to } })
}

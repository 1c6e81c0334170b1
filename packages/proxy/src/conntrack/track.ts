// What a packet does to its connection: state, timeout, the flags SEEN_REPLY and ASSURED.
// Source: net/netfilter/nf_conntrack_core.c and the protocol trackers.

import { SECOND, type Microseconds } from '@podwire/engine'
import type { Direction, Packet } from '../dataplane/packet.ts'
import { Connection, type CtState } from './connection.ts'
import { firstTcpState, nextTcpState } from './tcp-state.ts'
import { TCP_TIMEOUTS, timeoutOf } from './timeouts.ts'

const UDP_STREAM_AFTER_US = 2 * SECOND

/** A connection for its first packet; undefined when none may start like this (INVALID). */
export function startConnection(packet: Packet, nowUs: Microseconds): Connection | undefined {
  const state = packet.protocol === 'tcp' ? firstTcpState(packet.tcpFlags) : 'NONE'
  if (state === undefined) return undefined
  const connection = new Connection(packet.family, packet.protocol, packet, nowUs)
  connection.state = state
  connection.expiresAtUs = nowUs + timeoutOf(packet.protocol, state, false, false)
  return connection
}

/** The same for a SYN on a finished entry, which becomes the new connection. It is in no table now. */
export function restartConnection(connection: Connection, nowUs: Microseconds): Connection {
  connection.reopen(nowUs)
  connection.state = 'SYN_SENT'
  connection.expiresAtUs = nowUs + TCP_TIMEOUTS.SYN_SENT
  return connection
}

/** Accounts for one more packet of a known connection. */
export function trackPacket(connection: Connection, direction: Direction, tcpFlags: number, nowUs: Microseconds): void {
  if (direction === 'reply') connection.seenReply = true
  if (connection.protocol === 'tcp') {
    const state = nextTcpState(connection, direction, tcpFlags)
    connection.state = state
    if (state === 'ESTABLISHED' && connection.seenReply) connection.assured = true
    connection.expiresAtUs = nowUs + TCP_TIMEOUTS[state]
    return
  }
  const stream = connection.seenReply && nowUs - connection.startedAtUs > UDP_STREAM_AFTER_US
  if (connection.protocol === 'udp' ? stream : connection.protocol === 'sctp' && connection.seenReply) {
    connection.assured = true
  }
  connection.expiresAtUs = nowUs + timeoutOf(connection.protocol, connection.state, connection.seenReply, stream)
}

export function ctStateOf(packet: Packet): CtState {
  const { connection } = packet
  if (connection === undefined) return 'INVALID'
  return connection.seenReply ? 'ESTABLISHED' : 'NEW'
}

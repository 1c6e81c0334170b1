// What a packet does to its connection: state, timeout, the flags SEEN_REPLY and ASSURED.
// Source: net/netfilter/nf_conntrack_core.c and the protocol trackers.

import { SECOND, type Microseconds } from '@podwire/engine'
import { SCTP_INIT, type Direction, type Packet } from '../dataplane/packet.ts'
import { Connection, type CtState } from './connection.ts'
import { firstSctpState, nextSctpState, SCTP_TIMEOUTS } from './sctp-state.ts'
import { firstTcpState, nextTcpState } from './tcp-state.ts'
import { statelessTimeout, tcpTimeout } from './timeouts.ts'

const UDP_STREAM_AFTER_US = 2 * SECOND

/** A connection for its first packet; undefined when none may start like this (INVALID). */
export function startConnection(packet: Packet, nowUs: Microseconds): Connection | undefined {
  const { protocol, control } = packet
  const connection = new Connection(packet.family, protocol, packet, nowUs)
  if (protocol === 'tcp') {
    const state = firstTcpState(control)
    if (state === undefined) return undefined
    connection.state = state
    connection.expiresAtUs = nowUs + tcpTimeout(state)
  } else if (protocol === 'sctp') {
    const state = firstSctpState(control)
    if (state === undefined) return undefined
    connection.sctpState = state
    connection.expiresAtUs = nowUs + SCTP_TIMEOUTS[state]
  } else {
    connection.expiresAtUs = nowUs + statelessTimeout(protocol, false)
  }
  return connection
}

/** The same for a SYN on a finished entry, which becomes the new connection. It is in no table now. */
export function restartConnection(connection: Connection, nowUs: Microseconds): Connection {
  connection.reopen(nowUs)
  connection.state = 'SYN_SENT'
  connection.expiresAtUs = nowUs + tcpTimeout('SYN_SENT')
  return connection
}

/**
 * Accounts for one more packet of a known connection.
 * @param control TCP_* bits, or the type of an SCTP packet's chunk
 * @returns false when the connection can have no such packet now (INVALID)
 */
export function trackPacket(
  connection: Connection,
  direction: Direction,
  control: number,
  nowUs: Microseconds,
): boolean {
  const { protocol } = connection
  if (protocol === 'sctp') return trackSctp(connection, direction, control, nowUs)
  if (direction === 'reply') connection.seenReply = true
  if (protocol === 'tcp') {
    const state = nextTcpState(connection, direction, control)
    connection.state = state
    if (state === 'ESTABLISHED' && connection.seenReply) connection.assured = true
    connection.expiresAtUs = nowUs + tcpTimeout(state)
    return true
  }
  const stream = connection.seenReply && nowUs - connection.startedAtUs > UDP_STREAM_AFTER_US
  if (protocol === 'udp' && stream) connection.assured = true
  connection.expiresAtUs = nowUs + statelessTimeout(protocol, stream)
  return true
}

function trackSctp(connection: Connection, direction: Direction, chunk: number, nowUs: Microseconds): boolean {
  const before = connection.sctpState
  const state = nextSctpState(before, direction, chunk)
  if (state === undefined) return false
  if (direction === 'reply') connection.seenReply = true
  connection.sctpState = state
  if (state === 'ESTABLISHED' && before !== state) connection.assured = true
  // A client that only goes on asking does not keep the entry, and with it the endpoint, for ever.
  if (chunk === SCTP_INIT && state === 'CLOSED' && before === 'CLOSED') return true
  connection.expiresAtUs = nowUs + SCTP_TIMEOUTS[state]
  return true
}

export function ctStateOf(packet: Packet): CtState {
  const { connection } = packet
  if (connection === undefined) return 'INVALID'
  return connection.seenReply ? 'ESTABLISHED' : 'NEW'
}

// The TCP part of connection tracking: the next state from the present one, the packet's flags and its direction. Sequence numbers
// are not modelled (every segment is in window). Source: net/netfilter/nf_conntrack_proto_tcp.c, tcp_conntracks.

import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN, type Direction } from '../dataplane/packet.ts'
import type { Connection, TcpState } from './connection.ts'

/** The state of a connection whose first packet has these flags; undefined: no connection starts so (INVALID). */
export function firstTcpState(flags: number): TcpState | undefined {
  if ((flags & TCP_RST) !== 0) return undefined
  if ((flags & TCP_SYN) !== 0) return (flags & TCP_ACK) !== 0 ? undefined : 'SYN_SENT'
  if ((flags & TCP_FIN) !== 0) return undefined
  // nf_conntrack_tcp_loose: a connection that was there before the table knew it is picked up in the middle.
  return (flags & TCP_ACK) !== 0 ? 'ESTABLISHED' : undefined
}

/** Moves `connection` on. A SYN on a finished connection is for the caller: it starts a new one. */
export function nextTcpState(connection: Connection, direction: Direction, flags: number): TcpState {
  const { state } = connection
  if ((flags & TCP_RST) !== 0) return 'CLOSE'
  if ((flags & TCP_SYN) !== 0) {
    if (direction === 'reply' && (flags & TCP_ACK) !== 0 && state === 'SYN_SENT') return 'SYN_RECV'
    return state
  }
  if ((flags & TCP_FIN) !== 0) return afterFin(connection, direction)
  if (state === 'SYN_RECV' && direction === 'original') return 'ESTABLISHED'
  if (state === 'LAST_ACK') return connection.finFrom === direction ? 'TIME_WAIT' : state
  // The peer's ACK of the first FIN: the other half is still open.
  if (state === 'FIN_WAIT') return connection.finFrom === direction ? state : 'CLOSE_WAIT'
  return state
}

function afterFin(connection: Connection, direction: Direction): TcpState {
  const { state, finFrom } = connection
  if (finFrom === undefined) {
    connection.finFrom = direction
    return 'FIN_WAIT'
  }
  if (finFrom === direction) return state
  return state === 'FIN_WAIT' || state === 'CLOSE_WAIT' ? 'LAST_ACK' : state
}

export function isFinished(state: TcpState): boolean {
  return state === 'TIME_WAIT' || state === 'CLOSE'
}

// The SCTP part of connection tracking: the next state from the present one, a packet's chunk and its direction. Verification tags
// are not modelled (every packet carries the right one), nor are packets of several chunks. Source:
// net/netfilter/nf_conntrack_proto_sctp.c (sctp_conntracks, sctp_new) of Linux 6.18; before 6.2 ESTABLISHED lasted five days.

import { SECOND, type Microseconds } from '@podwire/engine'
import {
  SCTP_ABORT,
  SCTP_COOKIE_ACK,
  SCTP_COOKIE_ECHO,
  SCTP_ERROR,
  SCTP_HEARTBEAT,
  SCTP_HEARTBEAT_ACK,
  SCTP_INIT,
  SCTP_INIT_ACK,
  SCTP_SHUTDOWN,
  SCTP_SHUTDOWN_ACK,
  SCTP_SHUTDOWN_COMPLETE,
  type Direction,
} from '../dataplane/packet.ts'
import type { SctpState } from './connection.ts'

export const SCTP_TIMEOUTS: Readonly<Record<SctpState, Microseconds>> = {
  NONE: 10 * SECOND,
  CLOSED: 10 * SECOND,
  COOKIE_WAIT: 3 * SECOND,
  COOKIE_ECHOED: 3 * SECOND,
  ESTABLISHED: 210 * SECOND,
  SHUTDOWN_SENT: 3 * SECOND,
  SHUTDOWN_RECD: 3 * SECOND,
  SHUTDOWN_ACK_SENT: 3 * SECOND,
  HEARTBEAT_SENT: 30 * SECOND,
}

const STATES: readonly SctpState[] = [
  'NONE',
  'CLOSED',
  'COOKIE_WAIT',
  'COOKIE_ECHOED',
  'ESTABLISHED',
  'SHUTDOWN_SENT',
  'SHUTDOWN_RECD',
  'SHUTDOWN_ACK_SENT',
  'HEARTBEAT_SENT',
]

const LETTERS: Readonly<Record<string, SctpState>> = {
  CL: 'CLOSED',
  CW: 'COOKIE_WAIT',
  CE: 'COOKIE_ECHOED',
  ES: 'ESTABLISHED',
  SS: 'SHUTDOWN_SENT',
  SR: 'SHUTDOWN_RECD',
  SA: 'SHUTDOWN_ACK_SENT',
  HS: 'HEARTBEAT_SENT',
}

/** A dash: no packet of this kind can come there (INVALID). */
const rowOf = (text: string): ReadonlyMap<SctpState, SctpState> =>
  new Map(
    text.split(' ').flatMap((letters, i) => {
      const [from, to] = [STATES[i], LETTERS[letters]]
      return from === undefined || to === undefined ? [] : [[from, to] as const]
    }),
  )

// Columns: NONE CLOSED COOKIE_WAIT COOKIE_ECHOED ESTABLISHED SHUTDOWN_SENT SHUTDOWN_RECD SHUTDOWN_ACK_SENT HEARTBEAT_SENT.
const NEXT: Readonly<Record<Direction, ReadonlyMap<number, ReadonlyMap<SctpState, SctpState>>>> = {
  original: new Map([
    [SCTP_INIT, rowOf('CL CL CW CE ES CL CL SA CW')],
    [SCTP_INIT_ACK, rowOf('CL CL CW CE ES SS SR SA CL')],
    [SCTP_ABORT, rowOf('CL CL CL CL CL CL CL CL CL')],
    [SCTP_SHUTDOWN, rowOf('CL CL CW CE SS SS SR SA CL')],
    [SCTP_SHUTDOWN_ACK, rowOf('SA CL CW CE ES SA SA SA SA')],
    [SCTP_ERROR, rowOf('CL CL CW CE ES SS SR SA CL')],
    [SCTP_COOKIE_ECHO, rowOf('CL CL CE CE ES SS SR SA CL')],
    [SCTP_COOKIE_ACK, rowOf('CL CL CW ES ES SS SR SA CL')],
    [SCTP_SHUTDOWN_COMPLETE, rowOf('CL CL CW CE ES SS SR CL CL')],
    [SCTP_HEARTBEAT, rowOf('HS CL CW CE ES SS SR SA HS')],
    [SCTP_HEARTBEAT_ACK, rowOf('CL CL CW CE ES SS SR SA HS')],
  ]),
  reply: new Map([
    [SCTP_INIT, rowOf('- CL CW CE ES SS SR SA -')],
    [SCTP_INIT_ACK, rowOf('- CW CW CE ES SS SR SA -')],
    [SCTP_ABORT, rowOf('- CL CL CL CL CL CL CL -')],
    [SCTP_SHUTDOWN, rowOf('- CL CW CE SR SS SR SA -')],
    [SCTP_SHUTDOWN_ACK, rowOf('- CL CW CE ES SA SA SA -')],
    [SCTP_ERROR, rowOf('- CL CW CL ES SS SR SA -')],
    [SCTP_COOKIE_ECHO, rowOf('- CL CE CE ES SS SR SA -')],
    [SCTP_COOKIE_ACK, rowOf('- CL CW ES ES SS SR SA -')],
    [SCTP_SHUTDOWN_COMPLETE, rowOf('- CL CW CE ES SS SR CL -')],
    [SCTP_HEARTBEAT, rowOf('- CL CW CE ES SS SR SA HS')],
    [SCTP_HEARTBEAT_ACK, rowOf('- CL CW CE ES SS SR SA ES')],
  ]),
}

/** Out of the blue all others belong to nothing: OOTB packets (8.4), or their verification tag is nobody's. */
const MAY_BE_FIRST: ReadonlySet<number> = new Set([SCTP_INIT, SCTP_SHUTDOWN_ACK, SCTP_HEARTBEAT, SCTP_HEARTBEAT_ACK])

/** The state of a connection whose first packet has this chunk; undefined: no connection starts so (INVALID). */
export function firstSctpState(chunk: number): SctpState | undefined {
  return MAY_BE_FIRST.has(chunk) ? NEXT.original.get(chunk)?.get('NONE') : undefined
}

/** undefined: no such packet can come there (INVALID). DATA and the rest change nothing. */
export function nextSctpState(state: SctpState, direction: Direction, chunk: number): SctpState | undefined {
  const row = NEXT[direction].get(chunk)
  return row === undefined ? state : row.get(state)
}

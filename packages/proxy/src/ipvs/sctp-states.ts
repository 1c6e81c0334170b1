// How ipvs follows an SCTP association: a state machine of its own, with its own time-outs, whatever conntrack says beside it.
// Source: Linux net/netfilter/ipvs/ip_vs_proto_sctp.c (sctp_states, sctp_timeouts, sctp_state_name_table), both directions through ipvs.

import { MINUTE, SECOND, type Microseconds } from '@podwire/engine'
import {
  SCTP_ABORT,
  SCTP_COOKIE_ACK,
  SCTP_COOKIE_ECHO,
  SCTP_DATA,
  SCTP_ERROR,
  SCTP_INIT,
  SCTP_INIT_ACK,
  SCTP_SHUTDOWN,
  SCTP_SHUTDOWN_ACK,
  SCTP_SHUTDOWN_COMPLETE,
  type Direction,
} from '../dataplane/packet.ts'

/** As `ipvsadm -Lc` names them. */
export type IpvsSctpState =
  | 'NONE'
  | 'INIT1'
  | 'INIT'
  | 'C-SENT'
  | 'C-REPLIED'
  | 'C-WAIT'
  | 'COOKIE'
  | 'C-ECHOED'
  | 'ESTABLISHED'
  | 'S-SENT'
  | 'S-RECEIVED'
  | 'S-ACK-SENT'
  | 'REJECTED'
  | 'CLOSED'

const LETTERS: readonly (readonly [string, IpvsSctpState])[] = [
  ['NO', 'NONE'],
  ['I1', 'INIT1'],
  ['IN', 'INIT'],
  ['CS', 'C-SENT'],
  ['CR', 'C-REPLIED'],
  ['CW', 'C-WAIT'],
  ['CO', 'COOKIE'],
  ['CE', 'C-ECHOED'],
  ['ES', 'ESTABLISHED'],
  ['SS', 'S-SENT'],
  ['SR', 'S-RECEIVED'],
  ['SA', 'S-ACK-SENT'],
  ['RJ', 'REJECTED'],
  ['CL', 'CLOSED'],
]

const STATES: ReadonlyMap<string, IpvsSctpState> = new Map(LETTERS)

type Row = ReadonlyMap<string, IpvsSctpState>

const rowOf = (text: string): Row =>
  new Map(text.split(' ').map((letters, i) => [LETTERS[i]?.[1] ?? 'NONE', STATES.get(letters) ?? 'NONE']))

// Columns: NONE INIT1 INIT C-SENT C-REPLIED C-WAIT COOKIE C-ECHOED ESTABLISHED S-SENT S-RECEIVED S-ACK-SENT REJECTED CLOSED.
const NEXT: Readonly<Record<Direction, ReadonlyMap<number, Row>>> = {
  /** From the client. */
  original: new Map([
    [SCTP_DATA, rowOf('ES I1 IN CS CR CW CO CE ES SS SR SA RJ CL')],
    [SCTP_INIT, rowOf('I1 IN IN CS CR CW CO CE ES SS SR SA IN IN')],
    [SCTP_INIT_ACK, rowOf('CW CW CW CS CR CO CO CE ES SS SR SA RJ CL')],
    [SCTP_COOKIE_ECHO, rowOf('CR IN IN CR CR CW CO CE ES SS SR SA RJ CL')],
    [SCTP_COOKIE_ACK, rowOf('ES I1 IN CS CR CW CO ES ES SS SR SA RJ CL')],
    [SCTP_SHUTDOWN, rowOf('SR I1 IN CS CR CW CO CE SR SS SR SA RJ CL')],
    [SCTP_SHUTDOWN_ACK, rowOf('CL IN IN CS CR CW CO CE ES CL SR CL RJ CL')],
    [SCTP_SHUTDOWN_COMPLETE, rowOf('CL CL CL CS CR CW CO CE ES SS SR CL RJ CL')],
    [SCTP_ERROR, rowOf('CL I1 IN CS CR CW CO CL ES SS SR SA RJ CL')],
    [SCTP_ABORT, rowOf('CL CL CL CL CL RJ CL CL CL CL CL CL CL CL')],
  ]),
  /** From the server. */
  reply: new Map([
    [SCTP_DATA, rowOf('ES I1 IN CS CR CW CO CE ES SS SR SA RJ CL')],
    [SCTP_INIT, rowOf('CW CW CW CW CW CW CW CW ES CW CW CW CW CW')],
    [SCTP_INIT_ACK, rowOf('CS CS CS CS CR CW CO CE ES SS SR SA RJ CL')],
    [SCTP_COOKIE_ECHO, rowOf('CE CE CE CE CE CE CE CE ES SS SR SA RJ CL')],
    [SCTP_COOKIE_ACK, rowOf('ES ES ES ES ES ES ES ES ES SS SR SA RJ CL')],
    [SCTP_SHUTDOWN, rowOf('SS SS SS SS SS SS SS SS SS SS SR SA RJ CL')],
    [SCTP_SHUTDOWN_ACK, rowOf('SA SA SA SA SA CW CO CE ES SA SA SA RJ CL')],
    [SCTP_SHUTDOWN_COMPLETE, rowOf('CL I1 IN CS CR CW CO CE ES SS SR SA RJ CL')],
    [SCTP_ERROR, rowOf('CL CL CL CL CL CW CO CE ES SS SR SA RJ CL')],
    [SCTP_ABORT, rowOf('CL RJ CL CL CL CL CL CL CL CL CL CL CL CL')],
  ]),
}

/** What a client may wait for at most between two of its retransmissions. */
const MAX_RTO: Microseconds = 61 * SECOND

const TIMEOUTS: ReadonlyMap<string, Microseconds> = new Map([
  ['NONE', 2 * SECOND],
  ['INIT1', 4 * SECOND],
  ['ESTABLISHED', 15 * MINUTE],
  ['REJECTED', 4 * SECOND],
])

/** Chunks that are no matter of the association's beginning or end (SACK, HEARTBEAT …) count as DATA. */
export function nextIpvsSctpState(state: string, direction: Direction, chunk: number): IpvsSctpState {
  const rows = NEXT[direction]
  return (rows.get(chunk) ?? rows.get(SCTP_DATA))?.get(state) ?? 'CLOSED'
}

/** How long an entry in this state waits for its next packet. */
export function ipvsSctpTimeout(state: string): Microseconds {
  return TIMEOUTS.get(state) ?? MAX_RTO
}

// How ipvs follows a connection it carries: a state machine of its own for TCP (sctp-states.ts has SCTP's), one state for UDP, and
// its own time-outs. Source: Linux net/netfilter/ipvs/ip_vs_proto_{tcp,udp}.c (tcp_states, tcp_state_active_table).
// Departure: LISTEN and SYNACK (SYN proxies) never occur.

import { SECOND, type Microseconds } from '@podwire/engine'
import { TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN, type Direction } from '../dataplane/packet.ts'
import type { ServiceProtocol } from '../services/service-port.ts'
import { ipvsSctpTimeout, nextIpvsSctpState, type IpvsSctpState } from './sctp-states.ts'

type TcpState =
  'NONE' | 'ESTABLISHED' | 'SYN_SENT' | 'SYN_RECV' | 'FIN_WAIT' | 'TIME_WAIT' | 'CLOSE' | 'CLOSE_WAIT' | 'LAST_ACK'

export type IpvsConnectionState = TcpState | 'UDP' | IpvsSctpState

const COLUMNS: readonly TcpState[] = [
  'NONE',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
]

const LETTERS: Readonly<Record<string, TcpState>> = {
  ES: 'ESTABLISHED',
  SS: 'SYN_SENT',
  SR: 'SYN_RECV',
  FW: 'FIN_WAIT',
  TW: 'TIME_WAIT',
  CL: 'CLOSE',
  CW: 'CLOSE_WAIT',
  LA: 'LAST_ACK',
}

const row = (text: string): ReadonlyMap<string, TcpState> =>
  new Map(text.split(' ').map((letters, i) => [COLUMNS[i] ?? 'NONE', LETTERS[letters] ?? 'NONE']))

// Columns: NONE ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK.
const NEXT = {
  /** From the client. */
  original: {
    syn: row('SR ES ES SR SR SR SR SR SR'),
    fin: row('CL CW SS TW TW TW CL CW LA'),
    ack: row('ES ES SS ES FW TW CL CW CL'),
    rst: row('CL CL CL SR CL CL CL CL LA'),
  },
  /** From the server. */
  reply: {
    syn: row('SS ES SS SR SS SS SS SS SS'),
    fin: row('TW FW SS TW FW TW CL TW LA'),
    ack: row('ES ES SS ES FW TW CL CW LA'),
    rst: row('CL CL SS CL CL TW CL CL CL'),
  },
} as const

const TIMEOUTS: Readonly<Record<string, Microseconds>> = {
  NONE: 2 * SECOND,
  SYN_SENT: 120 * SECOND,
  SYN_RECV: 60 * SECOND,
  TIME_WAIT: 120 * SECOND,
  CLOSE: 10 * SECOND,
  CLOSE_WAIT: 60 * SECOND,
  LAST_ACK: 30 * SECOND,
}

/** What `ipvsadm --set` and kube-proxy's --ipvs-*-timeout set. */
export interface IpvsTimeouts {
  readonly tcpUs: Microseconds
  readonly tcpFinUs: Microseconds
  readonly udpUs: Microseconds
}

export const DEFAULT_TIMEOUTS: IpvsTimeouts = { tcpUs: 900 * SECOND, tcpFinUs: 120 * SECOND, udpUs: 300 * SECOND }

export function firstState(protocol: ServiceProtocol): IpvsConnectionState {
  return protocol === 'udp' ? 'UDP' : 'NONE'
}

export function nextState(
  protocol: ServiceProtocol,
  state: IpvsConnectionState,
  direction: Direction,
  control: number,
): IpvsConnectionState {
  if (protocol === 'udp') return 'UDP'
  if (protocol === 'sctp') return nextIpvsSctpState(state, direction, control)
  const kind =
    (control & TCP_RST) !== 0
      ? 'rst'
      : (control & TCP_SYN) !== 0
        ? 'syn'
        : (control & TCP_FIN) !== 0
          ? 'fin'
          : (control & TCP_ACK) !== 0
            ? 'ack'
            : undefined
  return kind === undefined ? 'CLOSE' : (NEXT[direction][kind].get(state) ?? 'CLOSE')
}

/** How long an entry in this state waits for its next packet. */
export function stateTimeout(
  protocol: ServiceProtocol,
  state: IpvsConnectionState,
  timeouts: IpvsTimeouts,
): Microseconds {
  if (protocol === 'sctp') return ipvsSctpTimeout(state)
  if (state === 'ESTABLISHED') return timeouts.tcpUs
  if (state === 'FIN_WAIT') return timeouts.tcpFinUs
  return state === 'UDP' ? timeouts.udpUs : (TIMEOUTS[state] ?? 0)
}

/** Counts as ActiveConn; everything else that is remembered is InActConn, UDP always. */
export function isActiveState(state: IpvsConnectionState): boolean {
  return state === 'ESTABLISHED' || state === 'SYN_SENT' || state === 'SYN_RECV'
}

// What differs between TCP and SCTP for what carries them (link.ts, pipe.ts): how a segment looks to connection tracking, the rest of
// the handshake, and how long the kernel sends again. Sources: RFC 9293, RFC 9260; Linux tcp_timer.c, net/sctp (rto_min, rto_max,
// association_max_retrans).

import {
  SCTP_ABORT,
  SCTP_COOKIE_ACK,
  SCTP_COOKIE_ECHO,
  SCTP_DATA,
  SCTP_INIT_ACK,
  SCTP_SHUTDOWN,
  SCTP_SHUTDOWN_ACK,
  SCTP_SHUTDOWN_COMPLETE,
  TCP_ACK,
  TCP_FIN,
  TCP_RST,
  TCP_SYN,
  type Direction,
} from '@podwire/proxy'
import { MILLISECOND, SECOND, type Microseconds } from '@podwire/engine'
import type { WireFrame } from './network.ts'

export const FIN = Symbol('FIN')
export const RST = Symbol('RST')
export const SHUTDOWN = Symbol('SHUTDOWN')
export const SHUTDOWN_ACK = Symbol('SHUTDOWN-ACK')
export const SHUTDOWN_COMPLETE = Symbol('SHUTDOWN-COMPLETE')
export const ABORT = Symbol('ABORT')

export type TcpControl = typeof FIN | typeof RST
export type SctpControl = typeof SHUTDOWN | typeof SHUTDOWN_ACK | typeof SHUTDOWN_COMPLETE | typeof ABORT
export type Segment = Uint8Array | WireFrame | TcpControl | SctpControl

/** When what got lost is sent again: the first time, no later than, and how often. */
export interface Retransmission {
  readonly firstUs: Microseconds
  readonly maxUs: Microseconds
  readonly retries: number
}

export interface Transport {
  readonly protocol: 'tcp' | 'sctp'
  /** Ethernet, IP and its own headers; the size of a frame's body is not known without making its bytes. */
  readonly headerBytes: number
  /** What hosts on the way see after the first packet. */
  readonly handshake: readonly { readonly from: Direction; readonly control: number }[]
  readonly retransmission: Retransmission
  /** Names of its events. */
  readonly resetTitle: string
  readonly retransmissionTitle: string
  /** TCP_* bits, or the type of the chunk. */
  controlOf(segment: Segment): number
}

/** tcp_retries2 15, TCP_RTO_MAX: 924.6 s until it gives up. */
export const TCP: Transport = {
  protocol: 'tcp',
  headerBytes: 66,
  handshake: [
    { from: 'reply', control: TCP_SYN | TCP_ACK },
    { from: 'original', control: TCP_ACK },
  ],
  retransmission: { firstUs: 200 * MILLISECOND, maxUs: 120 * SECOND, retries: 15 },
  resetTitle: 'tcp reset',
  retransmissionTitle: 'tcp retransmission',
  controlOf: (segment) => {
    if (segment === FIN) return TCP_FIN | TCP_ACK
    return segment === RST ? TCP_RST : TCP_ACK
  },
}

const CHUNKS: ReadonlyMap<Segment, number> = new Map<Segment, number>([
  [SHUTDOWN, SCTP_SHUTDOWN],
  [SHUTDOWN_ACK, SCTP_SHUTDOWN_ACK],
  [SHUTDOWN_COMPLETE, SCTP_SHUTDOWN_COMPLETE],
  [ABORT, SCTP_ABORT],
])

/** 363 s until it gives up. */
export const SCTP: Transport = {
  protocol: 'sctp',
  headerBytes: 62,
  handshake: [
    { from: 'reply', control: SCTP_INIT_ACK },
    { from: 'original', control: SCTP_COOKIE_ECHO },
    { from: 'reply', control: SCTP_COOKIE_ACK },
  ],
  retransmission: { firstUs: SECOND, maxUs: 60 * SECOND, retries: 10 },
  resetTitle: 'sctp abort',
  retransmissionTitle: 'sctp retransmission',
  controlOf: (segment) => CHUNKS.get(segment) ?? SCTP_DATA,
}

/** From the first sending to the `retries`th again: each wait is twice the one before. */
export function retransmittedAfterUs({ firstUs, maxUs }: Retransmission, retries: number): Microseconds {
  let sum = 0
  for (let i = 0; i < retries; i++) sum += Math.min(firstUs * 2 ** i, maxUs)
  return sum
}

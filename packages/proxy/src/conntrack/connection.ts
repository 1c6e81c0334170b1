// One tracked connection: its two tuples, its state and its end. Source: Linux net/netfilter/nf_conntrack_core.c and
// nf_conntrack_proto_*.c. The reply tuple is what an answer must look like when it arrives; NAT is the difference between
// it and the inverted original.

import type { Microseconds } from '@podwire/engine'
import { wordOf } from '../addresses/ip.ts'
import type { IpvsConnection } from '../ipvs/ipvs-connection.ts'
import type { Direction, IpFamily, Protocol } from '../dataplane/packet.ts'

export interface Tuple {
  readonly source: string
  readonly sourcePort: number
  readonly destination: string
  readonly destinationPort: number
  /** `wordOf` the addresses, where they are known. */
  readonly sourceWord?: number
  readonly destinationWord?: number
}

/** A tuple of a connection, and its place in the table. One object for both: there are two for every connection. */
export class TrackedTuple implements Tuple {
  source: string
  sourceWord: number
  sourcePort: number
  destination: string
  destinationWord: number
  destinationPort: number
  readonly connection: Connection
  readonly direction: Direction
  /** The table's: hash of protocol and the four fields. */
  hash = 0

  /** @param first of the original direction; the reply's is its inverse */
  constructor(connection: Connection, direction: Direction, first: Tuple) {
    const { source, sourcePort, destination, destinationPort } = first
    const sourceWord = first.sourceWord ?? wordOf(source)
    const destinationWord = first.destinationWord ?? wordOf(destination)
    const isReply = direction === 'reply'
    this.connection = connection
    this.direction = direction
    this.source = isReply ? destination : source
    this.sourceWord = isReply ? destinationWord : sourceWord
    this.sourcePort = isReply ? destinationPort : sourcePort
    this.destination = isReply ? source : destination
    this.destinationWord = isReply ? sourceWord : destinationWord
    this.destinationPort = isReply ? sourcePort : destinationPort
  }

  comeFrom(address: string, word: number, port: number): void {
    this.source = address
    this.sourceWord = word
    this.sourcePort = port
  }

  leadTo(address: string, word: number, port: number): void {
    this.destination = address
    this.destinationWord = word
    this.destinationPort = port
  }
}

/** UDP and ICMP have no states. */
export type TcpState =
  'NONE' | 'SYN_SENT' | 'SYN_RECV' | 'ESTABLISHED' | 'FIN_WAIT' | 'CLOSE_WAIT' | 'LAST_ACK' | 'TIME_WAIT' | 'CLOSE'

/** Source: net/netfilter/nf_conntrack_proto_sctp.c. */
export type SctpState =
  | 'NONE'
  | 'CLOSED'
  | 'COOKIE_WAIT'
  | 'COOKIE_ECHOED'
  | 'ESTABLISHED'
  | 'SHUTDOWN_SENT'
  | 'SHUTDOWN_RECD'
  | 'SHUTDOWN_ACK_SENT'
  | 'HEARTBEAT_SENT'

/** What `-m conntrack --ctstate` can ask for, apart from SNAT and DNAT. RELATED never occurs: ICMP errors are verdicts here. */
export type CtState = 'NEW' | 'ESTABLISHED' | 'RELATED' | 'INVALID'

export class Connection {
  readonly family: IpFamily
  readonly protocol: Protocol
  readonly original: TrackedTuple
  /** NAT changes it before the connection is confirmed, never afterwards. */
  readonly reply: TrackedTuple
  state: TcpState = 'NONE'
  sctpState: SctpState = 'NONE'
  /** The moment it is forgotten unless another packet comes. */
  expiresAtUs: Microseconds = Infinity
  /** When the first packet came. */
  startedAtUs: Microseconds
  /** In the table. The first packet's hooks work on an entry nobody else can see yet. */
  confirmed = false
  /** An answer was seen: packets of both directions are ESTABLISHED. */
  seenReply = false
  /** Not evicted early when the table is full. */
  assured = false
  /** Deleted or expired; whoever still holds it must look up again. */
  gone = false
  /** The nat table has been asked for this kind of rewriting (or found nothing to do). */
  destinationNatDone = false
  sourceNatDone = false
  /** The reply tuple differs from the inverted original because of DNAT / SNAT. */
  destinationNat = false
  sourceNat = false
  /** Which way the first FIN went: decides FIN_WAIT or CLOSE_WAIT, LAST_ACK. */
  finFrom: Direction | undefined = undefined

  /** What ipvs keeps of it, when it goes through a virtual server. */
  ipvs: IpvsConnection | undefined = undefined

  /** The table's: neighbours in the order of age. */
  older: Connection | undefined = undefined
  newer: Connection | undefined = undefined

  constructor(family: IpFamily, protocol: Protocol, first: Tuple, startedAtUs: Microseconds) {
    this.family = family
    this.protocol = protocol
    this.original = new TrackedTuple(this, 'original', first)
    this.reply = new TrackedTuple(this, 'reply', this.original)
    this.startedAtUs = startedAtUs
  }

  /**
   * A finished connection that the same four-tuple opens anew: the entry is a new one in everything but its memory. Under load
   * ports come round within the 120 s of TIME_WAIT, and the entries kept for that long are what the garbage collector pays for.
   */
  reopen(nowUs: Microseconds): void {
    const { original, reply } = this
    reply.comeFrom(original.destination, original.destinationWord, original.destinationPort)
    reply.leadTo(original.source, original.sourceWord, original.sourcePort)
    this.state = 'NONE'
    this.sctpState = 'NONE'
    this.startedAtUs = nowUs
    this.confirmed = false
    this.seenReply = false
    this.assured = false
    this.gone = false
    this.destinationNatDone = false
    this.sourceNatDone = false
    this.destinationNat = false
    this.sourceNat = false
    this.finFrom = undefined
    this.ipvs = undefined
  }
}

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

/**
 * One object with both tuples in it: tables keep their entries for minutes after the connection's end, and the garbage collector
 * pays for each object it meets again.
 */
export class Connection {
  readonly family: IpFamily
  readonly protocol: Protocol
  /** The original tuple: of the packets that go the way of the first one. */
  readonly source: string
  readonly sourceWord: number
  readonly sourcePort: number
  readonly destination: string
  readonly destinationWord: number
  readonly destinationPort: number
  /** The reply tuple: of answers as they arrive. NAT changes it before the connection is confirmed, never afterwards. */
  replySource: string
  replySourceWord: number
  replySourcePort: number
  replyDestination: string
  replyDestinationWord: number
  replyDestinationPort: number
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

  /** The table's: its place there, and its neighbours in the order of age. */
  place = -1
  older: Connection | undefined = undefined
  newer: Connection | undefined = undefined

  constructor(family: IpFamily, protocol: Protocol, first: Tuple, startedAtUs: Microseconds) {
    this.family = family
    this.protocol = protocol
    this.source = first.source
    this.sourceWord = first.sourceWord ?? wordOf(first.source)
    this.sourcePort = first.sourcePort
    this.destination = first.destination
    this.destinationWord = first.destinationWord ?? wordOf(first.destination)
    this.destinationPort = first.destinationPort
    this.replySource = this.destination
    this.replySourceWord = this.destinationWord
    this.replySourcePort = this.destinationPort
    this.replyDestination = this.source
    this.replyDestinationWord = this.sourceWord
    this.replyDestinationPort = this.sourcePort
    this.startedAtUs = startedAtUs
  }

  get original(): Tuple {
    const { source, sourceWord, sourcePort, destination, destinationWord, destinationPort } = this
    return { source, sourceWord, sourcePort, destination, destinationWord, destinationPort }
  }

  get reply(): Tuple {
    return {
      source: this.replySource,
      sourceWord: this.replySourceWord,
      sourcePort: this.replySourcePort,
      destination: this.replyDestination,
      destinationWord: this.replyDestinationWord,
      destinationPort: this.replyDestinationPort,
    }
  }

  /** DNAT: this is where answers come from. */
  answersFrom(address: string, word: number, port: number): void {
    this.replySource = address
    this.replySourceWord = word
    this.replySourcePort = port
  }

  /** SNAT: this is where answers go to. */
  answersTo(address: string, word: number, port: number): void {
    this.replyDestination = address
    this.replyDestinationWord = word
    this.replyDestinationPort = port
  }

  /** @param tuple one of its two */
  directionOf({ source, sourcePort, destination, destinationPort }: Tuple): Direction {
    return this.sourcePort === sourcePort &&
      this.destinationPort === destinationPort &&
      this.source === source &&
      this.destination === destination
      ? 'original'
      : 'reply'
  }

  /**
   * A finished connection that the same four-tuple opens anew: the entry is a new one in everything but its memory. Under load
   * ports come round within the 120 s of TIME_WAIT, and the entries kept for that long are what the garbage collector pays for.
   */
  reopen(nowUs: Microseconds): void {
    this.answersFrom(this.destination, this.destinationWord, this.destinationPort)
    this.answersTo(this.source, this.sourceWord, this.sourcePort)
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

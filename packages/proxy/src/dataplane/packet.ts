// One packet as the netfilter hooks of a node see it. Like the kernel's skb it is one object that is rewritten in place on its
// way: NAT changes addresses and ports, MARK the mark, and the connection it belongs to rides along from hook to hook.
// Addresses are canonical texts (RFC 5952 for IPv6), and each comes with its word: an address that NAT put in may be one of many
// thousands, whose text lies anywhere in the memory, and the hooks get along without it. Payload is not modelled: rules of
// kube-proxy never look at it.

import { wordOf } from '../addresses/ip.ts'
import type { Connection } from '../conntrack/connection.ts'

export type IpFamily = 'ipv4' | 'ipv6'
export type Protocol = 'tcp' | 'udp' | 'sctp' | 'icmp'

/** Bits of the TCP header's flags byte: all that connection tracking looks at. */
export const TCP_FIN = 0x01
export const TCP_SYN = 0x02
export const TCP_RST = 0x04
export const TCP_ACK = 0x10

/** Types of SCTP chunks: what connection tracking looks at. Source: RFC 9260, 3.2. */
export const SCTP_DATA = 0
export const SCTP_INIT = 1
export const SCTP_INIT_ACK = 2
export const SCTP_HEARTBEAT = 4
export const SCTP_HEARTBEAT_ACK = 5
export const SCTP_ABORT = 6
export const SCTP_SHUTDOWN = 7
export const SCTP_SHUTDOWN_ACK = 8
export const SCTP_ERROR = 9
export const SCTP_COOKIE_ECHO = 10
export const SCTP_COOKIE_ACK = 11
export const SCTP_SHUTDOWN_COMPLETE = 14

export interface PacketOptions {
  /** Default: by the form of `destination`. */
  readonly family?: IpFamily
  readonly protocol: Protocol
  readonly source: string
  /** For ICMP echo: the identifier, in both port fields. */
  readonly sourcePort: number
  readonly destination: string
  readonly destinationPort: number
  /** Name of the interface it came in by; '' for packets a local process sends. */
  readonly inInterface?: string
  readonly outInterface?: string
  /** TCP_* bits; default TCP_SYN for tcp. */
  readonly tcpFlags?: number
  /** Type of the first chunk, for sctp; default SCTP_INIT. */
  readonly sctpChunk?: number
  /** Bytes on the wire, for counters; default 60. */
  readonly bytes?: number
}

/** Whether a packet goes the way of its connection's first packet, or back. */
export type Direction = 'original' | 'reply'

export class Packet {
  readonly family: IpFamily
  readonly protocol: Protocol
  #source: string
  #sourceWord: number
  sourcePort: number
  #destination: string
  #destinationWord: number
  destinationPort: number
  /** Set it before `prerouting`. */
  inInterface: string
  /** Set it after routing, before `forward` and `postrouting`. */
  outInterface: string
  /** What the header says to connection tracking: TCP_* bits, or the type of an SCTP packet's first chunk. */
  readonly control: number
  readonly bytes: number
  /** The netfilter mark. It stays within one host: `prerouting` and `output` begin with 0. */
  mark = 0
  /** Set by `prerouting` and `output`; undefined for a packet whose state is INVALID. */
  connection: Connection | undefined = undefined
  direction: Direction = 'original'

  constructor(options: PacketOptions) {
    this.family = options.family ?? (options.destination.includes(':') ? 'ipv6' : 'ipv4')
    this.protocol = options.protocol
    this.#source = options.source
    this.#sourceWord = wordOf(options.source)
    this.sourcePort = options.sourcePort
    this.#destination = options.destination
    this.#destinationWord = wordOf(options.destination)
    this.destinationPort = options.destinationPort
    this.inInterface = options.inInterface ?? ''
    this.outInterface = options.outInterface ?? ''
    this.control = controlOf(options)
    this.bytes = options.bytes ?? 60
  }

  get source(): string {
    return this.#source
  }

  set source(address: string) {
    this.#source = address
    this.#sourceWord = wordOf(address)
  }

  get sourceWord(): number {
    return this.#sourceWord
  }

  get destination(): string {
    return this.#destination
  }

  set destination(address: string) {
    this.#destination = address
    this.#destinationWord = wordOf(address)
  }

  get destinationWord(): number {
    return this.#destinationWord
  }

  /** Its source becomes an address whose word is known. */
  comeFrom(address: string, word: number, port: number): void {
    this.#source = address
    this.#sourceWord = word
    this.sourcePort = port
  }

  /** Its destination becomes an address whose word is known. */
  leadTo(address: string, word: number, port: number): void {
    this.#destination = address
    this.#destinationWord = word
    this.destinationPort = port
  }

  /** It goes where it comes from. */
  get isHairpin(): boolean {
    return this.#sourceWord === this.#destinationWord && this.#source === this.#destination
  }
}

function controlOf({ protocol, tcpFlags, sctpChunk }: PacketOptions): number {
  if (protocol === 'sctp') return sctpChunk ?? SCTP_INIT
  return tcpFlags ?? (protocol === 'tcp' ? TCP_SYN : 0)
}

/** It opens a TCP connection. */
export function isFirstSyn({ control }: Packet): boolean {
  return (control & (TCP_SYN | TCP_ACK)) === TCP_SYN
}

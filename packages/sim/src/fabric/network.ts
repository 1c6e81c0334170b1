// What programs see of the network: a namespace with addresses, sockets on it, and the errors real sockets give. Pods, nodes
// and the outside host each have one. Everything that talks in the cluster (images, curl, dig, probes, the resolver,
// the ingress controller, the host doors) uses these interfaces and nothing below them.

import type { Engine } from '@podwire/engine'
import type { Flow } from './flow.ts'
import type { NetworkInterface } from './host.ts'
import type { Route } from './routing-table.ts'

export type SocketErrorCode =
  | 'ECONNREFUSED'
  | 'ECONNRESET'
  | 'ETIMEDOUT'
  | 'EHOSTUNREACH'
  | 'ENETUNREACH'
  | 'EADDRINUSE'
  | 'EADDRNOTAVAIL'
  | 'EPERM'
  | 'EPIPE'

/** What a real socket call would report through errno. */
export class SocketError extends Error {
  override readonly name = 'SocketError'
  readonly code: SocketErrorCode
  readonly #flow: Flow | undefined

  constructor(code: SocketErrorCode, flow?: Flow) {
    // Where in our own code a simulated kernel says so is nobody's question, and finding out costs more than the connection did.
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(code)
    Error.stackTraceLimit = stackTraceLimit
    this.code = code
    this.#flow = flow
  }

  /** The hops of the attempt, when it got as far as sending something. No field: whoever prints the error does not want them all. */
  get flow(): Flow | undefined {
    return this.#flow
  }
}

export interface SocketAddress {
  readonly address: string
  readonly port: number
}

/**
 * A message between two of our own programs that travels as the object it is: a reader that knows it (`onFrame`) gets the
 * object, any other gets its bytes.
 */
export interface WireFrame {
  /** Bytes it counts for in a window; absent: none. */
  readonly size?: number
  bytes(): Uint8Array
}

/** One TCP connection, seen from one end. Data arrives in order; nothing arrives after end or error. */
export interface TcpSocket {
  readonly local: SocketAddress
  readonly remote: SocketAddress
  readonly flow: Flow
  /** Set these before the present turn ends; what arrives earlier is kept for them. */
  onData: ((data: Uint8Array) => void) | undefined
  /** Takes frames whole; without it they come as bytes through onData or read. */
  onFrame: ((frame: WireFrame) => void) | undefined
  /** The peer closed its sending side. */
  onEnd: (() => void) | undefined
  onError: ((error: SocketError) => void) | undefined
  /**
   * Default false. True: while no `onEnd` is set, the peer's FIN on a connection at rest closes this side too (Node's
   * `allowHalfOpen: false`), and takes no event of its own.
   */
  endsWithPeer: boolean
  /** Bytes written that the peer's program has not taken. A write never blocks: a writer that could go on for ever looks here. */
  readonly backlogBytes: number
  /** The peer's program has taken something. */
  onTaken: (() => void) | undefined
  /** Takes nothing until `resume`; what comes meanwhile is kept, and the peer can see so. */
  pause(): void
  resume(): void
  write(data: Uint8Array | WireFrame): void
  /** Closes the sending side (FIN). */
  end(): void
  /** Drops the connection at once (RST). */
  destroy(): void
  /** Next chunk, undefined after the peer's FIN; rejects with SocketError. For programs written as async functions. */
  read(): Promise<Uint8Array | undefined>
}

/**
 * One SCTP association (RFC 9260), seen from one end: whole messages in order, on one stream. There is no half-closing: what one end
 * ends is over for both, once what had been sent before has arrived.
 */
export interface SctpSocket {
  readonly local: SocketAddress
  readonly remote: SocketAddress
  readonly flow: Flow
  /** Set these before the present turn ends; what arrives earlier is kept for them. */
  onMessage: ((message: Uint8Array) => void) | undefined
  /** The peer ended the association (SHUTDOWN). */
  onEnd: (() => void) | undefined
  onError: ((error: SocketError) => void) | undefined
  /** One message. @throws SocketError EPIPE once either end has ended the association */
  send(message: Uint8Array): void
  /** Ends the association: SHUTDOWN, SHUTDOWN-ACK, SHUTDOWN-COMPLETE. */
  end(): void
  /** Drops it at once (ABORT). */
  destroy(): void
  /** Next message, undefined after the end; rejects with SocketError. For programs written as async functions. */
  read(): Promise<Uint8Array | undefined>
}

export interface SctpAssociation {
  readonly local: SocketAddress
  readonly remote: SocketAddress
  /** As the kernel calls it; what has ended is forgotten at once. */
  readonly state: 'COOKIE_WAIT' | 'ESTABLISHED' | 'SHUTDOWN_SENT' | 'SHUTDOWN_ACK_SENT'
}

export interface UdpSocket {
  readonly local: SocketAddress
  onMessage: ((data: Uint8Array, from: SocketAddress) => void) | undefined
  /** ICMP errors of earlier datagrams (port unreachable → ECONNREFUSED). */
  onError: ((error: SocketError, to: SocketAddress) => void) | undefined
  /** @returns the hops this datagram took, as far as they are known at once */
  send(data: Uint8Array, to: SocketAddress): Flow
  close(): void
}

export interface TcpConnection {
  readonly local: SocketAddress
  readonly remote: SocketAddress
  /** As the kernel calls it, where connections that ended on both sides are forgotten at once. */
  readonly state: 'ESTABLISHED' | 'SYN_SENT' | 'FIN_WAIT2' | 'CLOSE_WAIT'
}

export interface Listener {
  readonly address: string
  readonly port: number
  close(): void
}

export interface ConnectOptions {
  readonly address: string
  readonly port: number
  /** Microseconds until ETIMEDOUT; default Linux' 127 s of SYN retries, 333 s of INIT retries. */
  readonly timeoutUs?: number
  /** Source address; default by route. */
  readonly localAddress?: string
}

/** A socket from openTcp: `remote` and `local` are known at once, the flow when the peer has answered. */
export interface ConnectingSocket extends TcpSocket {
  readonly connected: boolean
  onConnect: (() => void) | undefined
}

/** A socket from openSctp. What is sent before the association stands goes out with its COOKIE-ECHO. */
export interface ConnectingSctpSocket extends SctpSocket {
  readonly connected: boolean
  onConnect: (() => void) | undefined
}

/** A view of a namespace that owns the sockets opened through it: one process or container. */
export interface NetworkScope extends NetworkNamespace {
  /** Takes what the process's own callbacks throw; without it they end the simulation. */
  onCrash: ((error: unknown) => void) | undefined
  /** How messages call the process; default the namespace's name. */
  title: string
  /** While it is paused the process takes nothing from its sockets: what it would be told waits. */
  gate: { readonly paused: boolean; whenRunning(run: () => void): void } | undefined
  /** What the kernel does when the process exits: listeners close, connections get FIN (RST where data was unread). */
  closeAll(): void
}

export interface NetworkNamespace {
  readonly engine: Engine
  /** `pod/default/web-0`, `node/node-1`, `external` */
  readonly name: string
  /** IPv4 and IPv6 addresses of all interfaces, loopback last. */
  readonly addresses: readonly string[]
  /** @throws SocketError EADDRINUSE, EADDRNOTAVAIL */
  listenTcp(port: number, onConnection: (socket: TcpSocket) => void, address?: string): Listener
  /** Rejects with SocketError. */
  connectTcp(options: ConnectOptions): Promise<TcpSocket>
  /**
   * Starts connecting and comes back at once. What is written meanwhile is sent when the connection stands; a failure comes
   * through `onError`. Saves a promise and a turn where the caller has its request ready.
   */
  openTcp(options: ConnectOptions): ConnectingSocket
  /** @throws SocketError EADDRINUSE, EADDRNOTAVAIL */
  listenSctp(port: number, onAssociation: (socket: SctpSocket) => void, address?: string): Listener
  /** Rejects with SocketError: ECONNREFUSED for an ABORT. An ICMP error is no answer to Linux' SCTP, which goes on asking. */
  connectSctp(options: ConnectOptions): Promise<SctpSocket>
  /** Starts connecting and comes back at once, as openTcp does. */
  openSctp(options: ConnectOptions): ConnectingSctpSocket
  /** Port 0: an ephemeral one. @throws SocketError EADDRINUSE, EADDRNOTAVAIL */
  bindUdp(port: number, address?: string): UdpSocket
  /** The source address the kernel would choose for a destination; undefined: it cannot be reached from here. */
  sourceFor(destination: string): string | undefined
  /** ICMP echo. Resolves with the round trip in microseconds; rejects with SocketError. */
  ping(address: string, timeoutUs: number): Promise<number>
  /** A view whose sockets can be closed together. */
  openScope(): NetworkScope
  /** As `ip address` lists them. */
  interfaces(): readonly NetworkInterface[]
  /** As `ip route` lists them. */
  routes(): readonly Route[]
  /** What listens here, as `ss -lnt`, `ss -lnu` and `ss -lnS` would list it. */
  listeners(): readonly { readonly protocol: 'tcp' | 'udp' | 'sctp'; readonly address: string; readonly port: number }[]
  /** TCP connections of all its processes, by local and then remote port, as `ss -nt` would list them. */
  connections(): readonly TcpConnection[]
  /** SCTP associations of all its processes, in the same order. */
  associations(): readonly SctpAssociation[]
}

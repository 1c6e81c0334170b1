// What programs hold: a view of one network namespace that owns the sockets opened through it. The namespace's own view is the
// first of them; a container gets another, so that its sockets close with it while its neighbours' stay.

import type { Engine } from '@podwire/engine'
import type { NetworkInterface } from './host.ts'
import type {
  ConnectingSctpSocket,
  ConnectingSocket,
  ConnectOptions,
  Listener,
  NetworkNamespace,
  NetworkScope,
  SctpAssociation,
  SctpSocket,
  SocketAddress,
  SocketError,
  TcpConnection,
  TcpSocket,
  UdpSocket,
} from './network.ts'
import type { NetStack } from './net-stack.ts'
import { ping } from './ping.ts'
import type { Route } from './routing-table.ts'
import { openSctp } from './sctp-connect.ts'
import { SctpEndpoint } from './sctp-endpoint.ts'
import { StreamListener } from './stream-listener.ts'
import { openTcp } from './tcp-connect.ts'
import type { Gate, OwnedSocket, SocketOwner } from './socket-owner.ts'
import { TcpEndpoint } from './tcp-endpoint.ts'
import { UdpBinding } from './udp-socket.ts'

/** A socket as ss lists it. */
interface Stateful<State> {
  readonly local: SocketAddress
  readonly remote: SocketAddress
  readonly state: State
}

export class Scope implements NetworkScope, SocketOwner {
  readonly engine: Engine
  readonly name: string
  readonly #stack: NetStack
  onCrash: ((error: unknown) => void) | undefined = undefined
  title: string
  #gate: Gate | undefined
  #lastSocket: OwnedSocket | undefined
  readonly #parent: Scope | undefined
  /** Most namespaces have one view: it needs no set. */
  #children: Scope | Set<Scope> | undefined
  #pings = 0

  constructor(stack: NetStack, parent?: Scope) {
    this.#parent = parent
    this.#stack = stack
    this.name = stack.name
    this.title = stack.name
    this.engine = stack.core.engine
  }

  get addresses(): readonly string[] {
    return this.#stack.addresses
  }

  /** What is stopped: the process, or else its machine. */
  get gate(): Gate | undefined {
    return this.#gate?.paused === true ? this.#gate : this.#stack.host.gate
  }

  set gate(gate: Gate | undefined) {
    this.#gate = gate
  }

  /** For the sockets themselves. */
  add(socket: OwnedSocket): void {
    const last = this.#lastSocket
    socket.previousOwned = last
    if (last !== undefined) last.nextOwned = socket
    this.#lastSocket = socket
  }

  /** For the sockets themselves, once each. */
  delete(socket: OwnedSocket): void {
    const { previousOwned, nextOwned } = socket
    if (previousOwned !== undefined) previousOwned.nextOwned = nextOwned
    if (nextOwned !== undefined) nextOwned.previousOwned = previousOwned
    else this.#lastSocket = previousOwned
    socket.previousOwned = socket.nextOwned = undefined
  }

  listenTcp(port: number, onConnection: (socket: TcpSocket) => void, address?: string): Listener {
    return new StreamListener(this.#stack, this, this.#stack.ports.tcp, port, onConnection, address)
  }

  sourceFor(destination: string): string | undefined {
    return this.#stack.sourceFor(destination)
  }

  openTcp(options: ConnectOptions): ConnectingSocket {
    return openTcp(this.#stack, this, options)
  }

  connectTcp(options: ConnectOptions): Promise<TcpSocket> {
    return this.#connected(openTcp(this.#stack, this, options))
  }

  listenSctp(port: number, onAssociation: (socket: SctpSocket) => void, address?: string): Listener {
    return new StreamListener(this.#stack, this, this.#stack.ports.sctpListeners, port, onAssociation, address)
  }

  openSctp(options: ConnectOptions): ConnectingSctpSocket {
    return openSctp(this.#stack, this, options)
  }

  connectSctp(options: ConnectOptions): Promise<SctpSocket> {
    return this.#connected(openSctp(this.#stack, this, options))
  }

  #connected<Socket extends Pick<ConnectingSocket, 'onConnect' | 'onError'>>(socket: Socket): Promise<Socket> {
    const { promise, resolve, reject } = this.#stack.core.engine.deferred<Socket>()
    const onConnect = (): void => {
      socket.onError = undefined
      resolve(socket)
    }
    const onError = (error: SocketError): void => reject(error)
    socket.onConnect = onConnect
    socket.onError = onError
    return promise
  }

  bindUdp(port: number, address?: string): UdpSocket {
    return new UdpBinding(this.#stack, this, port, address)
  }

  ping(address: string, timeoutUs: number): Promise<number> {
    this.#pings = (this.#pings + 1) % 65536
    return ping(this.#stack, this.#pings, address, timeoutUs)
  }

  openScope(): NetworkScope {
    const scope = new Scope(this.#stack, this)
    const children = this.#children
    if (children === undefined) this.#children = scope
    else if (children instanceof Set) children.add(scope)
    else this.#children = new Set([children, scope])
    return scope
  }

  interfaces(): readonly NetworkInterface[] {
    return this.#stack.interfaces()
  }

  routes(): readonly Route[] {
    return this.#stack.routes()
  }

  listeners(): ReturnType<NetworkNamespace['listeners']> {
    const { tcp, udp, sctp } = this.#stack.ports
    const found: ReturnType<NetworkNamespace['listeners']>[number][] = []
    for (const [port, bound] of udp) {
      for (const { local } of bound) found.push({ protocol: 'udp', address: local.address, port })
    }
    for (const [port, bound] of tcp) for (const { address } of bound) found.push({ protocol: 'tcp', address, port })
    for (const [port, bound] of sctp) for (const { address } of bound) found.push({ protocol: 'sctp', address, port })
    return found.sort((a, b) =>
      a.protocol === b.protocol
        ? a.port - b.port || (a.address < b.address ? -1 : 1)
        : a.protocol < b.protocol
          ? 1
          : -1,
    )
  }

  connections(): readonly TcpConnection[] {
    return this.#all(TcpEndpoint)
  }

  associations(): readonly SctpAssociation[] {
    return this.#all(SctpEndpoint)
  }

  #all<State>(kind: new (...given: never[]) => Stateful<State>): Stateful<State>[] {
    if (this.#parent !== undefined) return this.#parent.#all(kind)
    return this.#own(kind).sort((a, b) => a.local.port - b.local.port || a.remote.port - b.remote.port)
  }

  #own<State>(kind: new (...given: never[]) => Stateful<State>): Stateful<State>[] {
    const found: Stateful<State>[] = []
    for (let socket = this.#lastSocket; socket !== undefined; socket = socket.previousOwned) {
      if (!(socket instanceof kind)) continue
      const { local, remote, state } = socket
      found.push({ local, remote, state })
    }
    for (const child of this.#views()) found.push(...child.#own(kind))
    return found
  }

  #views(): Iterable<Scope> {
    const children = this.#children
    if (children === undefined) return []
    return children instanceof Set ? children : [children]
  }

  /** A view of it has been closed. */
  forget(child: Scope): void {
    if (this.#children === child) this.#children = undefined
    else if (this.#children instanceof Set) this.#children.delete(child)
  }

  crashed(error: unknown): void {
    if (this.onCrash === undefined) throw error
    this.onCrash(error)
  }

  closeAll(): void {
    for (const child of this.#views()) child.closeAll()
    this.#parent?.forget(this)
    // Each takes itself out of the list.
    while (this.#lastSocket !== undefined) this.#lastSocket.abandon()
  }
}

// A UDP port of the userspace proxy: one socket towards an endpoint for each client, forgotten when nothing has passed for a while.
// Source: kubernetes v1.25 pkg/proxy/userspace/proxysocket.go (udpProxySocket).

import type { Engine, Microseconds, ScheduledTask } from '@podwire/engine'
import type { NetworkNamespace, SocketAddress, UdpSocket } from '../fabric/network.ts'
import { endpointAddress, type ChooseEndpoint } from './tcp-forwarder.ts'

interface Client {
  readonly socket: UdpSocket
  readonly endpoint: SocketAddress
  timer: ScheduledTask
}

export class UdpForwarder {
  readonly #engine: Engine
  readonly #network: NetworkNamespace
  readonly #choose: ChooseEndpoint
  readonly #idleUs: Microseconds
  readonly #socket: UdpSocket
  readonly #clients = new Map<string, Client>()

  /** @throws SocketError EADDRINUSE */
  constructor(
    network: NetworkNamespace,
    port: number,
    address: string | undefined,
    choose: ChooseEndpoint,
    idleUs: Microseconds,
  ) {
    this.#engine = network.engine
    this.#network = network
    this.#choose = choose
    this.#idleUs = idleUs
    this.#socket = network.bindUdp(port, address)
    this.#socket.onMessage = (data, from) => this.#forward(data, from)
  }

  /** What is under way is lost with it. */
  close(): void {
    this.#socket.close()
    for (const key of [...this.#clients.keys()]) this.#forget(key)
  }

  #forward(data: Uint8Array, from: SocketAddress): void {
    const key = `${from.address} ${from.port}`
    const client = this.#clients.get(key) ?? this.#open(key, from)
    if (client === undefined) return
    client.socket.send(data, client.endpoint)
    this.#stillThere(key, client)
  }

  #open(key: string, from: SocketAddress): Client | undefined {
    const endpoint = this.#choose(from.address, false)
    if (endpoint === undefined) return undefined
    const socket = this.#network.bindUdp(0)
    const client: Client = { socket, endpoint: endpointAddress(endpoint), timer: this.#startTimer(key) }
    socket.onMessage = (data) => {
      this.#stillThere(key, client)
      this.#socket.send(data, from)
    }
    // Port unreachable: the next datagram gets another endpoint.
    socket.onError = () => this.#forget(key)
    this.#clients.set(key, client)
    return client
  }

  #startTimer(key: string): ScheduledTask {
    return this.#engine.schedule(this.#idleUs, 'userspace proxy: idle client', () => this.#forget(key))
  }

  #stillThere(key: string, client: Client): void {
    this.#engine.cancel(client.timer)
    client.timer = this.#startTimer(key)
  }

  #forget(key: string): void {
    const client = this.#clients.get(key)
    if (client === undefined) return
    this.#engine.cancel(client.timer)
    client.socket.close()
    this.#clients.delete(key)
  }
}

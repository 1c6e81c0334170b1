// A TCP port of the userspace proxy: accepts, dials an endpoint, and copies both ways. Pods see the node as their peer.
// Source: kubernetes v1.25 pkg/proxy/userspace/proxysocket.go (tcpProxySocket, TryConnectEndpoints, ProxyTCP). As there, an end of
// file from either side closes both connections whole: nobody can half-close through this proxy.

import { MILLISECOND, type Microseconds } from '@podwire/engine'
import { carryOn } from '../fabric/index.ts'
import type { Listener, NetworkNamespace, SocketAddress, TcpSocket } from '../fabric/network.ts'

/** Which endpoint `ip:port` a client gets. `again`: the last one could not be dialled. */
export type ChooseEndpoint = (client: string, again: boolean) => string | undefined

const DIAL_TIMEOUTS_US: readonly Microseconds[] = [250, 500, 1000, 2000].map((ms) => ms * MILLISECOND)

/** @throws SocketError EADDRINUSE */
export function forwardTcp(
  network: NetworkNamespace,
  port: number,
  address: string | undefined,
  choose: ChooseEndpoint,
): Listener {
  return network.listenTcp(port, (client) => new Forwarding(network, client, choose).dial(0), address)
}

class Forwarding {
  readonly #network: NetworkNamespace
  readonly #client: TcpSocket
  readonly #choose: ChooseEndpoint
  #isOver = false

  constructor(network: NetworkNamespace, client: TcpSocket, choose: ChooseEndpoint) {
    this.#network = network
    this.#client = client
    this.#choose = choose
    client.onError = () => {
      this.#isOver = true
    }
  }

  dial(tries: number): void {
    if (this.#isOver) return
    const timeoutUs = DIAL_TIMEOUTS_US[tries]
    const endpoint = timeoutUs === undefined ? undefined : this.#choose(this.#client.remote.address, tries > 0)
    if (endpoint === undefined || timeoutUs === undefined) {
      // Closed with what the client has sent unread, a socket resets.
      if (tries === 0) this.#client.end()
      else this.#client.destroy()
      return
    }
    const server = this.#network.openTcp({ ...endpointAddress(endpoint), timeoutUs })
    server.onError = () => this.dial(tries + 1)
    server.onConnect = () => {
      if (this.#isOver) server.destroy()
      else this.#copy(server)
    }
  }

  #copy(server: TcpSocket): void {
    const client = this.#client
    carryOn(client, server)
    const close = (): void => {
      if (this.#isOver) return
      this.#isOver = true
      client.end()
      server.end()
    }
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.onFrame = (frame) => {
        if (!this.#isOver) to.write(frame)
      }
      from.onData = (data) => {
        if (!this.#isOver) to.write(data)
      }
      from.onEnd = close
      from.onError = () => {
        this.#isOver = true
        to.destroy()
      }
    }
  }
}

/** `10.244.1.5:8080`, `[fd00::5]:8080` */
export function endpointAddress(text: string): SocketAddress {
  const colon = text.lastIndexOf(':')
  return { address: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) }
}

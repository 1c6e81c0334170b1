// The sockets of userspace mode on one node: a port for each service port, and node ports held so that nobody else takes them. New ports
// are there before the rules that lead to them, old ones go when the rules have gone.
// Source: kubernetes v1.25 pkg/proxy/userspace/proxier.go (mergeService, unmergeService, claimNodePort),
// proxysocket.go (newProxySocket: none for SCTP).

import type { Microseconds } from '@podwire/engine'
import { RoundRobin, serviceSocketKey, type ProxiedPort, type ProxiedPorts } from '@podwire/proxy'
import { SocketError, type NetworkNamespace } from '../fabric/network.ts'
import type { ContainerContext } from '../images/image.ts'
import { forwardTcp, type ChooseEndpoint } from './tcp-forwarder.ts'
import { UdpForwarder } from './udp-forwarder.ts'

interface ServiceSocket {
  readonly balancer: RoundRobin
  /** Its listeners: the proxy's port, then a held node port. */
  readonly open: readonly { close(): void }[]
}

export class UserspaceProxy {
  readonly #context: ContainerContext
  readonly #bindAddress: string | undefined
  readonly #udpIdleUs: Microseconds
  readonly #sockets = new Map<string, ServiceSocket>()
  #refused: readonly string[] = []

  constructor(context: ContainerContext, bindAddress: string | undefined, udpIdleUs: Microseconds) {
    this.#context = context
    this.#bindAddress = bindAddress
    this.#udpIdleUs = udpIdleUs
  }

  /** @param closes those that are not wanted go; else they stay for packets of old rules */
  update({ served, refused }: ProxiedPorts, closes: boolean): void {
    this.#refuse(refused)
    const wanted = new Map(served.map((port) => [serviceSocketKey(port), port]))
    for (const [key, port] of wanted) {
      let socket = this.#sockets.get(key)
      if (socket === undefined) {
        socket = this.#open(port)
        this.#sockets.set(key, socket)
      }
      const { port: service, endpoints } = port.unit
      socket.balancer.setAffinity(service.affinitySeconds)
      socket.balancer.setEndpoints(endpoints.filter(({ ready }) => ready).map(({ text }) => text))
    }
    if (!closes) return
    for (const [key, { open }] of this.#sockets) {
      if (wanted.has(key)) continue
      for (const listener of open) listener.close()
      this.#sockets.delete(key)
    }
  }

  #refuse(names: readonly string[]): void {
    for (const name of names) {
      if (this.#refused.includes(name)) continue
      this.#context.stderr(`Failed to start proxy for "${name}": SCTP is not supported for user space proxy\n`)
    }
    this.#refused = names
  }

  #open({ unit: { port }, proxyPort }: ProxiedPort): ServiceSocket {
    const { engine, random, network } = this.#context
    const balancer = new RoundRobin(random.fork(`round robin/${port.name}/${port.protocol}`))
    const choose: ChooseEndpoint = (client, again) => balancer.endpointFor(client, again, engine.clock.now())
    const forward = (): { close(): void } =>
      port.protocol === 'udp'
        ? new UdpForwarder(network, proxyPort, this.#bindAddress, choose, this.#udpIdleUs)
        : forwardTcp(network, proxyPort, this.#bindAddress, choose)
    const hold = (): { close(): void } => holdPort(network, port.protocol, port.nodePort)
    const open = [
      ...this.#try(`Failed to start proxy for "${port.name}"`, forward),
      ...(port.nodePort === 0 ? [] : this.#try(`Failed to open portal for "${port.name}": can't open node port`, hold)),
    ]
    return { balancer, open }
  }

  #try(failure: string, listen: () => { close(): void }): readonly { close(): void }[] {
    try {
      return [listen()]
    } catch (error) {
      if (!(error instanceof SocketError)) throw error
      this.#context.stderr(`${failure}: bind: address already in use\n`)
      return []
    }
  }
}

/** What comes to it past the rules finds somebody who does not answer. */
function holdPort(network: NetworkNamespace, protocol: string, port: number): { close(): void } {
  return protocol === 'udp' ? network.bindUdp(port) : network.listenTcp(port, () => undefined)
}

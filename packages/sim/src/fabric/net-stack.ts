// One network namespace as the fabric sees it: its addresses, its ports, the host it hangs on. A pod's namespace has eth0
// (a veth pair to its node) and lo; a host's namespace is the host itself, and hostNetwork pods share it.

import { canonicalAddress, familyOf, isLoopback, isUnspecified } from './address.ts'
import type { FabricCore } from './core.ts'
import { loopbackOf, type Host, type NetworkInterface } from './host.ts'
import { type SctpSocket, SocketError, type TcpSocket } from './network.ts'
import { PortTable } from './port-table.ts'
import type { Route } from './routing-table.ts'
import type { StreamListener } from './stream-listener.ts'
import type { UdpBinding } from './udp-socket.ts'

/** The pod side of a namespace; absent for a host's own. */
export interface PodAttachment {
  readonly addresses: readonly string[]
  /** The pod network's gateway addresses on cni0, one a family. */
  readonly gateways: readonly string[]
}

export class NetStack {
  readonly core: FabricCore
  /** `pod/default/web-0`, `node/node-1`, `external` */
  readonly name: string
  readonly host: Host
  readonly ports: PortTable<StreamListener<TcpSocket>, UdpBinding, StreamListener<SctpSocket>>
  /** False once the pod is gone. */
  attached = true
  readonly #pod: PodAttachment | undefined

  constructor(core: FabricCore, name: string, host: Host, pod?: PodAttachment) {
    this.core = core
    this.name = name
    this.host = host
    this.ports = new PortTable(name)
    this.#pod = pod
  }

  get isPod(): boolean {
    return this.#pod !== undefined
  }

  get addresses(): readonly string[] {
    if (this.#pod === undefined) return this.host.addresses()
    const hasIPv6 = this.#pod.addresses.some((address) => familyOf(address) === 6)
    return [...this.#pod.addresses, '127.0.0.1', ...(hasIPv6 ? ['::1'] : [])]
  }

  isLocal(address: string): boolean {
    if (this.#pod === undefined) return this.host.isLocal(address)
    return this.#pod.addresses.includes(address) || isLoopback(address)
  }

  gatewayFor(destination: string): string {
    const family = familyOf(destination)
    return this.#pod?.gateways.find((gateway) => familyOf(gateway) === family) ?? ''
  }

  /** The source address a socket gets for a destination; undefined: no route. */
  sourceFor(destination: string): string | undefined {
    if (this.#pod === undefined) return this.host.sourceFor(destination)
    if (isLoopback(destination)) return loopbackOf(destination)
    if (!this.attached) return undefined
    if (this.#pod.addresses.includes(destination)) return destination
    const family = familyOf(destination)
    for (const address of this.#pod.addresses) if (familyOf(address) === family) return address
    return undefined
  }

  /** What "any address" is called here: `::` takes both families where there is IPv6. */
  get anyAddress(): string {
    return this.addresses.some((address) => familyOf(address) === 6 && !isLoopback(address)) ? '::' : '0.0.0.0'
  }

  /** Reads an address to bind to: undefined stands for any. @throws SocketError EADDRNOTAVAIL */
  bindAddress(address: string | undefined): string | undefined {
    if (address === undefined) return undefined
    const canonical = canonicalAddress(address)
    if (!isUnspecified(canonical) && !this.isLocal(canonical)) throw new SocketError('EADDRNOTAVAIL')
    return canonical
  }

  interfaces(): readonly NetworkInterface[] {
    if (this.#pod === undefined) return this.host.interfaces()
    const loopback = this.addresses.filter(isLoopback)
    return [
      { name: 'lo', addresses: loopback },
      { name: 'eth0', addresses: this.#pod.addresses },
    ]
  }

  routes(): readonly Route[] {
    if (this.#pod === undefined) return this.host.routes.routes()
    return this.#pod.gateways.flatMap((gateway): Route[] => {
      const source = this.#pod?.addresses.find((address) => familyOf(address) === familyOf(gateway))
      return source === undefined ? [] : [{ destination: 'default', via: gateway, device: 'eth0' }]
    })
  }
}

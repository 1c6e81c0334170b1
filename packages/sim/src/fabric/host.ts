// A machine on the node network: a Kubernetes node, or a host outside the cluster. It has devices with addresses, a routing
// table, netfilter hooks, the pods behind its bridge, and a network stack of its own. It holds facts; walk.ts moves packets.

import type { HostPortTarget, IpFamily, NodeStack, Protocol } from '@podwire/proxy'
import { invariant, PodwireError } from '@podwire/engine'
import { canonicalAddress, familyOf, isLoopback } from './address.ts'
import { HostPorts } from './host-ports.ts'
import { type HooksFactory, PASS_THROUGH, type PacketHooks } from './hooks.ts'
import type { EgressNat } from './egress-nat.ts'
import type { NetStack } from './net-stack.ts'
import type { Gate } from './socket-owner.ts'
import { RoutingTable } from './routing-table.ts'

export interface NetworkInterface {
  /** `lo`, `eth0`, `cni0`, `kube-ipvs0` */
  readonly name: string
  readonly addresses: readonly string[]
}

/** The outside host's device to the rest of the world. */
export const UPLINK = 'wan0'

export class Host implements NodeStack {
  /** `node-1`, `external` */
  readonly name: string
  /** How traces call it: `node/node-1`, `external`. */
  readonly place: string
  readonly routes: RoutingTable
  /** Pods behind cni0, by address. */
  readonly pods = new Map<string, NetStack>()
  /** Its own ports that lead to pods. */
  readonly hostPorts = new HostPorts()
  /** True for hosts that pass on what is not for them (ip_forward). */
  readonly forwarding: boolean
  /** Powered and on the network. */
  up = true
  /** What pauses all processes of the machine. */
  gate: Gate | undefined = undefined
  hooks: PacketHooks = PASS_THROUGH
  /** The pod network's own masquerade for packets that leave the cluster. */
  egress: EgressNat | undefined = undefined
  readonly #devices = new Map<string, string[]>([['lo', ['127.0.0.1', '::1']]])
  readonly #local = new Map<string, string>()
  #stack: NetStack | undefined

  constructor(name: string, place: string, forwarding: boolean, shared: RoutingTable | undefined) {
    this.name = name
    this.place = place
    this.forwarding = forwarding
    this.routes = new RoutingTable(shared)
  }

  /** The sockets of the host's own namespace. */
  get stack(): NetStack {
    invariant(this.#stack !== undefined, `${this.name} has a network stack`)
    return this.#stack
  }

  install(stack: NetStack, dataPlane: HooksFactory | undefined): void {
    this.#stack = stack
    if (dataPlane !== undefined) this.hooks = dataPlane(this)
  }

  /** `addrtype LOCAL`: an address of any device, loopback included. */
  isLocal(address: string): boolean {
    return this.#local.has(address) || isLoopback(address)
  }

  hostPort(protocol: Protocol, source: string, address: string, port: number): HostPortTarget | undefined {
    return this.hostPorts.find(protocol, source, address, port, this.#isPod)
  }

  readonly #isPod = (address: string): boolean => this.pods.has(address)

  interfaceAddress(interfaceName: string, family: IpFamily): string | undefined {
    const wanted = family === 'ipv4' ? 4 : 6
    if (interfaceName === 'lo') {
      // Loopback addresses are no source outside of it: MASQUERADE takes the next device's (inet_select_addr).
      for (const address of this.#local.keys()) if (familyOf(address) === wanted && !isLoopback(address)) return address
    }
    for (const address of this.#devices.get(interfaceName) ?? []) if (familyOf(address) === wanted) return address
    return undefined
  }

  /** Addresses of all devices in order, loopback last. */
  addresses(): readonly string[] {
    return [...this.#local.keys(), '127.0.0.1', '::1']
  }

  interfaces(): readonly NetworkInterface[] {
    return [...this.#devices].map(([name, addresses]) => ({ name, addresses: [...addresses] }))
  }

  addAddress(device: string, address: string): void {
    const canonical = canonicalAddress(address)
    if (this.#local.has(canonical)) {
      throw new PodwireError(`add ${canonical} to ${this.name}`, 'it is there already', 'Remove it first.')
    }
    this.#local.set(canonical, device)
    const addresses = this.#devices.get(device)
    if (addresses === undefined) this.#devices.set(device, [canonical])
    else addresses.push(canonical)
  }

  /** Removing an address the host has not is fine. */
  removeAddress(address: string): void {
    const device = this.#local.get(address)
    if (device === undefined) return
    this.#local.delete(address)
    const left = (this.#devices.get(device) ?? []).filter((other) => other !== address)
    // A dummy device stays while empty, as kube-ipvs0 does.
    this.#devices.set(device, left)
  }

  deviceOf(address: string): string | undefined {
    return isLoopback(address) ? 'lo' : this.#local.get(address)
  }

  /** Address a local process gets when it does not bind one: by route, as the kernel chooses. */
  sourceFor(destination: string): string | undefined {
    if (this.isLocal(destination)) return isLoopback(destination) ? loopbackOf(destination) : destination
    const route = this.routes.lookup(destination)
    if (route === undefined) return undefined
    return route.source ?? this.interfaceAddress(route.device, familyOf(destination) === 4 ? 'ipv4' : 'ipv6')
  }
}

/** 127.0.0.2 is reached from 127.0.0.1. */
export function loopbackOf(destination: string): string {
  return familyOf(destination) === 4 ? '127.0.0.1' : '::1'
}

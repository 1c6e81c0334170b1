// The simulated network of one cluster: the node network with its hosts, the pods behind them, and the outside host that is
// everybody's default gateway. It lays out addresses and routes; packets move in walk.ts, sockets live in scope.ts.
// Departure: beyond the outside host there is nothing; what is sent there vanishes, as on a network that filters.

import { invariant, PodwireError, type Engine } from '@podwire/engine'
import { addressInPrefix, canonicalAddress, familyOf, parsePrefix, prefixContains, type Prefix } from './address.ts'
import { FabricCore } from './core.ts'
import { EgressNat } from './egress-nat.ts'
import type { HooksFactory, PacketHooks } from './hooks.ts'
import type { HostPortMapping } from './host-ports.ts'
import { Host, UPLINK } from './host.ts'
import type { Impairment } from './impairments.ts'
import { DEFAULT_LATENCY, type LatencyModel } from './latency.ts'
import type { NetworkNamespace, NetworkScope } from './network.ts'
import { NetStack } from './net-stack.ts'
import { RoutingTable } from './routing-table.ts'
import type { Gate } from './socket-owner.ts'
import { Scope } from './scope.ts'
import { Wire } from './wire.ts'

export interface FabricOptions {
  readonly engine: Engine
  /** Default 172.18.0.0/16 (and fc00:f853:ccd:e793::/64 for IPv6), as kind lays it out. */
  readonly nodeNetworks?: readonly string[]
  /** Addresses of the outside host; default the first of each node network. */
  readonly externalAddresses?: readonly string[]
  readonly latency?: LatencyModel
  /** Collect flow steps; default false. */
  readonly tracing?: boolean
  /** Pods leave the cluster with their node's address, as flannel and kindnet arrange it; default true. */
  readonly egressMasquerade?: boolean
}

export interface NodeOptions {
  readonly name: string
  /** Primary first. */
  readonly addresses: readonly string[]
  /** One a family. */
  readonly podCidrs: readonly string[]
  /** Makes the node's netfilter; default: none, everything passes. */
  readonly dataPlane?: HooksFactory
}

/** One host and what hangs on it. */
interface Attached {
  readonly host: Host
  readonly scope: Scope
  readonly podPrefixes: readonly Prefix[]
  readonly pods: Map<string, { readonly stack: NetStack; readonly scope: Scope; readonly addresses: readonly string[] }>
}

const DEFAULT_NODE_NETWORKS = ['172.18.0.0/16', 'fc00:f853:ccd:e793::/64']

export class Fabric {
  readonly #core: FabricCore
  readonly #networks: readonly Prefix[]
  readonly #egressMasquerade: boolean
  /** Which node has which pod network; every node's routing table ends in it. */
  readonly #podRoutes = new RoutingTable()
  readonly #hosts = new Map<string, Attached>()
  readonly #external: Attached

  constructor(options: FabricOptions) {
    this.#core = new FabricCore(options.engine, new Wire(), options.latency ?? DEFAULT_LATENCY)
    this.#core.tracing = options.tracing ?? false
    this.#networks = (options.nodeNetworks ?? DEFAULT_NODE_NETWORKS).map(parsePrefix)
    this.#egressMasquerade = options.egressMasquerade ?? true
    const addresses = options.externalAddresses ?? this.#networks.map((network) => addressInPrefix(network, 1))
    this.#external = this.#attach(new Host('external', 'external', true, undefined), addresses, [], undefined)
    for (const source of addresses.map(canonicalAddress)) {
      this.#external.host.routes.add({ destination: 'default', device: UPLINK, source }, familyOf(source))
    }
  }

  /** Collect flow steps from now on? */
  get tracing(): boolean {
    return this.#core.tracing
  }

  set tracing(on: boolean) {
    this.#core.tracing = on
  }

  addNode(options: NodeOptions): NetworkNamespace {
    const { name } = options
    if (this.#hosts.has(name)) throw new PodwireError(`add node ${name} to the network`, 'there is one of that name')
    const host = new Host(name, `node/${name}`, true, this.#podRoutes)
    const prefixes = options.podCidrs.map(parsePrefix)
    const attached = this.#attach(host, options.addresses, prefixes, options.dataPlane)
    for (const prefix of prefixes) this.#addPodNetwork(attached, prefix)
    for (const gateway of this.#external.host.addresses()) {
      if (this.#external.host.deviceOf(gateway) !== 'eth0') continue
      if (!options.addresses.some((address) => familyOf(address) === familyOf(gateway))) continue
      host.routes.add({ destination: 'default', via: gateway, device: 'eth0' }, familyOf(gateway))
    }
    if (this.#egressMasquerade) host.egress = new EgressNat(this.#core.engine.clock, host, this.#podRoutes)
    return attached.scope
  }

  /** Takes the node and its pods off the network, without a word to their peers. */
  removeNode(name: string): void {
    const attached = this.#attached(name, 'remove the node')
    attached.host.up = false
    this.#core.wire.generation++
    for (const pod of [...attached.pods.keys()]) this.removePod(name, pod)
    attached.scope.closeAll()
    attached.host.stack.attached = false
    for (const { text } of attached.podPrefixes) this.#podRoutes.remove(text)
    this.#core.wire.withdrawAll(attached.host)
    this.#hosts.delete(name)
  }

  /** Off: the node is powered down or cut off; nothing leaves it, nothing gets in, and nobody is told. */
  setNodeUp(name: string, up: boolean): void {
    const { host } = this.#attached(name, up ? 'bring the node back' : 'take the node down')
    if (host.up === up) return
    host.up = up
    this.#core.wire.generation++
    if (up) this.#core.heal()
  }

  /** Something is wrong with the network from now on, until the returned function is called. */
  impair(rule: Impairment): () => void {
    const { impairments, wire } = this.#core
    impairments.add(rule)
    wire.generation++
    return () => {
      impairments.remove(rule)
      wire.generation++
      this.#core.heal()
    }
  }

  /** What pauses the processes of a node. */
  setGate(name: string, gate: Gate): void {
    this.#attached(name, 'pause processes of').host.gate = gate
  }

  /** Powered and on the network. */
  isNodeUp(name: string): boolean {
    return this.#hosts.get(name)?.host.up ?? false
  }

  /** @param pod names its namespace in traces, `default/web-0`; addresses lie in the node's pod networks */
  addPod(nodeName: string, pod: string, addresses: readonly string[]): NetworkScope {
    const attached = this.#attached(nodeName, `add pod ${pod}`)
    if (attached.pods.has(pod)) throw new PodwireError(`add pod ${pod} to ${nodeName}`, 'it is there already')
    const canonical = addresses.map(canonicalAddress)
    const gateways = canonical.map((address) => {
      const prefix = attached.podPrefixes.find((candidate) => prefixContains(candidate, address))
      if (prefix !== undefined && !attached.host.pods.has(address)) return addressInPrefix(prefix, 1)
      const reason = prefix === undefined ? `${address} is in none of the node's pod networks` : `${address} is taken`
      throw new PodwireError(`add pod ${pod} to ${nodeName}`, reason, 'Take a free address of the node’s pod CIDR.')
    })
    const stack = new NetStack(this.#core, `pod/${pod}`, attached.host, { addresses: canonical, gateways })
    const scope = new Scope(stack)
    attached.pods.set(pod, { stack, scope, addresses: canonical })
    for (const address of canonical) attached.host.pods.set(address, stack)
    return scope
  }

  /** Opens a port of a node for one of its pods; it closes with removePod. */
  mapHostPort(nodeName: string, mapping: HostPortMapping): void {
    this.#attached(nodeName, 'map a port').host.hostPorts.add(mapping)
    this.#core.wire.generation++
  }

  /** Its processes exit (peers get FIN or RST, where the node is up), then its address is gone. */
  removePod(nodeName: string, pod: string): void {
    const attached = this.#attached(nodeName, `remove pod ${pod}`)
    const entry = attached.pods.get(pod)
    if (entry === undefined) return
    entry.scope.closeAll()
    entry.stack.attached = false
    attached.pods.delete(pod)
    for (const address of entry.addresses) {
      attached.host.pods.delete(address)
      attached.host.hostPorts.removePod(address)
    }
    this.#core.wire.generation++
  }

  /** The machine outside the cluster. */
  externalHost(): NetworkScope {
    return this.#external.scope
  }

  /** The namespace of a node; hostNetwork pods open their scopes on it. */
  nodeNetwork(name: string): NetworkScope {
    return this.#attached(name, 'use the network of the node').scope
  }

  /** What the node's netfilter is, as addNode's factory made it. */
  hooks(name: string): PacketHooks {
    return this.#attached(name, 'use the data plane of the node').host.hooks
  }

  /** `ip address add`: the address becomes one of the host's own. On eth0 it is answered for on the node network too. */
  addAddress(hostName: string, address: string, device = 'eth0'): void {
    const { host } = this.#attached(hostName, `add ${address}`)
    const canonical = canonicalAddress(address)
    host.addAddress(device, canonical)
    if (device === 'eth0') this.#core.wire.attach(canonical, host)
  }

  removeAddress(hostName: string, address: string): void {
    const { host } = this.#attached(hostName, `remove ${address}`)
    const canonical = canonicalAddress(address)
    if (host.deviceOf(canonical) === 'eth0') this.#core.wire.detach(canonical)
    host.removeAddress(canonical)
  }

  /** The node answers ARP for an address that is on none of its devices, as MetalLB's speaker does in layer 2 mode. */
  announce(hostName: string, address: string): void {
    const { host } = this.#attached(hostName, `announce ${address}`)
    this.#core.wire.announce(canonicalAddress(address), host)
    this.#core.heal()
  }

  /** @param hostName only if this node answers for it; default: whoever does */
  withdraw(address: string, hostName?: string): void {
    this.#core.wire.withdraw(
      canonicalAddress(address),
      hostName === undefined ? undefined : this.#hosts.get(hostName)?.host,
    )
  }

  /** `ip route add` on a host: `via` is a neighbour on the node network. */
  addRoute(hostName: string, destination: string, via: string): void {
    const gateway = canonicalAddress(via)
    const { host } = this.#attached(hostName, `add a route to ${destination}`)
    host.routes.add({ destination, via: gateway, device: 'eth0' }, familyOf(gateway))
  }

  /** A route with equal next hops on the node network; none of them takes the route away. */
  setNexthops(hostName: string, destination: string, nexthops: readonly string[]): void {
    const { routes } = this.#attached(hostName, `route ${destination} on`).host
    this.#core.wire.generation++
    const [first] = nexthops
    if (first === undefined) routes.remove(destination, parsePrefix(destination).family)
    else routes.add({ destination, device: 'eth0', nexthops: nexthops.map(canonicalAddress) }, familyOf(first))
    this.#core.heal()
  }

  removeRoute(hostName: string, destination: string): void {
    this.#attached(hostName, `remove the route to ${destination}`).host.routes.remove(destination)
  }

  #attach(
    host: Host,
    addresses: readonly string[],
    podPrefixes: readonly Prefix[],
    dataPlane: HooksFactory | undefined,
  ): Attached {
    for (const address of addresses) {
      host.addAddress('eth0', address)
      this.#core.wire.attach(canonicalAddress(address), host)
    }
    const stack = new NetStack(this.#core, host.place, host)
    host.install(stack, dataPlane)
    for (const network of this.#networks) {
      const source = host.interfaceAddress('eth0', network.family === 4 ? 'ipv4' : 'ipv6')
      if (source !== undefined) host.routes.add({ destination: network.text, device: 'eth0', source })
    }
    const attached: Attached = { host, scope: new Scope(stack), podPrefixes, pods: new Map() }
    this.#hosts.set(host.name, attached)
    return attached
  }

  #addPodNetwork({ host }: Attached, prefix: Prefix): void {
    const gateway = addressInPrefix(prefix, 1)
    host.addAddress('cni0', gateway)
    host.routes.add({ destination: prefix.text, device: 'cni0', source: gateway })
    const via = host.interfaceAddress('eth0', prefix.family === 4 ? 'ipv4' : 'ipv6')
    invariant(via !== undefined, `${host.name} has a node address of the family of ${prefix.text}`)
    this.#podRoutes.add({ destination: prefix.text, via, device: 'eth0' })
  }

  #attached(name: string, action: string): Attached {
    const attached = this.#hosts.get(name)
    if (attached !== undefined) return attached
    throw new PodwireError(`${action} ${name}`, 'the network has no host of that name', 'Add it with addNode first.')
  }
}

export function createFabric(options: FabricOptions): Fabric {
  return new Fabric(options)
}
